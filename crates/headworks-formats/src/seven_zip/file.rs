//! The files of an archive: names, kinds and attributes.

use headworks_types::Fault;

use super::property::{Properties, id, unexpected};
use super::{malformed, unsupported};
use crate::file_mode::FileMode;

/// A file's name takes at least its terminator.
const NAME_BYTES_MIN: u64 = 2;

/// Windows attributes of a directory and of a link.
const FOLDER: u32 = 0x10;
const REPARSE_POINT: u32 = 0x400;
/// The attribute that says that the high word is a Unix mode.
const HAS_MODE: u32 = 0x8000;

/// A file or directory, or what is to be deleted where the archive is extracted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    /// Whether the path is no UTF-16, so that readers differ in what they make of it.
    pub(super) is_odd: bool,
    /// Whether some folder holds its content.
    pub(super) has_stream: bool,
    /// Without a stream: whether it is a file, and no directory.
    is_empty_file: bool,
    /// Whether extracting it deletes what is there.
    pub(super) is_anti: bool,
    attributes: u32,
}

impl File {
    /// A directory: nothing to inspect.
    pub(super) fn is_folder(&self) -> bool {
        !self.has_stream && !self.is_empty_file
    }

    /// Whether the attributes say that it is a directory, which they only say of one without content.
    pub(super) fn claims_folder(&self) -> bool {
        self.attributes & FOLDER != 0 || self.mode().is_folder()
    }

    /// The Unix mode, where there is one.
    pub(super) fn mode(&self) -> FileMode {
        FileMode(if self.attributes & HAS_MODE == 0 { 0 } else { self.attributes >> 16 })
    }

    /// Whether it is a link where it is extracted by a Windows program, and a file elsewhere.
    pub(super) fn is_reparse_point(&self) -> bool {
        self.attributes & REPARSE_POINT != 0
    }

    /// Reads all files. Nothing of them is kept when one property cannot be read.
    pub(super) fn read_all(header: &mut Properties<'_>) -> Result<Vec<Self>, Fault> {
        let count = header.count("files", NAME_BYTES_MIN)?;
        let mut files = vec![Self { has_stream: true, ..Self::default() }; count];
        let mut seen = 0_u32;
        loop {
            let property = header.byte()?;
            if property == id::END {
                break;
            }
            // A second list of names would be taken by some readers and not by others.
            let bit = 1_u32.checked_shl(property.into()).ok_or_else(|| unexpected(property))?;
            if seen & bit != 0 && property != id::DUMMY {
                return Err(malformed(format!("property {property:#04x} of the files is there twice")));
            }
            seen |= bit;
            let bytes = header.number()?;
            let end = header.position().checked_add(bytes);
            read_property(property, bytes, &mut files, header)?;
            if end != Some(header.position()) {
                let problem = format!("property {property:#04x} of the files does not have the {bytes} bytes stated");
                return Err(malformed(problem));
            }
        }
        if count > 0 && seen & (1 << id::NAMES) == 0 {
            return Err(malformed("the files have no names"));
        }
        Ok(files)
    }
}

fn read_property(property: u8, bytes: u64, files: &mut [File], header: &mut Properties<'_>) -> Result<(), Fault> {
    match property {
        id::EMPTY_STREAMS => {
            let bits = header.bits(files.len())?;
            files.iter_mut().zip(bits).for_each(|(file, is_empty)| file.has_stream = !is_empty);
        }
        id::EMPTY_FILES => for_each_empty(files, header, |file| file.is_empty_file = true)?,
        id::ANTI_ITEMS => for_each_empty(files, header, |file| file.is_anti = true)?,
        id::NAMES => {
            header.refuse_elsewhere("names")?;
            files.iter_mut().try_for_each(|file| read_name(file, header))?;
        }
        id::ATTRIBUTES => {
            let defined = header.bits_unless_all(files.len())?;
            header.refuse_elsewhere("attributes")?;
            for (file, _) in files.iter_mut().zip(defined).filter(|(_, defined)| *defined) {
                file.attributes = header.u32()?;
            }
        }
        id::CREATED | id::ACCESSED | id::CHANGED => header.skip(bytes)?,
        id::DUMMY => {
            for _ in 0..bytes {
                if header.byte()? != 0 {
                    return Err(malformed("the padding of the header is not zero"));
                }
            }
        }
        other => return Err(unsupported(format!("property {other:#04x} of the files"))),
    }
    Ok(())
}

/// Reads a bit for every file without a stream.
fn for_each_empty(files: &mut [File], header: &mut Properties<'_>, mark: fn(&mut File)) -> Result<(), Fault> {
    let count = files.iter().filter(|file| !file.has_stream).count();
    let bits = header.bits(count)?;
    let empty = files.iter_mut().filter(|file| !file.has_stream);
    empty.zip(bits).filter(|(_, bit)| *bit).for_each(|(file, _)| mark(file));
    Ok(())
}

/// UTF-16 up to a zero.
fn read_name(file: &mut File, header: &mut Properties<'_>) -> Result<(), Fault> {
    let max = header.limits.path_bytes_max;
    let mut units = Vec::new();
    loop {
        match header.u16()? {
            0 => break,
            _ if units.len() as u64 >= max => {
                return Err(Fault::Budget { limit: "path_bytes_max".into(), max });
            }
            unit => units.push(unit),
        }
    }
    file.is_odd = char::decode_utf16(units.iter().copied()).any(|unit| unit.is_err());
    file.path = String::from_utf16_lossy(&units);
    Ok(())
}

#[cfg(test)]
mod tests {
    use headworks_types::Limits;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<File>, Fault> {
        File::read_all(&mut Properties::new(&bytes.to_vec(), &Limits::default()))
    }

    /// Three files: a file, a directory and an empty file.
    const THREE: &[u8] =
        b"\x03\x0e\x01\x60\x0f\x01\x40\x11\x0d\x00a\0\0\0b\0\0\0c\0\0\0\x15\x07\x00\x80\x00\0\x80\xed\x81\x00";

    #[test]
    fn directories_are_told_from_empty_files_and_modes_from_attributes() {
        let files = read(THREE).unwrap();
        let paths: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.has_stream, file.is_folder())).collect();
        assert_eq!(paths, [("a", true, false), ("b", false, true), ("c", false, false)]);
        assert_eq!(files[0].mode(), FileMode(0o100_755));
        assert_eq!(files[1].mode(), FileMode(0));
    }

    #[test]
    fn a_property_of_another_size_a_second_one_and_an_unknown_one_are_refused() {
        let mut longer = THREE.to_vec();
        longer[2] = 2;
        assert!(matches!(read(&longer), Err(Fault::Malformed { .. })));
        assert!(matches!(read(b"\x00\x19\x01\x01\x00"), Err(Fault::Malformed { .. })));
        assert_eq!(read(b"\x00\x19\x01\x00\x19\x00\x00"), Ok(vec![]));
        assert!(matches!(read(b"\x00\x12\x00\x12\x00\x00"), Err(Fault::Malformed { .. })));
        assert!(matches!(read(b"\x00\x18\x00\x00"), Err(Fault::Unsupported { .. })));
        assert!(matches!(read(b"\x00\x60\x00\x00"), Err(Fault::Malformed { .. })));
    }

    #[test]
    fn names_that_are_missing_cut_or_too_long_are_refused() {
        assert!(matches!(read(b"\x01\x12\x00\x00"), Err(Fault::Malformed { .. })));
        assert!(matches!(read(b"\x01\x11\x03\x00a\0"), Err(Fault::Truncated { .. })));
        let long = [b"\x01\x11\xc0\x00\x30\x00".to_vec(), b"a\0".repeat(5000)].concat();
        assert!(matches!(read(&long), Err(Fault::Budget { .. })));
    }

    #[test]
    fn half_of_a_surrogate_pair_is_odd() {
        let files = read(b"\x01\x11\x05\x00\x00\xd8\x00\x00\x00").unwrap();
        assert!(files[0].is_odd);
    }
}
