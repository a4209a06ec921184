//! What agents are given: manifests of tool servers, and instructions in text.
//!
//! Sources: the Model Context Protocol's schema of tools and its registry's `server.json`, the
//! configuration files of the hosts that start servers, the Agent Skills layout (`SKILL.md`).

pub(crate) mod instructions;
pub(crate) mod manifest;
mod orders;
