//! Rules that look at the files of a repository side by side.

mod adapter;

pub(crate) mod differing_weight_copies;
pub(crate) mod disagreeing_adapter;
pub(crate) mod disagreeing_card;
pub(crate) mod disagreeing_configuration;
pub(crate) mod disagreeing_index;
pub(crate) mod disagreeing_size;
pub(crate) mod missing_weights;
pub(crate) mod shadowed_weights;
pub(crate) mod unlisted_shard;
pub(crate) mod unpinned_base_model;
mod weights;

use std::collections::HashSet;

use headworks_types::{Digest, Fact, FactKind, fact::RepositoryFact};

use crate::Evidence;

/// What an index says about one shard.
struct Shard<'e> {
    fact: &'e Fact,
    /// The shard as the index names it.
    file: &'e str,
    /// Its path in the artifact; nothing when the name leads out.
    path: Option<String>,
    tensors: u64,
    names: Digest,
}

/// All shards that some index names.
fn shards<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = Shard<'e>> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Repository(RepositoryFact::Shard { file, tensors, names }) => {
            let path = fact.location.place.sibling(file);
            Some(Shard { fact, file, path, tensors: *tensors, names: *names })
        }
        _ => None,
    })
}

/// Paths of all files of the artifact: about each there is a fact.
fn paths<'e>(evidence: &Evidence<'e>) -> HashSet<&'e str> {
    evidence.facts.iter().map(|fact| fact.location.place.file_path()).collect()
}

/// The directory of a path with its `/`, and the name.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

#[cfg(test)]
mod fixtures {
    use headworks_types::{Place, fact::FileFact, fact::TensorFact};

    use super::*;

    pub(super) fn fact(path: &str, kind: impl Into<FactKind>) -> Fact {
        Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }
    }

    pub(super) fn file(path: &str, format: &str) -> Fact {
        fact(path, FileFact::Identified { format: format.into(), summary: String::new() })
    }

    pub(super) fn shard(index: &str, file: &str, tensors: u64, names: &str) -> Fact {
        let names = Digest::of(names.as_bytes());
        fact(index, RepositoryFact::Shard { file: file.into(), tensors, names })
    }

    pub(super) fn names(path: &str, tensors: u64, names: &str) -> Fact {
        fact(path, TensorFact::Names { tensors, digest: Digest::of(names.as_bytes()) })
    }

    pub(super) fn table(path: &str, parameters: u64, bytes: u64) -> Fact {
        fact(path, TensorFact::Table { tensors: 1, parameters, bytes, dtypes: Vec::new() })
    }

    pub(super) fn shape(path: &str, tensor: &str, shape: &[u64]) -> Fact {
        fact(path, TensorFact::Shape { tensor: tensor.into(), shape: shape.into() })
    }

    pub(super) fn setting(path: &str, key: &str, value: &str) -> Fact {
        fact(path, RepositoryFact::Setting { key: key.into(), value: value.into() })
    }
}
