//! The one flow.
