//! The artifact that attestations are to be about.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use headworks_attest::encoding::from_hex;
use headworks_attest::keyless::Subject;
use headworks_types::{Digest, digest::Hasher};

/// Largest artifact that is held in memory, in bytes. Of a larger one the SHA-256 is known, which is enough for all
/// but npm's statements, which name SHA-512, and bare signatures by a key that no log shows.
const BYTES_MAX: u64 = 256 << 20;

/// Bytes that are read at a time.
const PIECE_BYTES: usize = 1 << 20;

/// An artifact, as it was named.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    Sha256(Digest),
    Sha512([u8; 64]),
    Commit(String),
    Path(PathBuf),
}

/// What is known of an artifact.
pub(crate) enum Known {
    Bytes(Vec<u8>),
    Named(Named),
}

impl FromStr for Named {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let hex = |text: &str| from_hex(text).context("it has to be lower-case hexadecimal digits");
        Ok(match text.split_once(':') {
            Some(("sha256", _)) => Self::Sha256(text.parse()?),
            Some(("sha512", digits)) => {
                Self::Sha512(hex(digits)?.try_into().map_err(|_| anyhow::anyhow!("a SHA-512 has 128 digits"))?)
            }
            Some(("gitCommit", commit)) => {
                ensure!([20, 32].contains(&hex(commit)?.len()), "a commit has 40 or 64 digits");
                Self::Commit(commit.to_owned())
            }
            _ => Self::Path(PathBuf::from(text)),
        })
    }
}

impl Named {
    /// Reads the artifact, if it is named by its path.
    pub(crate) fn read(self) -> anyhow::Result<Known> {
        let Self::Path(path) = &self else { return Ok(Known::Named(self)) };
        let (mut file, size) = open(path)?;
        if size > BYTES_MAX {
            return Ok(Known::Named(Self::Sha256(digest(&mut file, path)?)));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Known::Bytes(bytes))
    }
}

impl Known {
    pub(crate) fn subject(&self) -> anyhow::Result<Subject<'_>> {
        Ok(match self {
            Self::Bytes(bytes) => Subject::Bytes(bytes),
            Self::Named(Named::Sha256(digest)) => Subject::Sha256(*digest),
            Self::Named(Named::Sha512(bytes)) => Subject::Sha512(*bytes),
            Self::Named(Named::Commit(commit)) => Subject::GitCommit(commit),
            Self::Named(Named::Path(path)) => bail!("`{}` was not read", path.display()),
        })
    }
}

/// SHA-256 of a file.
pub(crate) fn digest_of(path: &Path) -> anyhow::Result<Digest> {
    digest(&mut open(path)?.0, path)
}

fn open(path: &Path) -> anyhow::Result<(File, u64)> {
    let unreadable = || format!("cannot read `{}`", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let metadata = file.metadata().with_context(unreadable)?;
    ensure!(
        metadata.is_file(),
        "`{}` is not a file\nhint: `headworks verify` and `headworks sign` work on whole models; name a file or a digest here",
        path.display()
    );
    Ok((file, metadata.len()))
}

fn digest(file: &mut File, path: &Path) -> anyhow::Result<Digest> {
    let mut hasher = Hasher::default();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece).with_context(|| format!("cannot read `{}`", path.display()))? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&piece[..count]),
        }
    }
}
