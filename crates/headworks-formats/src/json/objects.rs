//! Readers of what the objects of a document say together: one frame for each that is open.

use std::borrow::Cow;

use super::Parser;
use crate::document::{Collection, Sink, key_path};

/// An open object or array.
pub(crate) struct Frame<'t, Own> {
    pub(crate) collection: Collection,
    /// The latest key of an object.
    pub(crate) key: Cow<'t, str>,
    /// Where it begins in the text.
    pub(crate) start: usize,
    /// What the reader keeps of it.
    pub(crate) own: Own,
}

/// The objects and arrays that are open, the innermost last.
pub(crate) struct Frames<'t, Own> {
    open: Vec<Frame<'t, Own>>,
    depth_max: u64,
}

impl<'t, Own: Default> Frames<'t, Own> {
    /// Frames to a depth of `depth_max`.
    pub(crate) fn new(depth_max: u64) -> Self {
        Self { open: Vec::new(), depth_max }
    }

    /// An object or array begins; whether it is followed.
    pub(crate) fn push(&mut self, collection: Collection, start: usize) -> bool {
        self.open.push(Frame { collection, key: Cow::Borrowed(""), start, own: Own::default() });
        self.open.len() as u64 <= self.depth_max
    }

    /// A key of the innermost object.
    pub(crate) fn key(&mut self, key: Cow<'t, str>) {
        if let Some(frame) = self.open.last_mut() {
            frame.key = key;
        }
    }

    /// The innermost, no longer open.
    pub(crate) fn pop(&mut self) -> Option<Frame<'t, Own>> {
        self.open.pop()
    }

    /// The innermost.
    pub(crate) fn last_mut(&mut self) -> Option<&mut Frame<'t, Own>> {
        self.open.last_mut()
    }

    /// The innermost, if it is an object.
    pub(crate) fn object_mut(&mut self) -> Option<&mut Frame<'t, Own>> {
        self.open.last_mut().filter(|frame| frame.collection == Collection::Object)
    }

    /// From the innermost outwards.
    pub(crate) fn outwards(&self) -> impl Iterator<Item = &Frame<'t, Own>> {
        self.open.iter().rev()
    }

    /// From the outermost inwards.
    pub(crate) fn inwards(&self) -> impl Iterator<Item = &Frame<'t, Own>> {
        self.open.iter()
    }

    /// The path of the innermost or, with its key, of its current value.
    pub(crate) fn path(&self, with_key: bool) -> String {
        key_path(self.open.iter().map(|frame| (frame.collection, &*frame.key)), with_key)
    }
}

/// Tells `sink` what is in the JSON `text`, and the end of whatever is open when it breaks off.
///
/// Where the document breaks or is too deep has been stated by who read it first; what was open then counts all the same.
pub(crate) fn read<'t, S: Sink<'t>>(text: &'t str, sink: &mut S, is_open: impl Fn(&S) -> bool) {
    _ = Parser::new(text).value(sink);
    while is_open(sink) {
        sink.close(text.len());
    }
}
