//! The primitives of a file of version 1: numbers, text of two-byte characters, and markers, which are text.

use headworks_types::{Fault, ReadAt};

use crate::reader::{ReadFault, Reader};

/// Characters of a name or a marker that are read.
const TEXT_CHARACTERS_MAX: usize = 4096;

/// Why the reading of a section ended.
pub(super) enum Problem {
    /// The bytes do not have it.
    Read(ReadFault),
    /// They do, and it breaks a rule or is not understood.
    Fault(Fault),
}

impl From<ReadFault> for Problem {
    fn from(fault: ReadFault) -> Self {
        Self::Read(fault)
    }
}

impl Problem {
    pub(super) fn malformed(problem: impl Into<String>) -> Self {
        Self::Fault(Fault::Malformed { format: super::FORMAT.id.into(), problem: problem.into() })
    }

    pub(super) fn unsupported(feature: impl Into<String>) -> Self {
        Self::Fault(Fault::Unsupported { format: super::FORMAT.id.into(), feature: feature.into() })
    }

    /// The fault, for a reader that was at `section`.
    pub(super) fn in_section(self, section: &str) -> Fault {
        match self {
            Self::Read(fault) => fault.in_format(super::FORMAT.id, section),
            Self::Fault(fault) => fault,
        }
    }
}

/// Reads the parts of a file one after another.
pub(super) struct Stream<'a> {
    pub(super) reader: Reader<'a>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(bytes: &'a dyn ReadAt) -> Self {
        Self { reader: Reader::new(bytes) }
    }

    pub(super) fn u32(&mut self) -> Result<u32, Problem> {
        Ok(self.reader.u32_le()?)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Problem> {
        Ok(self.reader.u64_le()?)
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Problem> {
        Ok(self.reader.skip(bytes)?)
    }

    /// Text up to its zero.
    pub(super) fn text(&mut self) -> Result<String, Problem> {
        let mut units = Vec::new();
        loop {
            match self.reader.u16_le()? {
                0 => return Ok(String::from_utf16_lossy(&units)),
                _ if units.len() >= TEXT_CHARACTERS_MAX => {
                    return Err(Problem::malformed(format!("text of more than {TEXT_CHARACTERS_MAX} characters")));
                }
                unit => units.push(unit),
            }
        }
    }

    /// Passes over the marker if it is what comes next; whether it was.
    pub(super) fn passes(&mut self, marker: &str) -> bool {
        let at = self.reader.position();
        let is_next = marker.encode_utf16().chain([0]).all(|unit| self.reader.u16_le() == Ok(unit));
        if !is_next {
            self.reader.seek(at);
        }
        is_next
    }

    /// Passes over the marker, which must come next.
    pub(super) fn expect(&mut self, marker: &str) -> Result<(), Problem> {
        match self.passes(marker) {
            true => Ok(()),
            // Too few bytes are truncated, others are wrong.
            false => {
                let units = marker.encode_utf16().count().saturating_add(1);
                self.reader.take(units.saturating_mul(2))?;
                Err(Problem::malformed(format!("no `{marker}` where it must be")))
            }
        }
    }

    /// Dimensions of a tensor, whose number comes first.
    pub(super) fn shape(&mut self) -> Result<(), Problem> {
        let rank = self.u32()?;
        self.skip(u64::from(rank).saturating_mul(4))
    }

    /// The same where an older form is allowed: three dimensions, of which a zero stands before the last two.
    pub(super) fn shape_of_input(&mut self) -> Result<(), Problem> {
        let rank = self.u32()?;
        if rank == 0 {
            return Ok(());
        }
        match self.u32()? {
            0 => self.skip(8),
            _ => self.skip(u64::from(rank.saturating_sub(1)).saturating_mul(4)),
        }
    }

    /// Booleans, whose number comes first.
    pub(super) fn flags(&mut self) -> Result<(), Problem> {
        let count = self.u64()?;
        self.skip(count)
    }

    /// A list of names.
    pub(super) fn names(&mut self) -> Result<Vec<String>, Problem> {
        let count = self.u64()?;
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.text()?);
        }
        Ok(names)
    }
}
