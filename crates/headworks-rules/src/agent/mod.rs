//! Rules about what agents are given to run and to read.

pub(crate) mod agent_order;
pub(crate) mod broad_agent_permission;
pub(crate) mod unreviewed_tool_server;
