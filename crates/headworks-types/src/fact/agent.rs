//! Facts about what agents read: tool servers, tool descriptions, skills and rules files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an agent is given to run, to read or to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum AgentFact {
    /// A tool server that the agent's host starts.
    ServerCommand {
        /// Name of the server in the manifest.
        server: String,
        /// Program and arguments, separated by spaces, without credentials.
        command: String,
    },
    /// A tool server that the agent's host connects to.
    ServerUrl {
        /// Name of the server in the manifest.
        server: String,
        /// The URL, without credentials.
        url: String,
    },
    /// A package that a manifest of a server registry names.
    ServerPackage {
        /// Name of the server.
        server: String,
        /// Registry and identifier, as in `npm:@scope/name`.
        package: String,
        /// The version; empty when none is stated.
        version: String,
    },
    /// A tool that is offered to the agent.
    Tool {
        /// Its name.
        name: String,
    },
    /// Something that the agent may do without asking.
    Permission {
        /// The permission, as in `Bash(git:*)`.
        permission: String,
    },
    /// Text for an agent that orders what no honest text for agents does.
    Instruction {
        /// What it orders.
        order: Order,
        /// The text, shortened and without credentials.
        excerpt: String,
    },
}

/// What a text orders an agent to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Put aside the orders it has.
    Override,
    /// Keep something from its user.
    Conceal,
    /// Read keys or credentials.
    ReadCredentials,
    /// Read keys or credentials and hand them on.
    SendCredentials,
    /// Fetch a script and run it.
    RunFetched,
    /// Decode data and run it.
    RunDecoded,
    /// Switch a safeguard off.
    DropSafeguard,
}
