//! Compressed bytes as decoders want them: a sequential reader that counts what it hands out.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use headworks_types::{ReadAt, ReadError, SubRange};

use super::member::Member;

/// Reads compressed bytes forward.
///
/// Decoders own their reader and some do not give it back, so what must be known of it afterwards
/// lies in a shared [`Feed`].
pub(crate) struct Source<'a> {
    origin: Origin<'a>,
    feed: Arc<Feed>,
    window: Vec<u8>,
    /// Index in the window of the next byte.
    next: usize,
}

/// Where a [`Source`] has its bytes from.
enum Origin<'a> {
    Bytes(SubRange<'a>),
    /// What the decoder before this one makes.
    Decoder(Member<'a>),
}

/// What is known of a [`Source`] from outside.
#[derive(Default)]
pub(super) struct Feed {
    position: AtomicU64,
    ran_dry: AtomicBool,
    failure: Mutex<Option<ReadError>>,
}

impl Feed {
    /// Compressed bytes handed out so far.
    pub(super) fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    pub(super) fn seek(&self, position: u64) {
        self.position.store(position, Ordering::Relaxed);
    }

    /// Whether a decoder asked for bytes after the last one.
    pub(super) fn ran_dry(&self) -> bool {
        self.ran_dry.load(Ordering::Relaxed)
    }

    /// Why the compressed bytes could not be had, once.
    pub(super) fn take_failure(&self) -> Option<ReadError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The decoder has seen the end of its member, so it did not need what it may have asked for.
    pub(super) fn satisfied(&self) {
        self.ran_dry.store(false, Ordering::Relaxed);
    }

    fn fail(&self, error: ReadError) -> io::Error {
        let told = io::Error::other(error.to_string());
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        told
    }
}

impl<'a> Source<'a> {
    /// Bytes fetched at a time.
    const WINDOW: usize = 64 * 1024;

    /// Reads all of `bytes`.
    pub(crate) fn new(bytes: SubRange<'a>) -> Self {
        Self::at_feed(bytes, Arc::default())
    }

    /// Continues where `feed` is.
    pub(super) fn at_feed(bytes: SubRange<'a>, feed: Arc<Feed>) -> Self {
        Self { origin: Origin::Bytes(bytes), feed, window: Vec::new(), next: 0 }
    }

    /// Reads what `decoder` makes.
    pub(super) fn behind(decoder: Member<'a>) -> Self {
        Self { origin: Origin::Decoder(decoder), feed: Arc::default(), window: Vec::new(), next: 0 }
    }

    /// What will be known of this source when a decoder owns it.
    pub(super) fn feed(&self) -> Arc<Feed> {
        Arc::clone(&self.feed)
    }

    /// See [`Feed::satisfied`].
    pub(super) fn satisfied(&self) {
        self.feed.satisfied();
    }

    fn in_memory(&self) -> Option<&[u8]> {
        match &self.origin {
            Origin::Bytes(bytes) => bytes.as_slice(),
            Origin::Decoder(_) => None,
        }
    }

    fn fetch(&mut self) -> io::Result<()> {
        self.window.resize(Self::WINDOW, 0);
        let read = match &mut self.origin {
            Origin::Bytes(bytes) => {
                bytes.read_at(self.feed.position(), &mut self.window).map_err(|error| self.feed.fail(error))
            }
            Origin::Decoder(decoder) => decoder.read(&mut self.window),
        };
        self.next = 0;
        self.window.truncate(read.as_ref().map_or(0, |&count| count));
        read.map(|_| ())
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let in_memory = self.in_memory().is_some();
        if !in_memory && self.next >= self.window.len() {
            self.fetch()?;
        }
        let left = match self.in_memory() {
            Some(all) => usize::try_from(self.feed.position()).ok().and_then(|start| all.get(start..)),
            None => self.window.get(self.next..),
        };
        let left = left.unwrap_or_default();
        if left.is_empty() {
            self.feed.ran_dry.store(true, Ordering::Relaxed);
        }
        Ok(left)
    }

    fn consume(&mut self, count: usize) {
        self.next = self.next.saturating_add(count);
        self.feed.position.fetch_add(count as u64, Ordering::Relaxed);
    }
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let count = super::copy(self.fill_buf()?, into);
        self.consume(count);
        Ok(count)
    }
}
