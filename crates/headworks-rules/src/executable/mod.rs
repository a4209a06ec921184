//! Rules about programs and scripts.

pub(crate) mod executable_script;
pub(crate) mod native_executable;
pub(crate) mod program_around_weights;
