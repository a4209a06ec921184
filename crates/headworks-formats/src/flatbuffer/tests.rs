use headworks_types::{Fault, Limits, ReadAt, ReadError};

use super::*;

static LEAF: Layout = Layout::new("Leaf", 1, &[Field(0, Kind::Text)]);
static ROOT: Layout = Layout::new("Root", 2, &[Field(0, Kind::Tables(&LEAF))]);

/// A root whose field 0 is a vector of `children`, all of which are the same table with one string.
fn sample(children: u32) -> Vec<u8> {
    let mut bytes = b"\x0c\0\0\0TEST".to_vec();
    // The root's vtable would have to lie before it; here it lies at the end, which is legal too.
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(0i32.to_le_bytes());
    bytes.extend(4u32.to_le_bytes());
    bytes.extend(children.to_le_bytes());
    let leaf = 24 + 4 * children;
    for index in 0..children {
        bytes.extend((leaf - (24 + 4 * index)).to_le_bytes());
    }
    let vtable = leaf + 16;
    bytes.extend((leaf as i32 - vtable as i32).to_le_bytes());
    bytes.extend(4u32.to_le_bytes());
    bytes.extend(3u32.to_le_bytes());
    bytes.extend(b"abc\0");
    bytes.extend([6u16, 8, 4].map(u16::to_le_bytes).concat());
    bytes[12..16].copy_from_slice(&(12i32 - vtable as i32).to_le_bytes());
    bytes
}

/// Bytes that pretend not to be in memory.
struct Remote(Vec<u8>);

impl ReadAt for Remote {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
        self.0.as_slice().read_at(offset, into)
    }
}

fn walk(bytes: &dyn ReadAt) -> Result<String, Fault> {
    let mut buffer = Flatbuffer::new(bytes, "test", &Limits::default());
    let root = buffer.root()?;
    buffer.cover(root, &ROOT)?;
    let leaves = buffer.tables(root, 0)?;
    let leaf = buffer.element(leaves, 0)?;
    buffer.text(leaf, 0)
}

#[test]
fn objects_are_found_in_memory_and_through_pages() {
    assert_eq!(walk(&sample(1)), Ok("abc".to_owned()));
    assert_eq!(walk(&Remote(sample(1))), Ok("abc".to_owned()));
}

#[test]
fn a_cut_or_a_field_outside_of_its_table_is_a_fault() {
    let bytes = sample(1);
    for length in 0..bytes.len() {
        assert!(walk(&bytes[..length].to_vec()).is_err(), "{length}");
    }
    let mut outside = bytes;
    let last = outside.len() - 2;
    outside[last..].copy_from_slice(&200u16.to_le_bytes());
    assert!(walk(&outside).is_err());
}

#[test]
fn a_field_that_the_layout_does_not_know_is_unsupported() {
    static OLD: Layout = Layout::new("Root", 0, &[]);
    let bytes = sample(1);
    let mut buffer = Flatbuffer::new(&bytes, "test", &Limits::default());
    let root = buffer.root().unwrap();
    assert!(matches!(buffer.cover(root, &OLD), Err(Fault::Unsupported { .. })));
}

/// Vectors of references to one table are how a few bytes ask for much work.
#[test]
fn references_are_counted_against_the_bytes() {
    let bytes = sample(3000);
    assert_eq!(walk(&bytes), Ok("abc".to_owned()));
    let limits = Limits { flatbuffer_objects_max: 100, ..Limits::default() };
    let mut buffer = Flatbuffer::new(&bytes, "test", &limits);
    let root = buffer.root().unwrap();
    assert!(matches!(buffer.cover(root, &ROOT), Err(Fault::Budget { max: 100, .. })));
}
