//! Where records live.
