//! Programs of a host within bytes that no parser takes apart.
//!
//! A compiled network is opaque, and so a place for a library that its runtime loads or for a payload that something
//! else drops. ELF, PE and Mach-O files are recognised by their headers wherever they begin, and taken apart as
//! members. Kernels for a GPU are ELF files as well, of a machine that is no host; they are counted.

use std::ops::Range;

use headworks_types::SubRange;

use crate::format::{Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// Programs in one range that are taken apart; more of them change nothing.
const PROGRAMS_MAX: usize = 16;

/// What files of programs begin with: ELF, DOS and PE, Mach-O of 32 and 64 bits.
const BEGINNINGS: [&[u8]; 4] = [b"\x7fELF", b"MZ", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"];

/// `EM_CUDA`, where an ELF header states the machine.
const CUDA: [u8; 2] = [190, 0];

/// Inspects every program of a host within `range` as a member; the number of kernels for a GPU beside them.
pub(crate) fn inspect_programs(
    input: &Input<'_>,
    range: Range<u64>,
    inspection: &mut Inspection<'_>,
) -> Result<u64, ReadFault> {
    let found = Found::within(input, range.clone())?;
    for at in found.programs {
        let bytes = SubRange::new(input.bytes, at..range.end);
        let place = input.place.member(format!("bytes from {at:#x}"));
        inspection.member(&Input { bytes: &bytes, place });
    }
    Ok(found.kernels)
}

#[derive(Default)]
struct Found {
    /// Where programs begin, the first of them.
    programs: Vec<u64>,
    kernels: u64,
}

impl Found {
    /// Looks at every byte once, and again at those that a header across two windows would need.
    fn within(input: &Input<'_>, range: Range<u64>) -> Result<Self, ReadFault> {
        let mut reader = Reader::over(input.bytes, range.start, range.end);
        let mut found = Self::default();
        while reader.left() > 0 {
            let at = reader.position();
            let count = usize::try_from(reader.left()).unwrap_or(Reader::WINDOW).min(Reader::WINDOW);
            let is_last = count as u64 == reader.left();
            let window = reader.take(count)?;
            let looked_at = if is_last { count } else { count.saturating_sub(Probe::WINDOW) };
            for beginning in BEGINNINGS {
                let indices = memchr::memmem::find_iter(window, beginning).take_while(|&index| index < looked_at);
                indices.for_each(|index| found.judge(input, window, at, index));
            }
            reader.seek(at.saturating_add(looked_at as u64));
        }
        found.programs.sort_unstable();
        found.programs.truncate(PROGRAMS_MAX);
        Ok(found)
    }

    /// Keeps what begins at `index` of the window, which begins at `at`.
    fn judge(&mut self, input: &Input<'_>, window: &[u8], at: u64, index: usize) {
        let head = window.get(index..).unwrap_or_default();
        let head = head.get(..Probe::WINDOW).unwrap_or(head);
        let at = at.saturating_add(index as u64);
        let bytes = SubRange::new(input.bytes, at..input.bytes.size());
        let program = Input { bytes: &bytes, place: input.place.clone() };
        let probe = Probe { input: &program, head, tail: &[] };
        let is_kernel = head.starts_with(b"\x7fELF") && head.get(18..20) == Some(&CUDA[..]);
        match (crate::executable::FORMAT.claims)(&probe) {
            true if is_kernel => self.kernels = self.kernels.saturating_add(1),
            true if self.programs.len() < PROGRAMS_MAX.saturating_mul(BEGINNINGS.len()) => self.programs.push(at),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;

    use super::*;

    fn elf(machine: u8) -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend([3, 0, machine, 0, 1, 0, 0, 0]);
        header.resize(52, 0);
        header.extend([64, 0]);
        header.resize(64, 0);
        header
    }

    fn pe(headers_at: u32) -> Vec<u8> {
        let mut file = b"MZ".to_vec();
        file.resize(60, 0);
        file.extend(headers_at.to_le_bytes());
        file.resize(headers_at as usize, 0);
        file.extend(b"PE\0\0\x64\x86\x01\0");
        file.resize(file.len() + 12, 0);
        file.extend([0xf0, 0, 2, 0, 0x0b, 2]);
        file.resize(file.len() + 512, 0);
        file
    }

    fn found(bytes: &[u8]) -> Found {
        let bytes = bytes.to_vec();
        let range = 0..bytes.len() as u64;
        Found::within(&Input { bytes: &bytes, place: Place::file("model.engine") }, range).expect("bytes in memory")
    }

    #[test]
    fn a_program_is_found_wherever_it_begins() {
        for before in [1, 63, Reader::WINDOW - 70_000, Reader::WINDOW - 30, Reader::WINDOW, 3 * Reader::WINDOW + 5] {
            for program in [elf(62), pe(64), pe(128), pe(40_000)] {
                let bytes = [vec![0x20; before], program, vec![0; 600_000]].concat();
                assert_eq!(found(&bytes).programs, [before as u64]);
            }
        }
    }

    /// The fourth byte of the usual stub is no part of the format, so a program may have another one there.
    #[test]
    fn two_letters_alone_are_no_program_and_a_stub_of_another_make_is_one() {
        assert!(found(&b"MZ".repeat(400_000)).programs.is_empty());
        let mut stub = pe(64);
        stub[2] = 0x41;
        assert_eq!(found(&stub).programs, [0]);
    }

    #[test]
    fn kernels_for_a_gpu_are_counted_and_are_no_programs() {
        let bytes = [elf(190), elf(190), elf(62)].concat();
        let found = found(&bytes);
        assert_eq!((found.kernels, found.programs), (2, vec![128]));
    }
}
