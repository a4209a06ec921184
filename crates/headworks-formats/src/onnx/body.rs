//! Graphs and functions as the file lists them, with names as numbers.

use std::collections::HashMap;

use super::operators::Class;

/// A name, as a number; [`NONE`] is the empty name of an input that is left out.
pub(super) type Name = u32;

/// The empty name.
pub(super) const NONE: Name = 0;

/// All names of a file.
pub(super) struct Names {
    numbers: HashMap<String, Name>,
    texts: Vec<String>,
}

impl Default for Names {
    fn default() -> Self {
        Self { numbers: HashMap::from([(String::new(), NONE)]), texts: vec![String::new()] }
    }
}

impl Names {
    pub(super) fn number(&mut self, text: String) -> Name {
        let next = Name::try_from(self.texts.len()).unwrap_or(NONE);
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(text.clone());
            next
        })
    }

    pub(super) fn text(&self, name: Name) -> &str {
        usize::try_from(name).ok().and_then(|index| self.texts.get(index)).map_or("", String::as_str)
    }
}

/// What matters of a tensor that the file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Constant {
    /// Of a numeric type that weights have, and more than a handful of elements.
    pub(super) is_weight: bool,
    /// The value, where it is one integer.
    pub(super) single: Option<i64>,
}

/// One node of a graph.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: Name,
    pub(super) domain: Name,
    pub(super) operator: Name,
    pub(super) overload: Name,
    pub(super) class: Class,
    pub(super) inputs: Vec<Name>,
    pub(super) outputs: Vec<Name>,
    /// Bodies of branches and loops, as indices into the bodies of the file.
    pub(super) graphs: Vec<usize>,
    /// What a node that is a constant holds.
    pub(super) constant: Constant,
}

/// A graph or a function.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) nodes: Vec<Node>,
    pub(super) inputs: Vec<Name>,
    pub(super) outputs: Vec<Name>,
    pub(super) constants: Vec<(Name, Constant)>,
}

/// Everything that a file computes.
#[derive(Default)]
pub(super) struct Bodies {
    pub(super) names: Names,
    pub(super) bodies: Vec<Body>,
    /// The graph of the model.
    pub(super) main: Option<usize>,
    /// Functions by domain, name and overload.
    pub(super) functions: HashMap<(Name, Name, Name), usize>,
}
