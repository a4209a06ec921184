//! Model signatures over files: what is in a model, hashed once and through the file that was listed.
//!
//! The pure half is `headworks_attest::oms`. Here files are listed, opened below their root without following
//! links, hashed on every core, and watched for changes while they are read.

mod beneath;
mod contents;
#[cfg(feature = "keyless")]
pub mod keyless;
mod listing;
#[cfg(feature = "pkcs11")]
mod token;

pub use contents::{Measured, make_manifest, verify_contents, verify_into};
pub use listing::{Links, ListingError, ModelFiles};
#[cfg(feature = "pkcs11")]
pub use token::{TokenError, TokenKey, TokenUri};
