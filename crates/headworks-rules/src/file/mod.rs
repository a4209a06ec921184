//! Rules about files as such.

pub(crate) mod misleading_name;
pub(crate) mod missing_bytes;
pub(crate) mod non_utf8_name;
pub(crate) mod out_of_tree_link;
pub(crate) mod polyglot;
pub(crate) mod special_file;
