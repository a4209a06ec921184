//! Rules about files as such.

pub(crate) mod missing_bytes;
