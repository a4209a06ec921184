//! Rules about programs and scripts.

pub(crate) mod executable_script;
pub(crate) mod native_executable;
