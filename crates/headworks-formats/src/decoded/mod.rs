//! Compressed streams as the bytes they decode to.
//!
//! A stream is decoded once when it is opened, which gives its size, its checksum, the compressed
//! bytes that belong to it and, when it is broken, where. What fits in memory stays there; of a
//! larger one the first bytes stay, and a read behind the last window decodes again from the start.
//! Every decoded byte, again or not, is taken from one budget, so a bomb cannot buy time.

mod chain;
mod gzip_header;
mod member;
mod source;
mod stream;

use std::sync::Mutex;

use headworks_types::{ReadAt, ReadError, SubRange};

pub(crate) use chain::{CODERS_MAX, Chain, Coder, Step};
pub(crate) use gzip_header::GzipHeader;
pub(crate) use source::Source;
use stream::Stream;
pub(crate) use stream::skippable;

use crate::inspection::Inspection;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// RFC 1951, as in zip members.
    Deflate,
    /// RFC 1950.
    Zlib,
    /// RFC 1952, with all concatenated members.
    Gzip,
    /// bzip2, with all concatenated streams.
    Bzip2,
    /// The .xz format, with all concatenated streams.
    Xz,
    /// The older .lzma format, also called `lzma alone`.
    Lzma,
    /// LZ4 frames, with all concatenated and skippable ones.
    Lz4Frame,
    /// RFC 8878, with all concatenated and skippable frames.
    Zstd,
    /// Coders one behind the other, each with the size it decodes to, as in a 7z archive.
    Chain(Chain),
}

/// A compressed stream as the bytes it decodes to; keeps them in memory up to a limit and decodes again on a backward read beyond it.
pub(crate) struct Decoded<'a> {
    size: u64,
    /// The first bytes; all of them when there is no `cursor`.
    head: Vec<u8>,
    cursor: Option<Mutex<Cursor<'a>>>,
}

/// What opening a stream found out.
pub(crate) struct Opened<'a> {
    /// What could be decoded, also when the stream broke later.
    pub(crate) decoded: Decoded<'a>,
    /// Compressed bytes that belong to the stream, all concatenated members included where the codec allows them.
    pub(crate) consumed: u64,
    /// CRC-32 (IEEE) of the decoded bytes, for zip.
    pub(crate) crc32: u32,
    /// Why decoding stopped early.
    pub(crate) fault: Option<ReadError>,
    /// Whether it stopped because the compressed bytes ended.
    pub(crate) truncated: bool,
}

impl<'a> Decoded<'a> {
    /// Decodes the stream at the start of `compressed`.
    pub(crate) fn open(codec: Codec, compressed: SubRange<'a>, inspection: &mut Inspection<'_>) -> Opened<'a> {
        Self::open_watched(codec, compressed, inspection, &mut |_| {})
    }

    /// The same, with the decoded bytes shown to `watch` in order, piece by piece.
    pub(crate) fn open_watched(
        codec: Codec,
        compressed: SubRange<'a>,
        inspection: &mut Inspection<'_>,
        watch: &mut dyn FnMut(&[u8]),
    ) -> Opened<'a> {
        let stream = Stream::new(codec, compressed, inspection.limits, inspection.decode_budget());
        let mut cursor = Cursor::new(stream);
        let head_max = usize::try_from(inspection.limits.decoded_in_memory_bytes_max).unwrap_or(usize::MAX);
        let mut head = Vec::new();
        let mut crc = flate2::Crc::new();
        let fault = loop {
            match cursor.advance() {
                Ok([]) => break None,
                Ok(bytes) => {
                    crc.update(bytes);
                    watch(bytes);
                    let room = head_max.saturating_sub(head.len());
                    head.extend(bytes.iter().take(room));
                }
                Err(error) => break Some(error),
            }
        };
        let size = cursor.end();
        let (consumed, truncated) = (cursor.stream.consumed(), fault.is_some() && cursor.stream.ran_dry());
        let cursor = (size > head.len() as u64).then(|| Mutex::new(cursor));
        Opened { decoded: Self { size, head, cursor }, consumed, crc32: crc.sum(), fault, truncated }
    }

    fn read_some(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        if let Some(bytes) = from_offset(&self.head, offset) {
            return Ok(copy(bytes, into));
        }
        match &self.cursor {
            // A poisoned lock means a decoder panicked; its half-filled window must not be read.
            Some(cursor) => match cursor.lock() {
                Ok(mut cursor) => cursor.read_some(offset, into),
                Err(_) => Err(ReadError::Decode { decoded: offset, reason: "the decoder failed before".into() }),
            },
            None => Ok(0),
        }
    }
}

impl ReadAt for Decoded<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(into.len());
        let mut filled: usize = 0;
        while let Some(rest) = into.get_mut(filled..wanted).filter(|rest| !rest.is_empty()) {
            let count = self.read_some(offset.saturating_add(filled as u64), rest)?;
            if count == 0 {
                break;
            }
            filled = filled.saturating_add(count);
        }
        Ok(filled)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        self.cursor.is_none().then_some(&self.head)
    }
}

/// A position in the decoded bytes, and the window of them just before it.
struct Cursor<'a> {
    stream: Stream<'a>,
    window: Vec<u8>,
    /// Offset of the window's first byte in the decoded bytes.
    window_at: u64,
}

/// Bytes decoded at a time.
const CHUNK: usize = 64 * 1024;
/// Bytes kept behind the position, so that a parser's short look back costs nothing.
const WINDOW: usize = 16 * CHUNK;

impl<'a> Cursor<'a> {
    fn new(stream: Stream<'a>) -> Self {
        Self { stream, window: Vec::new(), window_at: 0 }
    }

    /// Offset after the last byte decoded so far.
    fn end(&self) -> u64 {
        self.window_at.saturating_add(self.window.len() as u64)
    }

    /// Decodes the next bytes and returns them; none at the end of the stream.
    fn advance(&mut self) -> Result<&[u8], ReadError> {
        if self.window.len() >= WINDOW {
            let dropped = self.window.len() / 2;
            self.window.drain(..dropped);
            self.window_at = self.window_at.saturating_add(dropped as u64);
        }
        let start = self.window.len();
        self.window.resize(start.saturating_add(CHUNK), 0);
        let read = self.stream.read(self.window.get_mut(start..).unwrap_or_default());
        let count = read.as_ref().map_or(0, |&count| count);
        self.window.truncate(start.saturating_add(count));
        read.map(|_| self.window.get(start..).unwrap_or_default())
    }

    fn read_some(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        if offset < self.window_at {
            self.stream.restart();
            self.window.clear();
            self.window_at = 0;
        }
        while offset >= self.end() {
            if self.advance()?.is_empty() {
                return Ok(0);
            }
        }
        let within = offset.saturating_sub(self.window_at);
        Ok(from_offset(&self.window, within).map_or(0, |bytes| copy(bytes, into)))
    }
}

/// The bytes from `offset` on, unless there are none.
fn from_offset(bytes: &[u8], offset: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(offset).ok()?..).filter(|rest| !rest.is_empty())
}

fn copy(from: &[u8], into: &mut [u8]) -> usize {
    let count = from.len().min(into.len());
    if let (Some(from), Some(into)) = (from.get(..count), into.get_mut(..count)) {
        into.copy_from_slice(from);
    }
    count
}

#[cfg(test)]
mod tests;
