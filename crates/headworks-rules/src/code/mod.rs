//! Rules about source code and notebooks: what code does, not that it is there.

mod effect;

pub(crate) mod build_time_effect;
pub(crate) mod code_evaluation;
pub(crate) mod computed_import;
pub(crate) mod credential_access;
pub(crate) mod decoded_payload_execution;
pub(crate) mod import_time_effect;
pub(crate) mod native_code_loading;
pub(crate) mod network_access_in_code;
pub(crate) mod notebook_shell_command;
pub(crate) mod process_start;
pub(crate) mod unchecked_deserialization;
