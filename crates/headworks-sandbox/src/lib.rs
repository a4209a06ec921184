//! Runs a command and states what it read, wrote, started and reached, without its cooperation.
//!
//! The kernel shows each call that names a file or an endpoint to a supervisor (seccomp user notification,
//! without root), which notes it and lets it go on. Files are hashed after the run, from the bytes that are
//! there; what changed in between is stated as changed and gets no digest. Where the kernel or a container's
//! policy does not allow this, the statement says `none` and why.
//!
//! What is noted is what the call's arguments said when they were read. A command that rewrites its own
//! arguments between that moment and the kernel's own look at them, from another thread, is noted with the
//! wrong name: the recorder describes runs, it does not contain them. Digests do not depend on this, nor
//! does the refusal of sockets in a strict run, which is decided by registers.

mod checkpoints;
mod environment;
mod known;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod linux;
mod machine;
mod manifest;
mod provenance;
mod recorder;
mod recording;
mod role;
mod source;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod unwatched;
mod wheels;

pub use checkpoints::{Checkpoints, Keeper, Moment, Ruling};
pub use known::known;
pub use manifest::{Base, Difference, Input, Manifest, ManifestError, Part, Step};
pub use provenance::{BUILD_TYPES, BUILDER, Kind, PREDICATE_TYPE, Provenance, Request, statement};
pub use recorder::{KEY_PASSWORD_VARIABLE, RecordError, Watch, record};
pub use recording::{Action, Ended, Endpoint, Observation, ReadFile, Recording, Refusal, State, WrittenFile};
pub use source::Source;
pub use wheels::{Wheel, in_use};
