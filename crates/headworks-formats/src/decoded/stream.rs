//! A compressed stream from its first member to its last.

use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::Arc;

use headworks_types::{Limits, ReadAt, ReadError, SubRange};

use super::Codec;
use super::member::{self, Member};
use super::source::{Feed, Source};
use crate::inspection::DecodeBudget;

/// Decodes all members of a stream, one after the other.
pub(super) struct Stream<'a> {
    codec: Codec,
    compressed: SubRange<'a>,
    window_max: u64,
    budget: DecodeBudget,
    feed: Arc<Feed>,
    member: Option<Member<'a>>,
    /// Members begun; a skippable frame counts.
    members: u64,
    ended: bool,
    decoded: u64,
}

/// What begins at a position between members.
enum Next {
    Member,
    /// A frame that decoders pass over, with its size.
    Skippable(u64),
    /// Nothing, or bytes that belong to no member.
    End,
}

impl<'a> Stream<'a> {
    pub(super) fn new(codec: Codec, compressed: SubRange<'a>, limits: &Limits, budget: DecodeBudget) -> Self {
        Self {
            codec,
            compressed,
            window_max: limits.decoder_window_bytes_max,
            budget,
            feed: Arc::default(),
            member: None,
            members: 0,
            ended: false,
            decoded: 0,
        }
    }

    /// Compressed bytes of the members so far.
    pub(super) fn consumed(&self) -> u64 {
        self.feed.position()
    }

    /// Whether the compressed bytes ended while a member was being decoded.
    pub(super) fn ran_dry(&self) -> bool {
        self.feed.ran_dry()
    }

    /// Goes back to the first byte.
    pub(super) fn restart(&mut self) {
        self.feed = Arc::default();
        self.member = None;
        self.members = 0;
        self.ended = false;
        self.decoded = 0;
    }

    /// Decodes the next bytes; none at the end of the stream.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        while !self.ended {
            let read = match &mut self.member {
                Some(member) => member.read(into),
                None => {
                    self.begin_member()?;
                    continue;
                }
            };
            match read {
                Ok(0) => self.end_member()?,
                Ok(count) => {
                    self.decoded = self.decoded.saturating_add(count as u64);
                    self.budget.spend(count as u64)?;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(0)
    }

    fn begin_member(&mut self) -> Result<(), ReadError> {
        match self.next()? {
            Next::End => self.ended = true,
            Next::Skippable(bytes) => {
                let end = self.feed.position().saturating_add(bytes);
                if end > self.compressed.size() {
                    self.feed.seek(self.compressed.size());
                    return Err(self.failed(&io::Error::new(ErrorKind::UnexpectedEof, "a skippable frame is cut off")));
                }
                self.feed.seek(end);
                self.members = self.members.saturating_add(1);
            }
            Next::Member => {
                self.members = self.members.saturating_add(1);
                let source = Source::at_feed(self.compressed, Arc::clone(&self.feed));
                let started = member::start(self.codec, source, self.window_max);
                self.member = Some(started.map_err(|error| self.failed(&error))?);
            }
        }
        Ok(())
    }

    /// A decoder that says "end" because its input ended has not seen the end of its member.
    fn end_member(&mut self) -> Result<(), ReadError> {
        self.member = None;
        if self.feed.ran_dry() {
            return Err(self.failed(&io::Error::new(ErrorKind::UnexpectedEof, "the stream does not end")));
        }
        Ok(())
    }

    /// What begins at the current position. Padding that the codec allows is passed over.
    fn next(&mut self) -> Result<Next, ReadError> {
        if self.members > 0 && matches!(self.codec, Codec::Gzip | Codec::Xz) {
            self.skip_padding()?;
        }
        let mut magic = [0; 8];
        let count = self.compressed.read_at(self.feed.position(), &mut magic)?;
        let head = magic.get(..count).unwrap_or_default();
        if let (Codec::Lz4Frame | Codec::Zstd, Some(bytes)) = (self.codec, skippable(head)) {
            return Ok(Next::Skippable(bytes));
        }
        let is_member = self.members == 0 || self.codec.continues_with(head);
        Ok(if is_member { Next::Member } else { Next::End })
    }

    /// Passes over zero bytes after a member, when the stream goes on or ends after them.
    fn skip_padding(&mut self) -> Result<(), ReadError> {
        let start = self.feed.position();
        let lookahead = Arc::new(Feed::default());
        lookahead.seek(start);
        let mut source = Source::at_feed(self.compressed, Arc::clone(&lookahead));
        loop {
            let ahead = source.fill_buf().map_err(|error| lost(&lookahead, start, &error))?;
            let zeros = ahead.iter().take_while(|&&byte| byte == 0).count();
            let whole = zeros == ahead.len() && zeros > 0;
            source.consume(zeros);
            if !whole {
                break;
            }
        }
        let end = lookahead.position();
        let padded = end.saturating_sub(start);
        let mut magic = [0; 8];
        let count = self.compressed.read_at(end, &mut magic)?;
        let goes_on = count == 0 || self.codec.continues_with(magic.get(..count).unwrap_or_default());
        // The xz specification pads a stream to a multiple of four bytes.
        if goes_on && (self.codec != Codec::Xz || padded.is_multiple_of(4)) {
            self.feed.seek(end);
        }
        Ok(())
    }

    /// The failure of a decoder, in our terms.
    fn failed(&mut self, error: &io::Error) -> ReadError {
        self.member = None;
        self.ended = true;
        if let Some(failure) = self.feed.take_failure() {
            return failure;
        }
        match error.kind() {
            ErrorKind::OutOfMemory => ReadError::Budget { limit: "decoder_window_bytes_max", max: self.window_max },
            _ => ReadError::Decode { decoded: self.decoded, reason: error.to_string() },
        }
    }
}

impl Codec {
    /// Whether another member of the same stream begins with `head`.
    fn continues_with(self, head: &[u8]) -> bool {
        match self {
            Self::Deflate | Self::Zlib | Self::Lzma | Self::Chain(_) => false,
            Self::Gzip => head.starts_with(&[0x1f, 0x8b]),
            Self::Bzip2 => head.starts_with(b"BZh"),
            Self::Xz => head.starts_with(b"\xfd7zXZ\0"),
            Self::Lz4Frame => head.starts_with(&[0x04, 0x22, 0x4d, 0x18]),
            Self::Zstd => head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]),
        }
    }
}

/// Size of the skippable frame that begins with `head`: magic 0x184D2A50 to 0x184D2A5F, then a length.
pub(crate) fn skippable(head: &[u8]) -> Option<u64> {
    let (magic, rest) = head.split_first_chunk::<4>()?;
    let length = rest.first_chunk::<4>()?;
    let is_skippable = u32::from_le_bytes(*magic) & 0xffff_fff0 == 0x184d_2a50;
    is_skippable.then(|| u64::from(u32::from_le_bytes(*length)).saturating_add(8))
}

fn lost(feed: &Feed, offset: u64, error: &io::Error) -> ReadError {
    feed.take_failure().unwrap_or_else(|| ReadError::Io { offset, reason: error.to_string() })
}
