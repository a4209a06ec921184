//! The header at the end, through the folders that it may be encoded in.

use std::ops::Range;

use headworks_types::{Fault, Limits, ReadAt, SubRange};

use super::coverage::Coverage;
use super::file::File;
use super::opening::state_end;
use super::property::{Properties, id, unexpected};
use super::streams::Streams;
use super::{FORMAT, malformed, unsupported};
use crate::crc32::crc32;
use crate::decoded::{Codec, Decoded};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::ReadFault;

/// Headers within headers; writers encode one once.
const ENCODINGS_MAX: u32 = 4;

/// What the header says. What could be read stays when the rest cannot be.
#[derive(Default)]
pub(super) struct Header {
    pub(super) streams: Streams,
    pub(super) files: Vec<File>,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
}

/// Reads the header that lies at `range`, and states what is wrong with it.
pub(super) fn read(
    input: &Input<'_>,
    range: Range<u64>,
    stated_crc: u32,
    coverage: &mut Coverage,
    inspection: &mut Inspection<'_>,
) -> Header {
    let mut header = Header::default();
    let stored = SubRange::new(input.bytes, range.clone());
    match header.read(input, stored, stated_crc, coverage, inspection) {
        Ok(()) => header.is_whole = true,
        Err(fault) => inspection.fact(input.place.at(range), fault),
    }
    let streams = &header.streams;
    coverage.add(streams.packed_range(0..streams.packed.len()), "the packed streams");
    header
}

impl Header {
    fn read(
        &mut self,
        input: &Input<'_>,
        stored: SubRange<'_>,
        stated_crc: u32,
        coverage: &mut Coverage,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        check_size(stored.size(), inspection.limits)?;
        if crc32(&stored).map_err(|error| ReadFault::Failed(error).in_format(FORMAT.id, "the header"))? != stated_crc {
            let whole = input.place.at(0..input.bytes.size());
            inspection.fact(whole, malformed("the checksum of the header does not match"));
        }
        let mut bytes: Box<dyn ReadAt + '_> = Box::new(stored);
        for _ in 0..=ENCODINGS_MAX {
            let mut properties = Properties::new(&*bytes, inspection.limits);
            let streams = match properties.byte()? {
                id::HEADER => return self.read_plain(&mut properties),
                id::ENCODED_HEADER => Streams::read(&mut properties)?,
                other => return Err(unexpected(other)),
            };
            refuse_rest(&properties)?;
            bytes = Box::new(decode(input, &streams, coverage, inspection)?);
        }
        Err(malformed(format!("the header is encoded more than {ENCODINGS_MAX} times")))
    }

    fn read_plain(&mut self, properties: &mut Properties<'_>) -> Result<(), Fault> {
        let mut next = properties.byte()?;
        if matches!(next, id::ARCHIVE_PROPERTIES | id::ADDITIONAL_STREAMS) {
            return Err(unsupported(format!("property {next:#04x} of the archive")));
        }
        if next == id::MAIN_STREAMS {
            self.streams = Streams::read(properties)?;
            next = properties.byte()?;
        }
        if next == id::FILES {
            self.files = File::read_all(properties)?;
            next = properties.byte()?;
        }
        if next != id::END {
            return Err(unexpected(next));
        }
        refuse_rest(properties)
    }
}

fn refuse_rest(properties: &Properties<'_>) -> Result<(), Fault> {
    match properties.left() {
        0 => Ok(()),
        left => Err(malformed(format!("{left} bytes follow the end of the header"))),
    }
}

/// A header is kept in memory, so it is bounded as documents are.
fn check_size(bytes: u64, limits: &Limits) -> Result<(), Fault> {
    let max = limits.text_bytes_max;
    if bytes > max { Err(Fault::Budget { limit: "text_bytes_max".into(), max }) } else { Ok(()) }
}

/// The header that `streams` hold.
fn decode<'a>(
    input: &Input<'a>,
    streams: &Streams,
    coverage: &mut Coverage,
    inspection: &mut Inspection<'_>,
) -> Result<Decoded<'a>, Fault> {
    let [folder] = &*streams.folders else {
        return Err(malformed(format!("the header is encoded in {} folders", streams.folders.len())));
    };
    let range = streams.packed_range(folder.packed.clone());
    coverage.add(range.clone(), "the encoded header");
    let chain = folder.chain()?;
    check_size(chain.bytes(), inspection.limits)?;
    let packed = SubRange::new(input.bytes, range.clone());
    let opened = Decoded::open(Codec::Chain(chain), packed, inspection);
    state_end(input, range.clone(), &opened, inspection);
    if opened.fault.is_none() && folder.crc.is_some_and(|crc| crc != opened.crc32) {
        inspection.fact(input.place.at(range), malformed("the checksum of the encoded header does not match"));
    }
    Ok(opened.decoded)
}
