//! Files and directories that statements name, measured as `check` measures them.

use std::path::Path;

use anyhow::{Context as _, bail};
use headworks_attest::ResourceDescriptor;
use headworks_gate::{acquire, measure};
use headworks_types::{Artifact, ArtifactKind, Digest, Limits};

/// Hashes every file of what lies at `path`.
///
/// # Errors
/// When it cannot be read to its end, or holds something that has no bytes of its own.
pub(super) fn artifact(path: &Path) -> anyhow::Result<Artifact> {
    let acquired = acquire(path, &Limits::default())?;
    if let Some(fact) = acquired.facts().first() {
        bail!("`{}` holds more than files: `{}`", path.display(), fact.location.place);
    }
    let artifact = measure(&acquired);
    let unread = artifact.files.iter().find(|file| file.digest.is_none());
    match unread {
        Some(file) => Err(anyhow::anyhow!("`{}` could not be read to its end", file.path))
            .with_context(|| format!("cannot measure `{}`", path.display())),
        None => Ok(artifact),
    }
}

/// The one digest of an artifact: of its content when it is a file, else of its tree.
pub(super) fn digest(artifact: &Artifact) -> Digest {
    let alone = artifact.files.first().filter(|_| artifact.kind == ArtifactKind::File);
    alone.and_then(|file| file.digest).unwrap_or(artifact.digest)
}

/// Every file by its path, as a statement names it.
pub(super) fn files(artifact: &Artifact) -> Vec<ResourceDescriptor> {
    let named = artifact.files.iter().filter_map(|file| Some((&file.path, file.digest?)));
    named.map(|(path, digest)| ResourceDescriptor::sha256(path, digest.hex())).collect()
}
