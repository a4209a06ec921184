//! Git-LFS pointers: three lines of text where a file of weights should be.
//!
//! Source: git-lfs docs/spec.md, "The Pointer". A clone without LFS leaves these in place of every
//! large file; a scanner that calls one clean has looked at 130 bytes of text.
//!
//! Not covered: the file that the pointer stands for.

use headworks_types::{Fault, fact::FileFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// The pointer file of Git-LFS.
pub(crate) static FORMAT: Format = Format { id: "git-lfs", title: "Git-LFS pointer", claims, inspect };

const VERSION: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The specification bounds a pointer: it "must be less than 1024 bytes".
const POINTER_BYTES_MAX: u64 = 1024;

fn claims(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(VERSION) && probe.input.bytes.size() < POINTER_BYTES_MAX
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    inspection.identified(input, FORMAT.id, "pointer; the bytes it stands for are not here");
    match Pointer::read(input) {
        Ok(Pointer { oid: Some(oid), bytes: Some(bytes) }) => {
            inspection.fact(whole.clone(), FileFact::LfsPointer { oid: oid.clone(), bytes });
            inspection.fact(whole, Fault::Absent { stand_in: format!("Git-LFS pointer to {oid}, {bytes} bytes") });
        }
        Ok(_) => inspection.fact(whole, Fault::Truncated { format: FORMAT.id.into(), wanted: "oid and size".into() }),
        Err(fault) => inspection.fact(whole, fault.in_format(FORMAT.id, "a line")),
    }
}

#[derive(Default)]
struct Pointer {
    oid: Option<String>,
    bytes: Option<u64>,
}

impl Pointer {
    fn read(input: &Input<'_>) -> Result<Self, ReadFault> {
        let mut reader = Reader::new(input.bytes);
        let mut pointer = Self::default();
        while reader.left() > 0 {
            let line = String::from_utf8_lossy(reader.line()?).into_owned();
            match line.split_once(' ') {
                Some(("oid", oid)) => pointer.oid = Some(oid.to_owned()),
                Some(("size", size)) => pointer.bytes = size.parse().ok(),
                _ => {}
            }
        }
        Ok(pointer)
    }
}
