//! Rules about pickle streams: what loading one imports, calls and changes.
//!
//! Every event is put to the allow-list profiles once, and each rule reports one of their answers.
//! What is known to be dangerous refuses an artifact; what is merely unknown holds it.

pub(crate) mod catalogue;
pub(crate) mod computed_callable;
pub(crate) mod dangerous_global;
pub(crate) mod expanding_tuple;
pub(crate) mod extension_registry_import;
pub(crate) mod mutation_of_unlisted_object;
pub(crate) mod nested_pickle;
pub(crate) mod out_of_band_buffer;
mod reported;
pub(crate) mod state_on_unlisted_object;
pub(crate) mod unknown_persistent_id;
pub(crate) mod unlisted_arguments;
pub(crate) mod unlisted_callable;
pub(crate) mod unlisted_standard_library_callable;

#[cfg(test)]
mod constructed;
