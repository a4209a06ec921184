//! What a rule may look at.

use headworks_types::Fact;

/// The facts of one artifact and the reference data they are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Facts of all files of the artifact.
    pub facts: &'a [Fact],
}

impl<'a> Evidence<'a> {
    /// Facts judged by the reference data that is compiled in.
    pub fn of(facts: &'a [Fact]) -> Self {
        Self { facts }
    }
}
