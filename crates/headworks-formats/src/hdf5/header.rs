//! Object headers: the messages that describe a group, a dataset or a named datatype.

use super::file::{Block, Broken, File};

pub(super) const DATASPACE: u16 = 0x01;
pub(super) const LINK_INFO: u16 = 0x02;
pub(super) const DATATYPE: u16 = 0x03;
pub(super) const LINK: u16 = 0x06;
pub(super) const EXTERNAL_FILES: u16 = 0x07;
pub(super) const LAYOUT: u16 = 0x08;
pub(super) const FILTERS: u16 = 0x0b;
pub(super) const ATTRIBUTE: u16 = 0x0c;
pub(super) const SHARED_TABLE: u16 = 0x0f;
const CONTINUATION: u16 = 0x10;
pub(super) const SYMBOL_TABLE: u16 = 0x11;
pub(super) const DRIVER: u16 = 0x14;
pub(super) const ATTRIBUTE_INFO: u16 = 0x15;
/// The last message of the format's version 3.
pub(super) const LAST: u16 = 0x18;

const IS_SHARED: u8 = 2;

/// One message of an object header.
pub(super) struct Message {
    pub(super) kind: u16,
    /// The body says where the message is.
    pub(super) is_shared: bool,
    /// Offset of the body in the input.
    pub(super) at: u64,
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn block<'m>(&'m self, file: &File<'_>, what: &'static str) -> Block<'m> {
        Block::of(&self.body, self.at, file.widths, what)
    }
}

/// The messages of the object header at `at`, and what stopped the walk.
pub(super) fn messages(file: &mut File<'_>, at: u64) -> (Vec<Message>, Option<Broken>) {
    let mut messages = Vec::new();
    let outcome = read(file, at, &mut messages);
    (messages, outcome.err())
}

/// The message that a shared one stands for; itself when it is not shared.
pub(super) fn resolved(file: &mut File<'_>, message: Message) -> Result<Message, Broken> {
    if !message.is_shared {
        return Ok(message);
    }
    let address = shared_address(&mut message.block(file, "a shared message"))?;
    // Many datasets may share one datatype, so its header is not a node that belongs to one of them.
    let mut found = Vec::new();
    read_blocks(file, address, &mut found, false)?;
    let same = found.into_iter().find(|other| other.kind == message.kind && !other.is_shared);
    same.ok_or_else(|| Broken::malformed(message.at, "a shared message leads to none of its kind"))
}

/// The object header that a shared message names.
pub(super) fn shared_address(block: &mut Block<'_>) -> Result<u64, Broken> {
    let address = match (block.u8()?, block.u8()?) {
        (1, _) => {
            block.skip(6)?;
            block.address()?
        }
        (2, _) | (3, 2 | 3) => block.address()?,
        _ => return Err(block.unsupported("a heap of messages")),
    };
    address.ok_or_else(|| block.malformed("it leads nowhere"))
}

fn read(file: &mut File<'_>, at: u64, messages: &mut Vec<Message>) -> Result<(), Broken> {
    read_blocks(file, at, messages, true)
}

fn read_blocks(file: &mut File<'_>, at: u64, messages: &mut Vec<Message>, owned: bool) -> Result<(), Broken> {
    let prefix = file.block(at, 4, "an object header")?.take(4)?;
    let mut header = if prefix == b"OHDR" { late(file, at)? } else { early(file, at)? };
    while let Some(part) = header.parts.pop() {
        let first = part.start;
        let block = if owned {
            file.node(first, part.bytes, "an object header")?
        } else {
            file.block(first, part.bytes, "an object header")?
        };
        header.part(block, messages)?;
    }
    Ok(())
}

/// A stretch of messages.
struct Part {
    start: u64,
    bytes: u64,
}

struct Header {
    is_late: bool,
    /// Messages carry the order of their creation.
    is_ordered: bool,
    /// Messages that may still come; the version of today does not count them.
    left: u32,
    parts: Vec<Part>,
    /// Parts whose first four and last four bytes are signature and checksum.
    continues: bool,
}

fn early(file: &mut File<'_>, at: u64) -> Result<Header, Broken> {
    let mut block = file.block(at, 16, "an object header")?;
    block.version(1)?;
    block.skip(1)?;
    let left = u32::from(block.u16()?);
    block.skip(4)?;
    let bytes = u64::from(block.u32()?);
    let parts = vec![Part { start: at.saturating_add(16), bytes }];
    Ok(Header { is_late: false, is_ordered: false, left, parts, continues: false })
}

fn late(file: &mut File<'_>, at: u64) -> Result<Header, Broken> {
    let mut block = file.block(at, 34, "an object header")?;
    block.signature(*b"OHDR")?;
    block.version(2)?;
    let flags = block.u8()?;
    block.skip(if flags & 0x20 != 0 { 16 } else { 0 })?;
    block.skip(if flags & 0x10 != 0 { 4 } else { 0 })?;
    let bytes = block.uint(1u8.wrapping_shl(u32::from(flags & 3)))?;
    let parts = vec![Part { start: block.position(), bytes }];
    Ok(Header { is_late: true, is_ordered: flags & 4 != 0, left: u32::MAX, parts, continues: false })
}

impl Header {
    fn part(&mut self, mut block: Block<'_>, messages: &mut Vec<Message>) -> Result<(), Broken> {
        if self.is_late && self.continues {
            block.signature(*b"OCHK")?;
        }
        self.continues = true;
        let message_head = match (self.is_late, self.is_ordered) {
            (false, _) => 8,
            (true, false) => 4,
            (true, true) => 6,
        };
        while block.left() >= message_head && self.left > 0 {
            self.message(&mut block, messages)?;
            self.left = self.left.saturating_sub(1);
        }
        Ok(())
    }

    fn message(&mut self, block: &mut Block<'_>, messages: &mut Vec<Message>) -> Result<(), Broken> {
        let kind = if self.is_late { u16::from(block.u8()?) } else { block.u16()? };
        let bytes = block.u16()?;
        let flags = block.u8()?;
        match (self.is_late, self.is_ordered) {
            (false, _) => block.skip(3)?,
            (true, true) => block.skip(2)?,
            (true, false) => {}
        }
        let at = block.offset();
        let body = block.take(u64::from(bytes))?;
        let message = Message { kind, is_shared: flags & IS_SHARED != 0, at, body };
        if kind != CONTINUATION {
            messages.push(message);
            return Ok(());
        }
        self.continuation(&message, block)
    }

    fn continuation(&mut self, message: &Message, parent: &Block<'_>) -> Result<(), Broken> {
        let mut block = parent.beside(&message.body, message.at);
        let (start, bytes) = (block.address()?, block.length()?);
        let start = start.ok_or_else(|| block.malformed("it continues nowhere"))?;
        let bytes = if self.is_late { bytes.saturating_sub(4) } else { bytes };
        self.parts.push(Part { start, bytes });
        Ok(())
    }
}
