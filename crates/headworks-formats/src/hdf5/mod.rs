//! HDF5 files: weights and whole models of Keras, and data of every kind.
//!
//! Source: the HDF5 File Format Specification, version 3.0, and the behaviour of the HDF5 library
//! 1.14 and h5py 3.16 on files of all versions of the format. Read are the superblock (0 to 3),
//! every object header that the root leads to, groups with symbol tables and with links in the header
//! or in a fractal heap, attributes the same way, and of every dataset its type, shape, filters and
//! layout, with the B-tree of chunks. Links, data and sources in other files are stated, as is a model
//! configuration, which is read by the Keras format. `h5py` opens a file whose superblock lies behind
//! a block of the user's, so such a file is claimed as well; the block is inspected by itself.
//!
//! Not covered: the elements themselves, objects in global heaps that only elements name, free space
//! between structures, checksums, the chunk indexes of version 4 layouts beyond their address, and
//! objects that no link leads to. Links by path within the file are not followed, since they can only
//! lead to what is read anyway or to nothing.

mod attributes;
mod dataset;
mod file;
mod group;
mod header;
mod heap;
mod message;
mod superblock;
mod tree;
mod walk;

use headworks_types::{Fault, SubRange};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::Reader;
use crate::tensor_table::TensorTable;
use attributes::Attributes;
use file::File;
use heap::GlobalHeaps;
use superblock::Superblock;
use walk::Walk;

/// HDF5: `.h5`, `.hdf5`, `.keras` weights, NetCDF 4.
pub(crate) static FORMAT: Format = Format { id: "hdf5", title: "HDF5 file", claims, inspect };

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// The first place but zero where the library looks for a superblock; then at every power of two.
const FIRST_USER_BLOCK_BYTES: usize = 512;

fn claims(probe: &Probe<'_>) -> bool {
    superblock_at(probe.head).is_some()
}

/// Where the superblock is, if the bytes have one where the library looks.
fn superblock_at(head: &[u8]) -> Option<u64> {
    let doubled = std::iter::successors(Some(FIRST_USER_BLOCK_BYTES), |at| at.checked_mul(2));
    let places = std::iter::once(0).chain(doubled.take_while(|&at| at < head.len()));
    let found = places.into_iter().find(|&at| head.get(at..).is_some_and(|rest| rest.starts_with(SIGNATURE)));
    found.map(|at| at as u64)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let ahead = usize::try_from(size).unwrap_or(Probe::WINDOW).min(Probe::WINDOW);
    let mut reader = Reader::new(input.bytes);
    let base = reader.take(ahead).map(|head| superblock_at(head).unwrap_or_default());
    let base = match base {
        Ok(base) => base,
        Err(fault) => return inspection.fact(input.place.at(0..size), fault.in_format(FORMAT.id, "the superblock")),
    };
    let bytes = SubRange::new(input.bytes, base..size);
    match Superblock::read(&bytes, base) {
        Ok(superblock) => inspect_from(input, &bytes, base, &superblock, inspection),
        Err(broken) => {
            inspection.identified(input, FORMAT.id, "not read");
            inspection.fact(input.place.at(broken.at..size.max(broken.at)), broken.fault);
        }
    }
}

fn inspect_from(
    input: &Input<'_>,
    bytes: &SubRange<'_>,
    base: u64,
    superblock: &Superblock,
    inspection: &mut Inspection<'_>,
) {
    judge_user_block(input, base, inspection);
    // The stated end counts from the beginning of the file, user block and all.
    let end = superblock.end.saturating_sub(superblock.base);
    let mut walk = Walk {
        file: File::new(bytes, base, superblock.widths),
        place: input.place.clone(),
        inspection,
        table: TensorTable::default(),
        heaps: GlobalHeaps::default(),
        attributes: Attributes::default(),
        groups: 0,
        end,
        input,
    };
    judge_settings(&mut walk, superblock);
    walk.run(superblock.root);
    let Walk { table, attributes, groups, .. } = walk;
    let keras = if attributes.is_keras { "a model of Keras, " } else { "" };
    let version = superblock.version;
    let summary =
        format!("{keras}superblock {version}, {groups} groups, {} attributes, {}", attributes.count, table.summary());
    inspection.identified(input, FORMAT.id, summary);
    table.state(input, 0..input.bytes.size(), inspection);
    judge_end(input, base.saturating_add(end), inspection);
}

/// What lies before the superblock is the user's and can be any file.
fn judge_user_block(input: &Input<'_>, base: u64, inspection: &mut Inspection<'_>) {
    let bytes = SubRange::new(input.bytes, 0..base);
    let length = usize::try_from(base).unwrap_or_default();
    let is_empty = Reader::new(&bytes).take(length).is_ok_and(|block| block.iter().all(|&byte| byte == 0));
    if !is_empty {
        inspection.member(&Input { bytes: &bytes, place: input.place.member("user block") });
    }
}

fn judge_settings(walk: &mut Walk<'_, '_, '_, '_>, superblock: &Superblock) {
    if superblock.base != walk.file.base {
        let problem = format!("address zero is stated to be at {:#x}, away from the superblock", superblock.base);
        walk.broken(file::Broken::malformed(walk.file.base, problem));
    }
    if superblock.driver.is_some() {
        walk.broken(file::Broken::unsupported(walk.file.base, "a file that is spread over several"));
    }
    if let Some(extension) = superblock.extension {
        let (messages, broken) = header::messages(&mut walk.file, extension);
        broken.into_iter().for_each(|broken| walk.broken(broken));
        walk.settings(&messages);
    }
}

fn judge_end(input: &Input<'_>, end: u64, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    if end > size {
        let wanted = "the end that the superblock states".into();
        inspection.fact(input.place.at(size..size), Fault::Truncated { format: FORMAT.id.into(), wanted });
    } else if end < size {
        inspection.fact(input.place.at(end..size), Fault::Unexplained { format: FORMAT.id.into() });
        let bytes = SubRange::new(input.bytes, end..size);
        inspection.member(&Input { bytes: &bytes, place: input.place.member("bytes behind the end") });
    }
}
