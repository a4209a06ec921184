//! 7z: recognised and held, not read, unless it is empty.
//!
//! Source: 7zFormat.txt of the LZMA SDK. No model loader opens one; the container is named so that
//! a person knows what to unpack and check.
//!
//! Not covered: members of any kind.

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// A 7z archive.
pub(crate) static FORMAT: Format = Format { id: "seven-zip", title: "7z archive", claims, inspect };

const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";
/// Magic, version, checksum, and the start header that the checksum covers.
const SIGNATURE_HEADER_BYTES: u64 = 32;

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(MAGIC)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    match StartHeader::read(input) {
        Ok(header) => {
            let [major, minor] = header.version;
            inspection.identified(input, FORMAT.id, format!("7z archive, format {major}.{minor}"));
            if let Some(fault) = header.fault(input.bytes.size()) {
                inspection.fact(input.place.at(0..SIGNATURE_HEADER_BYTES), fault);
            }
            if header.end == Some(SIGNATURE_HEADER_BYTES) {
                return;
            }
        }
        Err(fault) => {
            inspection.identified(input, FORMAT.id, "7z archive, cut off");
            inspection.fact(whole.clone(), fault.in_format(FORMAT.id, "the start header"));
        }
    }
    inspection.fact(whole, Fault::Unsupported { format: FORMAT.id.into(), feature: "its members".into() });
}

struct StartHeader {
    version: [u8; 2],
    checksum_holds: bool,
    /// Where the archive ends, by its own account.
    end: Option<u64>,
}

impl StartHeader {
    fn read(input: &Input<'_>) -> Result<Self, ReadFault> {
        let mut reader = Reader::new(input.bytes);
        reader.skip(MAGIC.len() as u64)?;
        let version = reader.array()?;
        let stored = reader.u32_le()?;
        let covered = reader.array::<20>()?;
        let mut crc = flate2::Crc::new();
        crc.update(&covered);
        reader.seek(12);
        let (offset, size) = (reader.u64_le()?, reader.u64_le()?);
        let end = SIGNATURE_HEADER_BYTES.checked_add(offset).and_then(|start| start.checked_add(size));
        Ok(Self { version, checksum_holds: crc.sum() == stored, end })
    }

    fn fault(&self, size: u64) -> Option<Fault> {
        let format = FORMAT.id.to_owned();
        if !self.checksum_holds {
            return Some(Fault::Malformed {
                format,
                problem: "the checksum of the start header does not match".into(),
            });
        }
        match self.end {
            Some(end) if end == size => None,
            Some(end) if end < size => Some(Fault::Unexplained { format }),
            _ => Some(Fault::Truncated { format, wanted: "the header at the end".into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    /// An empty archive, as 7z writes it.
    fn empty() -> Vec<u8> {
        let covered = [0; 20];
        let mut crc = flate2::Crc::new();
        crc.update(&covered);
        [MAGIC, &[0, 4], &crc.sum().to_le_bytes(), &covered].concat()
    }

    fn faults(bytes: &[u8]) -> Vec<Fault> {
        let facts = crate::inspect_as(&FORMAT, &bytes.to_vec(), Place::file("x.7z"), &Limits::default());
        let fault = |kind| if let FactKind::Fault(fault) = kind { Some(fault) } else { None };
        facts.into_iter().filter_map(|fact| fault(fact.kind)).collect()
    }

    #[test]
    fn archive_is_held_unless_it_is_empty() {
        assert_eq!(faults(&empty()), []);
        let mut whole = empty();
        whole[20] = 4;
        let crc = |covered: &[u8]| {
            let mut crc = flate2::Crc::new();
            crc.update(covered);
            crc.sum().to_le_bytes()
        };
        let sum = crc(&whole[12..]);
        whole[8..12].copy_from_slice(&sum);
        whole.extend(b"toys");
        assert!(matches!(faults(&whole)[..], [Fault::Unsupported { .. }]));
    }

    #[test]
    fn wrong_checksum_trailing_bytes_and_a_cut_are_told() {
        let mut wrong = empty();
        wrong[8] ^= 1;
        assert!(matches!(faults(&wrong)[0], Fault::Malformed { .. }));
        assert!(matches!(faults(&[empty(), b"x".to_vec()].concat())[0], Fault::Unexplained { .. }));
        assert!(matches!(faults(&empty()[..20])[0], Fault::Truncated { .. }));
    }
}
