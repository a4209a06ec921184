//! One coder of a folder: its method by id, with its properties.
//!
//! Source: Methods.txt of the LZMA SDK, and the ids that the authors of other codecs registered there.

use headworks_types::Fault;
use lzma_rust2::FilterType;

use super::property::Properties;
use super::{malformed, unsupported};
use crate::decoded::Coder;

/// Bytes of a coder's properties; AES has the most, some tens.
const PROPERTIES_BYTES_MAX: u64 = 255;
/// Bytes of a method's id that 7-Zip reads.
const ID_BYTES_MAX: u8 = 8;

const COPY: u64 = 0x00;
const DELTA: u64 = 0x03;
const LZMA2: u64 = 0x21;
const LZMA: u64 = 0x03_01_01;
const DEFLATE: u64 = 0x04_01_08;
const BZIP2: u64 = 0x04_02_02;
const ZSTD: u64 = 0x04_f7_11_01;
/// AES-256 with SHA-256, the cipher of zip, and that of RAR.
const CIPHERS: [u64; 3] = [0x06_f1_07_01, 0x06_f1_01_01, 0x06_f1_03_03];

/// Filters for jumps, by their first ids and those of newer versions.
const FILTERS: [(u64, FilterType); 14] = [
    (0x03_03_01_03, FilterType::BcjX86),
    (0x04, FilterType::BcjX86),
    (0x03_03_02_05, FilterType::BcjPpc),
    (0x05, FilterType::BcjPpc),
    (0x03_03_04_01, FilterType::BcjIa64),
    (0x06, FilterType::BcjIa64),
    (0x03_03_05_01, FilterType::BcjArm),
    (0x07, FilterType::BcjArm),
    (0x03_03_07_01, FilterType::BcjArmThumb),
    (0x08, FilterType::BcjArmThumb),
    (0x03_03_08_05, FilterType::BcjSparc),
    (0x09, FilterType::BcjSparc),
    (0x0a, FilterType::BcjArm64),
    (0x0b, FilterType::BcjRiscv),
];

/// Names of methods that are not read.
const UNREAD: [(u64, &str); 8] = [
    (0x03_03_01_1b, "BCJ2"),
    (0x03_04_01, "PPMd"),
    (0x04_01_09, "Deflate64"),
    (0x04_f7_11_02, "Brotli"),
    (0x04_f7_11_04, "LZ4"),
    (0x04_f7_11_05, "LZ5"),
    (0x04_f7_11_06, "Lizard"),
    (0x02_03_02, "Swap2"),
];

/// A coder as the header has it.
pub(super) struct Record {
    method: u64,
    properties: Box<[u8]>,
    pub(super) inputs: u8,
    pub(super) outputs: u8,
}

impl Record {
    pub(super) fn read(header: &mut Properties<'_>) -> Result<Self, Fault> {
        let flags = header.byte()?;
        if flags & 0xc0 != 0 {
            return Err(malformed(format!("a coder has the flags {flags:#04x}")));
        }
        let id_bytes = flags & 0x0f;
        if id_bytes > ID_BYTES_MAX {
            return Err(unsupported(format!("a method whose id has {id_bytes} bytes")));
        }
        let id = header.bytes(id_bytes.into())?;
        let method = id.iter().fold(0_u64, |id, &byte| id.wrapping_shl(8) | u64::from(byte));
        let (inputs, outputs) = if flags & 0x10 == 0 { (1, 1) } else { (streams(header)?, streams(header)?) };
        let length = if flags & 0x20 == 0 { 0 } else { header.number()? };
        if length > PROPERTIES_BYTES_MAX {
            return Err(malformed(format!("a coder has {length} bytes of properties")));
        }
        let properties = header.bytes(usize::try_from(length).unwrap_or_default())?.into();
        Ok(Self { method, properties, inputs, outputs })
    }

    pub(super) fn is_cipher(&self) -> bool {
        CIPHERS.contains(&self.method)
    }

    /// The coder, if it is one that is read.
    pub(super) fn coder(&self) -> Result<Coder, Fault> {
        let filter = FILTERS.iter().find(|(id, _)| *id == self.method).map(|&(_, kind)| kind);
        let coder = match (self.method, &*self.properties) {
            (COPY, []) => Coder::Copy,
            (DELTA, &[distance]) => {
                Coder::Filter { kind: FilterType::Delta, property: u32::from(distance).saturating_add(1) }
            }
            (LZMA, &[properties, d0, d1, d2, d3]) => {
                Coder::Lzma { properties, dictionary: u32::from_le_bytes([d0, d1, d2, d3]) }
            }
            (LZMA2, &[size]) => Coder::Lzma2 { dictionary: lzma2_dictionary(size).ok_or_else(|| self.odd())? },
            (DEFLATE, []) => Coder::Deflate,
            (BZIP2, []) => Coder::Bzip2,
            (ZSTD, _) => Coder::Zstd,
            (COPY | DELTA | LZMA | LZMA2 | DEFLATE | BZIP2, _) => return Err(self.odd()),
            (_, start) => Coder::Filter {
                kind: filter.ok_or_else(|| self.unread())?,
                property: first_address(start).ok_or_else(|| self.odd())?,
            },
        };
        if (self.inputs, self.outputs) == (1, 1) { Ok(coder) } else { Err(self.unread()) }
    }

    fn odd(&self) -> Fault {
        let digits: String = self.properties.iter().map(|byte| format!("{byte:02x}")).collect();
        malformed(format!("method {:#x} has the properties `{digits}`", self.method))
    }

    fn unread(&self) -> Fault {
        let name = UNREAD.iter().find(|(id, _)| *id == self.method).map(|(_, name)| format!(" ({name})"));
        let id = self.method;
        unsupported(format!("method {id:#x}{}", name.unwrap_or_default()))
    }
}

/// How many streams go into a coder or come out of it; the folder has a lower bound for all of them.
fn streams(header: &mut Properties<'_>) -> Result<u8, Fault> {
    let count = header.number()?;
    u8::try_from(count).map_err(|_| malformed(format!("a coder has {count} inputs or outputs")))
}

/// `2^n` or `2^n + 2^(n-1)` bytes, and all ones for the largest.
fn lzma2_dictionary(size: u8) -> Option<u32> {
    match size {
        0..=39 => (2 | u32::from(size & 1)).checked_shl(u32::from(size / 2).saturating_add(11)),
        40 => Some(u32::MAX),
        _ => None,
    }
}

fn first_address(properties: &[u8]) -> Option<u32> {
    match properties {
        [] => Some(0),
        _ => Some(u32::from_le_bytes(properties.try_into().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(method: u64, properties: &[u8]) -> Record {
        Record { method, properties: properties.into(), inputs: 1, outputs: 1 }
    }

    #[test]
    fn dictionaries_of_lzma2_are_those_of_xz() {
        assert_eq!(lzma2_dictionary(0), Some(4096));
        assert_eq!(lzma2_dictionary(1), Some(6144));
        assert_eq!(lzma2_dictionary(24), Some(16 << 20));
        assert_eq!(lzma2_dictionary(39), Some(0xc000_0000));
        assert_eq!(lzma2_dictionary(40), Some(u32::MAX));
        assert_eq!(lzma2_dictionary(41), None);
    }

    #[test]
    fn methods_that_are_not_read_are_named_and_odd_properties_refused() {
        assert_eq!(record(0x03_04_01, &[]).coder(), Err(unsupported("method 0x30401 (PPMd)")));
        assert_eq!(record(0x1234, &[]).coder(), Err(unsupported("method 0x1234")));
        assert!(matches!(record(LZMA, &[0x5d]).coder(), Err(Fault::Malformed { .. })));
        assert!(matches!(record(LZMA2, &[41]).coder(), Err(Fault::Malformed { .. })));
        assert_eq!(record(LZMA2, &[0]).coder(), Ok(Coder::Lzma2 { dictionary: 4096 }));
    }

    #[test]
    fn a_coder_of_many_streams_is_not_read_whatever_its_method() {
        assert!(Record { inputs: 2, ..record(COPY, &[]) }.coder().is_err());
        assert_eq!(record(COPY, &[]).coder(), Ok(Coder::Copy));
    }
}
