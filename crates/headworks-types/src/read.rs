//! Random access to bytes that may be larger than memory.

use std::ops::Range;

/// Bytes that can be read at any offset: a file, a slice, a container member, a decoded stream.
///
/// Parsers read through this and never hold a whole file. Implementations answer the same bytes
/// for the same offset every time, or an error.
pub trait ReadAt: Send + Sync {
    /// Number of bytes.
    fn size(&self) -> u64;

    /// Fills `into` from `offset`; short only at the end of the bytes.
    ///
    /// # Errors
    /// [`ReadError`] when the bytes cannot be had: an I/O failure, a decoder fault, a spent budget.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError>;

    /// All bytes, when they are in memory anyway; saves a copy.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

/// Why bytes could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The operating system or the caller's storage failed.
    #[error("reading at byte {offset:#x} failed: {reason}")]
    Io {
        /// Where the read began.
        offset: u64,
        /// The system's own words.
        reason: String,
    },
    /// A compressed stream is broken.
    #[error("the compressed stream is broken after {decoded} decoded bytes: {reason}")]
    Decode {
        /// Bytes decoded before the fault.
        decoded: u64,
        /// The decoder's own words.
        reason: String,
    },
    /// Decoding more would exceed a bound of [`Limits`](crate::Limits).
    #[error("limit `{limit}` of {max} reached")]
    Budget {
        /// Name of the field of `Limits`.
        limit: &'static str,
        /// Its value.
        max: u64,
    },
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.get(start..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        for (to, from) in into.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        self.as_slice().read_at(offset, into)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// A window onto other bytes: a stored container member is read in place, not copied.
#[derive(Clone, Copy)]
pub struct SubRange<'a> {
    whole: &'a dyn ReadAt,
    start: u64,
    end: u64,
}

impl<'a> SubRange<'a> {
    /// The part of `range` that exists in `whole`.
    pub fn new(whole: &'a dyn ReadAt, range: Range<u64>) -> Self {
        let end = range.end.min(whole.size());
        Self { whole, start: range.start.min(end), end }
    }
}

impl ReadAt for SubRange<'_> {
    fn size(&self) -> u64 {
        self.end - self.start
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        let left = self.size().saturating_sub(offset);
        let wanted = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match into.get_mut(..wanted) {
            Some(into) if wanted > 0 => self.whole.read_at(self.start + offset, into),
            _ => Ok(0),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        let start = usize::try_from(self.start).ok()?;
        let end = usize::try_from(self.end).ok()?;
        self.whole.as_slice()?.get(start..end)
    }
}

impl std::fmt::Debug for SubRange<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SubRange({:#x}..{:#x})", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_ends_where_the_bytes_end() {
        let bytes = b"headworks".to_vec();
        let window = SubRange::new(&bytes, 4..100);
        let mut into = [0; 16];
        assert_eq!(window.read_at(1, &mut into), Ok(4));
        assert_eq!(&into[..4], b"orks");
        assert_eq!(window.as_slice(), Some(&b"works"[..]));
        assert_eq!(window.read_at(99, &mut into), Ok(0));
    }
}
