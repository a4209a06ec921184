//! Coders one behind the other, as in the folders of a 7z archive.
//!
//! Every coder has a size that it must decode to, neither less nor more, so a chain ends where its
//! container says and not where a decoder happens to stop.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use lzma_rust2::filter::StreamFilter;
use lzma_rust2::{FilterConfig, FilterType, Lzma2Stream, LzmaReader};

use super::member::{Machine, Machined, Member, ZstdFrame, inflater};
use super::source::{Feed, Source};

/// Coders of one chain; the plain decoder of the LZMA SDK takes no more either.
pub(crate) const CODERS_MAX: usize = 4;

/// One coder with what its container says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coder {
    /// The bytes as they are.
    Copy,
    /// LZMA without a header.
    Lzma {
        /// Literal and position bits, packed as in the header of an `.lzma` file.
        properties: u8,
        /// Bytes of the dictionary.
        dictionary: u32,
    },
    /// LZMA2 chunks up to the end marker.
    Lzma2 {
        /// Bytes of the dictionary.
        dictionary: u32,
    },
    /// RFC 1951.
    Deflate,
    /// One bzip2 stream.
    Bzip2,
    /// One frame of RFC 8878.
    Zstd,
    /// Differences, or jumps of a program with their targets made relative again.
    Filter {
        /// Which of them.
        kind: FilterType,
        /// Distance of the differences, or address of the first instruction.
        property: u32,
    },
}

/// A coder and the bytes it must decode to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The coder.
    pub(crate) coder: Coder,
    /// Bytes that come out of it.
    pub(crate) bytes: u64,
}

/// Coders in the order in which the packed bytes go through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain([Option<Step>; CODERS_MAX]);

impl Chain {
    /// The chain of `steps`; `None` when they are none or too many.
    pub(crate) fn new(steps: &[Step]) -> Option<Self> {
        let mut chain = [None; CODERS_MAX];
        if steps.is_empty() || steps.len() > CODERS_MAX {
            return None;
        }
        chain.iter_mut().zip(steps).for_each(|(slot, step)| *slot = Some(*step));
        Some(Self(chain))
    }

    /// Whether the packed bytes are the decoded ones.
    pub(crate) fn is_copy(&self) -> bool {
        self.steps().map(|step| step.coder).eq([Coder::Copy])
    }

    /// Bytes that come out of the last coder.
    pub(crate) fn bytes(&self) -> u64 {
        self.steps().last().map_or(0, |step| step.bytes)
    }

    fn steps(&self) -> impl Iterator<Item = Step> {
        self.0.into_iter().flatten()
    }
}

/// Starts all coders of `chain`.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`] for a window larger than `window_max`, before it is allocated.
pub(super) fn start<'a>(chain: Chain, source: Source<'a>, window_max: u64) -> io::Result<Member<'a>> {
    let packed = source.feed();
    let mut steps = chain.steps();
    let Some(first) = steps.next() else { return Err(io::Error::new(ErrorKind::Unsupported, "no coder")) };
    let (mut last, mut bytes) = (first.start(source, window_max)?, first.bytes);
    let mut between = Vec::new();
    for step in steps {
        let source = Source::behind(Box::new(last));
        between.push(Between { read: source.feed(), bytes });
        (last, bytes) = (step.start(source, window_max)?, step.bytes);
    }
    Ok(Box::new(Running { last, packed, between }))
}

impl Step {
    fn start<'a>(&self, source: Source<'a>, window_max: u64) -> io::Result<Exact<'a>> {
        let decoder: Member<'a> = match self.coder {
            Coder::Copy => Box::new(source),
            Coder::Lzma { properties, dictionary } => {
                within(dictionary, window_max)?;
                Box::new(Lzma::start(source, self.bytes, properties, dictionary)?)
            }
            Coder::Lzma2 { dictionary } => {
                within(dictionary, window_max)?;
                Box::new(Machined::new(source, Machine::Unlzma2(Box::new(Lzma2Stream::new(dictionary)))))
            }
            Coder::Deflate => Box::new(Machined::new(source, inflater(false))),
            Coder::Bzip2 => Box::new(Machined::new(source, Machine::Bunzip2(bzip2::Decompress::new(false)))),
            Coder::Zstd => Box::new(ZstdFrame::start(source, window_max)?),
            Coder::Filter { kind, property } => {
                let filter = StreamFilter::new(&FilterConfig { filter_type: kind, property })?;
                Box::new(Filtered { source, filter, bytes: Vec::new(), settled: 0, next: 0, end: None })
            }
        };
        Ok(Exact { decoder, left: self.bytes })
    }
}

fn within(dictionary: u32, window_max: u64) -> io::Result<()> {
    if u64::from(dictionary) > window_max {
        return Err(io::Error::new(ErrorKind::OutOfMemory, "the dictionary is larger than the limit"));
    }
    Ok(())
}

/// What one coder made and the next one reads.
struct Between {
    read: Arc<Feed>,
    bytes: u64,
}

/// A chain whose coders have started.
struct Running<'a> {
    last: Exact<'a>,
    packed: Arc<Feed>,
    between: Vec<Between>,
}

impl Read for Running<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.last.read(into)?;
        if count == 0 && !into.is_empty() {
            if self.between.iter().any(|between| between.read.position() < between.bytes) {
                return Err(io::Error::new(ErrorKind::InvalidData, "a coder leaves bytes of the one before it"));
            }
            self.packed.satisfied();
        }
        Ok(count)
    }
}

/// Exactly the stated bytes of a decoder.
struct Exact<'a> {
    decoder: Member<'a>,
    left: u64,
}

impl Read for Exact<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            // Asking once more also makes the decoder look for the end of its stream.
            return match self.decoder.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::new(ErrorKind::InvalidData, "there are more bytes than stated")),
            };
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.decoder.read(into.get_mut(..wanted).unwrap_or_default())?;
        if count == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "there are fewer bytes than stated"));
        }
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

/// LZMA of a known size, with or without an end marker.
///
/// The decoder reads ahead, so at the end it is asked for what it did not use.
struct Lzma<'a> {
    reader: Option<LzmaReader<Source<'a>>>,
    feed: Arc<Feed>,
}

impl<'a> Lzma<'a> {
    fn start(source: Source<'a>, bytes: u64, properties: u8, dictionary: u32) -> io::Result<Self> {
        let feed = source.feed();
        let mut reader = LzmaReader::new_with_props(source, bytes, properties, dictionary, None)?;
        reader.set_relaxed_end_condition(false);
        reader.set_defer_errors(true);
        Ok(Self { reader: Some(reader), feed })
    }
}

impl Read for Lzma<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(reader) = &mut self.reader else { return Ok(0) };
        let count = reader.read(into)?;
        if count == 0 && !into.is_empty() {
            let unused = self.reader.take().map_or(0, |reader| reader.into_parts().1.len());
            self.feed.seek(self.feed.position().saturating_sub(unused as u64));
        }
        Ok(count)
    }
}

/// Reads through a filter, and hands out all that came before a failure.
struct Filtered<'a> {
    source: Source<'a>,
    filter: StreamFilter,
    /// Bytes from the source; those before `settled` are filtered.
    bytes: Vec<u8>,
    settled: usize,
    /// Index of the next byte to hand out.
    next: usize,
    /// How the source ended.
    end: Option<io::Result<()>>,
}

impl Filtered<'_> {
    /// Bytes filtered at a time.
    const PIECE: usize = 16 * 1024;

    fn refill(&mut self) {
        self.bytes.drain(..self.settled);
        let held = self.bytes.len();
        self.bytes.resize(held.saturating_add(Self::PIECE), 0);
        let read = self.source.read(self.bytes.get_mut(held..).unwrap_or_default());
        self.bytes.truncate(held.saturating_add(read.as_ref().map_or(0, |&count| count)));
        self.next = 0;
        match read {
            Ok(count) if count > 0 => self.settled = self.filter.decode(&mut self.bytes).min(self.bytes.len()),
            Err(error) if error.kind() == ErrorKind::Interrupted => self.settled = 0,
            ended => {
                // Nothing follows, so what the filter held back is as it is.
                self.filter.finish();
                self.settled = self.bytes.len();
                self.end = Some(ended.map(|_| ()));
            }
        }
    }
}

impl Read for Filtered<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.next >= self.settled && !into.is_empty() {
            match &mut self.end {
                Some(end) => return std::mem::replace(end, Ok(())).map(|()| 0),
                None => self.refill(),
            }
        }
        let ready = self.bytes.get(self.next..self.settled).unwrap_or_default();
        let count = super::copy(ready, into);
        self.next = self.next.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{Limits, ReadAt, ReadError, SubRange};

    use super::super::{Codec, Decoded, Opened};
    use super::*;
    use crate::inspection::Inspection;

    const TEXT: &[u8] = b"toy weights, toy weights, toy weights";

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::DeflateEncoder::new(bytes, flate2::Compression::new(6)).read_to_end(&mut out).unwrap();
        out
    }

    fn step(coder: Coder, bytes: &[u8]) -> Step {
        Step { coder, bytes: bytes.len() as u64 }
    }

    fn open<'a>(steps: &[Step], packed: &'a Vec<u8>) -> Opened<'a> {
        let limits = Limits::default();
        let codec = Codec::Chain(Chain::new(steps).expect("some steps"));
        Decoded::open(codec, SubRange::new(packed, 0..packed.size()), &mut Inspection::new(&limits))
    }

    fn reason(opened: Opened<'_>) -> String {
        match opened.fault {
            Some(ReadError::Decode { reason, .. }) => reason,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn coders_decode_one_behind_the_other() {
        let once = deflated(TEXT);
        let twice = deflated(&once);
        let opened = open(&[step(Coder::Deflate, &once), step(Coder::Deflate, TEXT)], &twice);
        assert_eq!((&opened.fault, opened.consumed), (&None, twice.len() as u64));
        assert_eq!(opened.decoded.as_slice(), Some(TEXT));
    }

    #[test]
    fn differences_are_added_up() {
        let delta = Coder::Filter { kind: FilterType::Delta, property: 2 };
        let packed = vec![1, 10, 1, 10, 1, 10];
        let opened = open(&[step(delta, &[0; 6])], &packed);
        assert_eq!(opened.decoded.as_slice(), Some(&[1, 10, 2, 20, 3, 30][..]));
    }

    #[test]
    fn more_and_fewer_bytes_than_stated_are_faults_and_what_there_is_stays() {
        let packed = deflated(TEXT);
        let fewer = open(&[Step { coder: Coder::Deflate, bytes: TEXT.len() as u64 + 1 }], &packed);
        assert_eq!(fewer.decoded.as_slice(), Some(TEXT));
        assert_eq!(reason(fewer), "there are fewer bytes than stated");
        let more = open(&[Step { coder: Coder::Deflate, bytes: 3 }], &packed);
        assert_eq!(more.decoded.as_slice(), Some(&b"toy"[..]));
        assert_eq!(reason(more), "there are more bytes than stated");
    }

    #[test]
    fn bytes_that_no_coder_reads_are_a_fault_between_coders_and_told_behind_the_first() {
        let between = [deflated(TEXT), b"hidden".to_vec()].concat();
        let opened = open(&[step(Coder::Copy, &between), step(Coder::Deflate, TEXT)], &between);
        assert_eq!(reason(opened), "a coder leaves bytes of the one before it");
        let opened = open(&[step(Coder::Deflate, TEXT)], &between);
        assert_eq!((opened.fault, opened.consumed), (None, between.len() as u64 - 6));
    }

    #[test]
    fn every_cut_of_a_chain_is_noticed() {
        let packed = deflated(TEXT);
        for length in 0..packed.len() {
            let cut = packed[..length].to_vec();
            let filter = Coder::Filter { kind: FilterType::BcjX86, property: 0 };
            let opened = open(&[step(Coder::Deflate, TEXT), step(filter, TEXT)], &cut);
            assert!(opened.truncated && opened.fault.is_some(), "cut to {length} of {}", packed.len());
        }
    }

    #[test]
    fn a_dictionary_beyond_the_bound_is_refused_before_it_is_allocated() {
        let max = Limits::default().decoder_window_bytes_max;
        for coder in [Coder::Lzma { properties: 0x5d, dictionary: u32::MAX }, Coder::Lzma2 { dictionary: u32::MAX }] {
            let packed = vec![0; 20];
            let opened = open(&[step(coder, TEXT)], &packed);
            assert_eq!(opened.fault, Some(ReadError::Budget { limit: "decoder_window_bytes_max", max }));
        }
    }

    #[test]
    fn no_chain_has_no_coder_or_more_than_the_bound() {
        assert_eq!(Chain::new(&[]), None);
        assert_eq!(Chain::new(&[step(Coder::Copy, TEXT); CODERS_MAX + 1]), None);
        let one = Chain::new(&[step(Coder::Copy, TEXT)]).expect("one step");
        assert!(one.is_copy() && one.bytes() == TEXT.len() as u64);
    }
}
