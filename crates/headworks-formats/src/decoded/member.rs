//! One member of a compressed stream, by codec: a gzip member, an xz stream, a zstd frame.
//!
//! Each reads no further than its member's last byte, so that what follows can be looked at.

use std::io::{self, BufRead, ErrorKind, Read};

use lzma_rust2::{Action, Lzma2Stream, LzmaReader, XzStream};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::FrameDecoderError;

use super::{Codec, GzipHeader, Source, chain};

/// A running decoder of one member.
pub(super) type Member<'a> = Box<dyn Read + Send + 'a>;

/// Starts to decode the member at the source's position.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`] for a window larger than `window_max`, before it is allocated.
pub(super) fn start<'a>(codec: Codec, mut source: Source<'a>, window_max: u64) -> io::Result<Member<'a>> {
    Ok(match codec {
        Codec::Deflate => Box::new(Machined::new(source, inflater(false))),
        Codec::Zlib => Box::new(Machined::new(source, inflater(true))),
        Codec::Gzip => {
            GzipHeader::read(&mut source)?;
            Box::new(Gzip { body: Machined::new(source, inflater(false)), crc: flate2::Crc::new() })
        }
        Codec::Bzip2 => Box::new(Machined::new(source, Machine::Bunzip2(bzip2::Decompress::new(false)))),
        Codec::Xz => {
            let machine = XzStream::new_mem_limit(false, lzma_limit(window_max));
            Box::new(Machined::new(source, Machine::Unxz(Box::new(machine))))
        }
        Codec::Lzma => {
            let mut reader = LzmaReader::new_mem_limit(OneByOne(source), lzma_limit(window_max), None)?;
            reader.set_relaxed_end_condition(false);
            reader.set_defer_errors(true);
            Box::new(reader)
        }
        Codec::Lz4Frame => Box::new(lz4_flex::frame::FrameDecoder::new(source)),
        Codec::Zstd => Box::new(ZstdFrame::start(source, window_max)?),
        Codec::Chain(chain) => chain::start(chain, source, window_max)?,
    })
}

/// The decoder counts its own tables on top of the dictionary.
const LZMA_TABLES_KIB: u64 = 1024;

fn lzma_limit(window_max: u64) -> u32 {
    // The decoder takes the largest number for "no limit", which is never meant here.
    let kib = (window_max / 1024).saturating_add(LZMA_TABLES_KIB);
    u32::try_from(kib).unwrap_or(u32::MAX).min(u32::MAX.wrapping_sub(1))
}

pub(super) fn inflater(zlib_header: bool) -> Machine {
    Machine::Inflate(flate2::Decompress::new(zlib_header))
}

/// A decoder that takes input and output buffers.
pub(super) enum Machine {
    Inflate(flate2::Decompress),
    Bunzip2(bzip2::Decompress),
    Unxz(Box<XzStream>),
    Unlzma2(Box<Lzma2Stream>),
}

/// One step of a [`Machine`].
struct Step {
    taken: usize,
    made: usize,
    ended: io::Result<bool>,
}

impl Machine {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (taken, made) = self.totals();
        let ended = match self {
            Self::Inflate(machine) => match machine.decompress(input, output, flate2::FlushDecompress::None) {
                Ok(status) => Ok(status == flate2::Status::StreamEnd),
                Err(error) => Err(io::Error::new(ErrorKind::InvalidData, error.to_string())),
            },
            Self::Bunzip2(machine) => match machine.decompress(input, output) {
                Ok(status) => Ok(status == bzip2::Status::StreamEnd),
                Err(error) => Err(io::Error::new(ErrorKind::InvalidData, error.to_string())),
            },
            Self::Unxz(machine) => {
                let done = machine.process(input, output, Self::action(input));
                done.map(|done| done.status == lzma_rust2::Status::StreamEnd)
            }
            Self::Unlzma2(machine) => {
                let done = machine.process(input, output, Self::action(input));
                done.map(|done| done.status == lzma_rust2::Status::StreamEnd)
            }
        };
        let (taken_now, made_now) = self.totals();
        let difference = |after: u64, before: u64| usize::try_from(after.saturating_sub(before)).unwrap_or(0);
        Step { taken: difference(taken_now, taken), made: difference(made_now, made), ended }
    }

    /// Without input there is no more to come, and what was held back can go out.
    fn action(input: &[u8]) -> Action {
        if input.is_empty() { Action::Finish } else { Action::Run }
    }

    fn totals(&self) -> (u64, u64) {
        match self {
            Self::Inflate(machine) => (machine.total_in(), machine.total_out()),
            Self::Bunzip2(machine) => (machine.total_in(), machine.total_out()),
            Self::Unxz(machine) => (machine.total_in(), machine.total_out()),
            Self::Unlzma2(machine) => (machine.total_in(), machine.total_out()),
        }
    }
}

/// Reads through a [`Machine`].
///
/// The codecs' own readers drop what a failing step decoded before it failed. A loader that reads in
/// smaller pieces has those bytes, and may have run them, so they are kept here.
pub(super) struct Machined<'a> {
    source: Source<'a>,
    machine: Machine,
    ended: bool,
    failure: Option<io::Error>,
}

impl<'a> Machined<'a> {
    pub(super) fn new(source: Source<'a>, machine: Machine) -> Self {
        Self { source, machine, ended: false, failure: None }
    }
}

impl Read for Machined<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !into.is_empty() {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let input = self.source.fill_buf()?;
            let dry = input.is_empty();
            let step = self.machine.step(input, into);
            self.source.consume(step.taken);
            match step.ended {
                Ok(ended) => self.ended = ended,
                Err(error) => self.failure = Some(error),
            }
            if self.ended {
                self.source.satisfied();
            }
            if step.made > 0 {
                return Ok(step.made);
            }
            if step.taken == 0 && self.failure.is_none() && !self.ended {
                let kind = if dry { ErrorKind::UnexpectedEof } else { ErrorKind::InvalidData };
                return Err(io::Error::new(kind, "the stream does not end"));
            }
        }
        Ok(0)
    }
}

/// The deflate stream of a gzip member and the checksum and size after it.
struct Gzip<'a> {
    body: Machined<'a>,
    crc: flate2::Crc,
}

impl Read for Gzip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(into)?;
        if count > 0 {
            self.crc.update(into.get(..count).unwrap_or_default());
        } else if !into.is_empty() {
            self.verify()?;
        }
        Ok(count)
    }
}

impl Gzip<'_> {
    fn verify(&mut self) -> io::Result<()> {
        let mut crc = [0; 4];
        let mut size = [0; 4];
        self.body.source.read_exact(&mut crc)?;
        self.body.source.read_exact(&mut size)?;
        if u32::from_le_bytes(crc) != self.crc.sum() {
            return Err(io::Error::new(ErrorKind::InvalidData, "the checksum does not match"));
        }
        if u32::from_le_bytes(size) != self.crc.amount() {
            return Err(io::Error::new(ErrorKind::InvalidData, "the stored size does not match"));
        }
        Ok(())
    }
}

/// Hands out single bytes, because the LZMA decoder reads ahead as far as it is given.
struct OneByOne<'a>(Source<'a>);

impl Read for OneByOne<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into.get_mut(..1).unwrap_or_default())
    }
}

/// A zstd frame with the checks that its decoder leaves to the caller.
pub(super) struct ZstdFrame<'a> {
    decoder: StreamingDecoder<Source<'a>, ruzstd::decoding::FrameDecoder>,
    decoded: u64,
}

impl<'a> ZstdFrame<'a> {
    pub(super) fn start(source: Source<'a>, window_max: u64) -> io::Result<Self> {
        let decoder = StreamingDecoder::new_with_max_window_size(source, window_max).map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { .. } => io::Error::new(ErrorKind::OutOfMemory, error.to_string()),
            FrameDecoderError::DictNotProvided { .. } => io::Error::new(ErrorKind::Unsupported, error.to_string()),
            error => io::Error::new(ErrorKind::InvalidData, error.to_string()),
        })?;
        Ok(Self { decoder, decoded: 0 })
    }

    fn verify(&self) -> io::Result<()> {
        let frame = &self.decoder.decoder;
        let stored = frame.get_checksum_from_data();
        if stored.is_some() && stored != frame.get_calculated_checksum() {
            return Err(io::Error::new(ErrorKind::InvalidData, "the checksum does not match"));
        }
        // Zero stands for a frame that does not state its size.
        if ![0, self.decoded].contains(&frame.content_size()) {
            return Err(io::Error::new(ErrorKind::InvalidData, "the stored size does not match"));
        }
        Ok(())
    }
}

impl Read for ZstdFrame<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(into)?;
        self.decoded = self.decoded.saturating_add(count as u64);
        if count == 0 && !into.is_empty() {
            self.verify()?;
        }
        Ok(count)
    }
}
