//! Records to documents.
