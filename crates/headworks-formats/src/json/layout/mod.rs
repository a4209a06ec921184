//! Documents whose layout a loader knows by their name, read for what configuration keys do not say.
//!
//! They are read in the same pass as their references: the parser's events go to both.

mod adapter;
mod added_tokens;
mod index;
mod settings;
mod tokenizer;

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::Limits;

use crate::configuration::Configuration;
use crate::document::{Collection, Scalar, Sink};
use crate::format::Input;
use crate::inspection::Inspection;
use adapter::Adapter;
use added_tokens::AddedTokens;
use index::Index;
use settings::Settings;
use tokenizer::Tokenizer;

/// One open object or array, and where in it the current value stands.
pub(super) struct Step<'t> {
    is_array: bool,
    /// The latest key of an object, and where it begins in the text.
    key: Cow<'t, str>,
    key_at: usize,
    /// Values before the current one.
    index: u64,
}

/// A layout, and the place in the document.
pub(super) struct Layout<'t> {
    path: Vec<Step<'t>>,
    of: Of<'t>,
}

enum Of<'t> {
    Adapter(Adapter),
    AddedTokens(AddedTokens),
    Index(Index<'t>),
    Settings(Settings),
    Tokenizer(Box<Tokenizer>),
}

impl<'t> Layout<'t> {
    /// The layout that loaders expect in a document of this name.
    pub(super) fn of(name: &str, limits: &Limits) -> Option<Self> {
        let of = match name {
            "adapter_config.json" => Of::Adapter(Adapter::new(limits.manifest_values_max)),
            "config.json" => Of::Settings(Settings::default()),
            "tokenizer.json" => Of::Tokenizer(Box::new(Tokenizer::new(limits.tokenizer_words_max))),
            "tokenizer_config.json" => Of::AddedTokens(AddedTokens::default()),
            name if name.ends_with(".index.json") => Of::Index(Index::new(limits.tensors_max)),
            _ => return None,
        };
        Some(Self { path: Vec::new(), of })
    }

    /// States what the document says, after its end.
    pub(super) fn state(self, input: &Input<'_>, text: &str, inspection: &mut Inspection<'_>) {
        match self.of {
            Of::Adapter(adapter) => adapter.state(input, inspection),
            Of::AddedTokens(tokens) => tokens.state(input, inspection),
            Of::Index(index) => index.state(input, inspection),
            Of::Settings(settings) => settings.state(input, inspection),
            Of::Tokenizer(tokenizer) => tokenizer.state(input, text, inspection),
        }
    }

    fn count(&mut self) {
        if let Some(step) = self.path.last_mut() {
            step.index = step.index.saturating_add(1);
        }
    }
}

/// Whether the path is the one in `pattern`, where `*` stands for any key and `[]` for any element.
fn is_at(path: &[Step<'_>], pattern: &[&str]) -> bool {
    let same = |(step, wanted): (&Step<'_>, &&str)| match *wanted {
        "[]" => step.is_array,
        "*" => !step.is_array,
        key => !step.is_array && step.key == key,
    };
    path.len() == pattern.len() && path.iter().zip(pattern).all(same)
}

impl<'t> Sink<'t> for Layout<'t> {
    fn open(&mut self, collection: Collection, _: usize) -> bool {
        let is_array = collection == Collection::Array;
        self.path.push(Step { is_array, key: Cow::Borrowed(""), key_at: 0, index: 0 });
        true
    }

    fn key(&mut self, key: Cow<'t, str>, _: &[u8], at: Range<usize>) {
        if let Some(step) = self.path.last_mut() {
            (step.key, step.key_at) = (key, at.start);
        }
    }

    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
        match &mut self.of {
            Of::Adapter(adapter) => adapter.scalar(&self.path, &scalar),
            Of::AddedTokens(tokens) => tokens.scalar(&self.path, &scalar),
            Of::Index(index) => index.scalar(&self.path, &scalar),
            Of::Settings(settings) => settings.scalar(&self.path, &scalar),
            Of::Tokenizer(tokenizer) => tokenizer.scalar(&self.path, &scalar, at.start),
        }
        self.count();
    }

    fn close(&mut self, _: usize) {
        self.path.pop();
        match &mut self.of {
            Of::AddedTokens(tokens) => tokens.closed(&self.path),
            Of::Tokenizer(tokenizer) => tokenizer.closed(&self.path),
            Of::Adapter(_) | Of::Index(_) | Of::Settings(_) => {}
        }
        self.count();
    }
}

/// Tells both what the parser meets.
pub(super) struct Both<'a, 't, 'i, 'l> {
    pub(super) configuration: &'a mut Configuration<'t, 'i, 'l>,
    pub(super) layout: Option<&'a mut Layout<'t>>,
}

impl<'t> Sink<'t> for Both<'_, 't, '_, '_> {
    fn open(&mut self, collection: Collection, at: usize) -> bool {
        let follows = self.configuration.open(collection, at);
        if let Some(layout) = self.layout.as_mut().filter(|_| follows) {
            layout.open(collection, at);
        }
        follows
    }

    fn key(&mut self, key: Cow<'t, str>, identity: &[u8], at: Range<usize>) {
        if let Some(layout) = &mut self.layout {
            layout.key(key.clone(), identity, at.clone());
        }
        self.configuration.key(key, identity, at);
    }

    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
        if let Some(layout) = &mut self.layout {
            layout.scalar(scalar.clone(), at.clone());
        }
        self.configuration.scalar(scalar, at);
    }

    fn close(&mut self, at: usize) {
        if let Some(layout) = &mut self.layout {
            layout.close(at);
        }
        self.configuration.close(at);
    }
}
