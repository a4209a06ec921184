//! What a format is: how it is recognised and how it is read.

use headworks_types::{Place, ReadAt, ReadError};

use crate::inspection::Inspection;

/// One file format.
pub struct Format {
    /// Kebab-case id, unique and never reused.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Whether some loader could take the bytes for this format.
    ///
    /// Judges bytes. A name counts only where loaders go by the name alone, as with source text.
    pub claims: fn(&Probe<'_>) -> bool,
    /// Reads the bytes and states facts and faults; one `Identified` fact sums them up.
    pub inspect: fn(&Input<'_>, &mut Inspection<'_>),
}

/// Bytes to be inspected, and where they are.
pub struct Input<'a> {
    /// The bytes of the innermost member.
    pub bytes: &'a dyn ReadAt,
    /// The file and the containers on the way in.
    pub place: Place,
}

/// The parts of an input that tell formats apart.
pub struct Probe<'a> {
    /// The input itself, for the rare format that must look further.
    pub input: &'a Input<'a>,
    /// The first [`Probe::WINDOW`] bytes.
    pub head: &'a [u8],
    /// The last [`Probe::WINDOW`] bytes.
    pub tail: &'a [u8],
}

impl Probe<'_> {
    /// Bytes shown of each end: a zip's end record may lie 65,557 bytes before the end.
    pub const WINDOW: usize = 66 * 1024;

    /// The file name without directories, for formats that loaders choose by name alone.
    pub fn name(&self) -> &str {
        self.input.place.base_name()
    }

    /// Whether the whole input is in `head`.
    pub fn is_whole(&self) -> bool {
        self.input.bytes.size() <= Self::WINDOW as u64
    }
}

/// Bytes of both ends of an input, from which a [`Probe`] is made.
pub(crate) struct Ends {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Ends {
    pub(crate) fn read(input: &Input<'_>) -> Result<Self, ReadError> {
        let size = input.bytes.size();
        let window = Probe::WINDOW as u64;
        let head = read_range(input, 0, window.min(size))?;
        let tail = if size <= window { head.clone() } else { read_range(input, size.saturating_sub(window), window)? };
        Ok(Self { head, tail })
    }

    pub(crate) fn probe<'a>(&'a self, input: &'a Input<'a>) -> Probe<'a> {
        Probe { input, head: &self.head, tail: &self.tail }
    }
}

fn read_range(input: &Input<'_>, start: u64, length: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(Probe::WINDOW)];
    let count = input.bytes.read_at(start, &mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}
