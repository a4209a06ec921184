//! Facts about how an image is built and started: build files, and what an image keeps of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a build takes in, runs and leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum BuildFact {
    /// An image that the build starts from, copies out of, or is read by.
    Image {
        /// What asks for it: `FROM`, `COPY --from`, `RUN --mount`, `syntax`.
        by: String,
        /// Its reference, with the variables replaced whose values the file gives.
        image: String,
        /// How it is pinned.
        pin: ImagePin,
    },
    /// A place from which the build fetches files without a command.
    RemoteAdd {
        /// The place, without credentials.
        url: String,
        /// Whether a digest or a full commit id fixes the bytes.
        is_pinned: bool,
    },
    /// A command that does something that the bytes of the image do not show.
    Command {
        /// What holds the command: `RUN`, `ENTRYPOINT`, `history`.
        at: String,
        /// What it does.
        deed: Deed,
        /// The command, shortened and without credentials.
        excerpt: String,
    },
    /// The user that the image runs as.
    User {
        /// Name or number as written; empty when none is set.
        user: String,
        /// Whether that is the superuser, by its own word or because nothing else is set.
        is_root: bool,
    },
    /// A variable that is named like a credential and has a value.
    SecretVariable {
        /// What sets it: `ENV` or `ARG`.
        at: String,
        /// Its name.
        name: String,
    },
}

/// How a reference to an image is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImagePin {
    /// To a digest.
    Digest,
    /// To a tag, which can be moved.
    Tag,
    /// Not at all: the tag is `latest`.
    None,
    /// By whoever builds, through a variable without a value.
    Variable,
}

/// What a command of a build does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Runs or installs what it fetched, with no check of a digest or signature in between.
    RunFetched,
    /// The same, over a connection that anybody on the way can change.
    RunFetchedUnprotected,
    /// Runs what it decoded.
    RunDecoded,
    /// Fetches over a connection whose other end nobody checks.
    FetchUnprotected,
    /// Installs packages whose signature nobody checks.
    InstallUnsigned,
    /// Fetches a repository at no fixed commit.
    CloneUnpinned,
    /// Lets every user write to a path.
    OpenToAll,
}
