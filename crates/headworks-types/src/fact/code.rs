//! Facts about source code and notebooks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What source code does when it is imported, run or opened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum CodeFact {
    /// A call with an effect outside the program.
    Effect {
        /// What the call does.
        effect: Effect,
        /// The resolved dotted name of what is called, through import aliases.
        callee: String,
        /// True when importing the module is enough to run it.
        at_import: bool,
        /// The source line, shortened.
        excerpt: String,
    },
    /// A call with an effect that runs when the package is built from source, through what `setup()` was given.
    ///
    /// Stated beside the [`Effect`](Self::Effect) of the same call.
    BuildEffect {
        /// What the call does.
        effect: Effect,
        /// The resolved dotted name of what is called.
        callee: String,
        /// The class or function that `setup()` was given.
        hook: String,
        /// The source line, shortened.
        excerpt: String,
    },
    /// A notebook cell that runs a shell command (`!cmd`, `%%bash`, `%system`).
    ShellMagic {
        /// The line, shortened.
        excerpt: String,
    },
    /// A module is imported.
    Import {
        /// Its dotted name.
        module: String,
    },
}

/// What a call does outside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Starts a process.
    Process,
    /// Opens a network connection or fetches a URL.
    Network,
    /// Evaluates or compiles text as code.
    Evaluate,
    /// Decodes data and executes the result.
    DecodeThenExecute,
    /// Writes, moves or deletes files.
    FileWrite,
    /// Unpickles or otherwise loads data that can carry code.
    Deserialize,
    /// Loads native code.
    NativeCode,
    /// Imports a module whose name is computed.
    DynamicImport,
    /// Reads environment variables, credentials or keys.
    Credential,
}
