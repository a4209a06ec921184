//! Members of a zip, each inflated into the same buffer.

use std::path::Path;

use flate2::Crc;
use headworks_advisories::osv::RECORD_BYTES_MAX;
use rawzip::{CompressionMethod, ZipArchive, ZipSliceArchive, ZipVerification};
use zlib_rs::{Inflate, InflateFlush, Status};

use super::AdvisoriesError;
use super::gather::Gatherer;

/// Longest archive that is read.
pub const ARCHIVE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Members that an archive has at most.
pub const MEMBERS_MAX: u64 = 2_000_000;
/// Bytes of all members together.
pub const INFLATED_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;

/// How far back deflated data may refer, as a power of two: the most that the format has.
const WINDOW_BITS: u8 = 15;

/// Gives every member that may be a record to `gatherer`; one that cannot be had is a problem, and counted.
pub(super) fn read(path: &Path, bytes: &[u8], gatherer: &mut Gatherer) -> Result<(), AdvisoriesError> {
    let broken = |error: rawzip::Error| AdvisoriesError::Archive { path: path.to_owned(), reason: error.to_string() };
    let too_much = |what, limit| AdvisoriesError::TooMuch { path: path.to_owned(), what, limit };
    let archive = ZipArchive::from_slice(bytes).map_err(broken)?;
    let mut inflater = Inflater::default();
    let (mut members, mut inflated) = (0u64, 0u64);
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        members = members.saturating_add(1);
        if members > MEMBERS_MAX {
            return Err(too_much("members", MEMBERS_MAX));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        if entry.is_dir() || !name.ends_with(".json") {
            continue;
        }
        match inflater.member(&archive, &entry) {
            Ok(Member { bytes, deflated }) => {
                inflated = inflated.saturating_add(bytes.len() as u64);
                if inflated > INFLATED_BYTES_MAX {
                    return Err(too_much("bytes when inflated", INFLATED_BYTES_MAX));
                }
                gatherer.record(&name, bytes, deflated);
            }
            Err(reason) => gatherer.unreadable(&name, reason),
        }
    }
    // A directory that is cut short still ends where its own size says, but with fewer members.
    if members != archive.entries_hint() {
        let reason = format!("{members} members, and it states {}", archive.entries_hint());
        return Err(AdvisoriesError::Archive { path: path.to_owned(), reason });
    }
    Ok(())
}

/// Inflates one member after the other without allocating for each, or clearing more than one needs.
struct Inflater {
    state: Inflate,
    buffer: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { state: Inflate::new(false, WINDOW_BITS), buffer: Vec::new() }
    }
}

/// A member that was inflated, and its deflated form, when it has one.
struct Member<'a, 'b> {
    bytes: &'b [u8],
    deflated: Option<&'a [u8]>,
}

impl Inflater {
    fn member<'a: 'b, 'b>(
        &'b mut self,
        archive: &ZipSliceArchive<&'a [u8]>,
        entry: &rawzip::ZipFileHeaderRecord<'_>,
    ) -> Result<Member<'a, 'b>, String> {
        if entry.flags().is_encrypted() {
            return Err("an encrypted member".to_owned());
        }
        let local = archive.get_entry(entry.wayfinder()).map_err(|error| error.to_string())?;
        let (range, stated) = (local.compressed_data_range(), local.claim_verifier());
        let data = usize::try_from(range.0).ok().zip(usize::try_from(range.1).ok());
        // Cut out of the whole, so that it outlives the entry.
        let whole: &'a [u8] = archive.get_ref();
        let data = data.and_then(|(start, end)| whole.get(start..end)).ok_or("a member outside of the archive")?;
        let size = usize::try_from(stated.uncompressed_size).ok().filter(|size| *size <= RECORD_BYTES_MAX);
        let size = size.ok_or_else(|| format!("a member of {} bytes", stated.uncompressed_size))?;
        let (bytes, deflated) = match entry.compression_method() {
            CompressionMethod::STORE => (data, None),
            CompressionMethod::DEFLATE => (self.inflate(data, size)?, Some(data)),
            method => return Err(format!("compression method {method:?}")),
        };
        let mut crc = Crc::new();
        crc.update(bytes);
        let actual = ZipVerification { crc: crc.sum(), uncompressed_size: bytes.len() as u64 };
        stated.valid(actual).map_err(|error| error.to_string())?;
        Ok(Member { bytes, deflated })
    }

    /// Inflates so many bytes; one more does not fit.
    fn inflate(&mut self, data: &[u8], size: usize) -> Result<&[u8], String> {
        self.state.reset(false);
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        let output = self.buffer.get_mut(..size).unwrap_or_default();
        match self.state.decompress(data, output, InflateFlush::Finish) {
            Ok(Status::StreamEnd) if self.state.total_out() == size as u64 => Ok(output),
            Ok(_) => Err("a member that is not as long as it states, or breaks off".to_owned()),
            Err(error) => Err(error.as_str().to_owned()),
        }
    }
}

/// Inflates a record that was stored; none when that is damaged.
pub(super) fn inflate_stored(body: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut json = Vec::new();
    let most = RECORD_BYTES_MAX as u64 + 1;
    flate2::read::DeflateDecoder::new(body).take(most).read_to_end(&mut json).ok()?;
    (json.len() <= RECORD_BYTES_MAX).then_some(json)
}

/// Deflates a record that did not come so.
pub(super) fn deflate(json: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(json).and_then(|()| encoder.finish()).expect("memory can be written")
}
