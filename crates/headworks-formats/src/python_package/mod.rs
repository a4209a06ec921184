//! Python packages: wheels, the core metadata of any distribution, what builds it, lists of requirements.
//!
//! Sources: the PyPA specifications (binary distribution format, recording installed projects, core
//! metadata, dependency specifiers, entry points), pip's `req_file.py`, CPython's `site.py`.

pub(crate) mod build;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod path_lines;
pub(crate) mod requirements;
pub(crate) mod specifier;
pub(crate) mod wheel;
