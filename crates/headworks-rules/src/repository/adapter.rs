//! An adapter: what its configuration states, and what its tensors change.

use std::collections::BTreeMap;

use headworks_types::fact::{RepositoryFact, TensorFact};
use headworks_types::{Fact, FactKind};

use super::split;
use crate::Evidence;

/// Name of the configuration.
const CONFIGURATION: &str = "adapter_config.json";

/// The configuration of one directory and the tensors beside it.
#[derive(Default)]
pub(super) struct Adapter<'e> {
    settings: Vec<(&'e Fact, &'e str, &'e str)>,
    pub(super) parts: Vec<Part<'e>>,
}

/// Tensors of one module, as the format gathers them.
pub(super) struct Part<'e> {
    pub(super) fact: &'e Fact,
    /// The path of the module, `*` for any layer.
    pub(super) module: &'e str,
    pub(super) part: &'e str,
    pub(super) rank: Option<u64>,
}

impl<'e> Adapter<'e> {
    /// The values of a key, lists and tables included, without the quotes of JSON; nulls are none.
    pub(super) fn values(&self, key: &str) -> impl Iterator<Item = (&'e Fact, &'e str)> {
        let is_of = move |stated: &str| {
            stated.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest == "[]" || rest.starts_with('.'))
        };
        let found = self.settings.iter().filter(move |(_, stated, value)| is_of(stated) && *value != "null");
        found.map(|(fact, _, value)| (*fact, value.trim_matches('"')))
    }

    /// The value of a key that has one.
    pub(super) fn value(&self, key: &str) -> Option<(&'e Fact, &'e str)> {
        let found = self.settings.iter().find(|(_, stated, value)| *stated == key && *value != "null");
        found.map(|(fact, _, value)| (*fact, value.trim_matches('"')))
    }
}

/// The adapters of the artifact, by directory.
pub(super) fn adapters<'e>(evidence: &Evidence<'e>) -> BTreeMap<&'e str, Adapter<'e>> {
    let mut adapters = BTreeMap::<&str, Adapter<'_>>::new();
    for fact in evidence.facts.iter().filter(|fact| fact.location.place.members().is_empty()) {
        let (directory, name) = split(fact.location.place.file_path());
        match &fact.kind {
            FactKind::Repository(RepositoryFact::Setting { key, value }) if name == CONFIGURATION => {
                adapters.entry(directory).or_default().settings.push((fact, key, value));
            }
            FactKind::Tensor(TensorFact::AdapterPart { module, part, rank }) => {
                let part = Part { fact, module, part, rank: *rank };
                adapters.entry(directory).or_default().parts.push(part);
            }
            _ => {}
        }
    }
    // Tensors without a configuration are no adapter that a library would load.
    adapters.retain(|_, adapter| !adapter.settings.is_empty());
    adapters
}

#[cfg(test)]
pub(super) mod fixtures {
    use super::super::fixtures::{fact, setting};
    use super::*;

    pub(in crate::repository) fn part(module: &str, part: &str, rank: Option<u64>) -> Fact {
        let (module, part) = (module.into(), part.into());
        fact("adapter_model.safetensors", TensorFact::AdapterPart { module, part, rank })
    }

    /// The settings of a common adapter, and others.
    pub(in crate::repository) fn settings(others: &[(&str, &str)]) -> Vec<Fact> {
        let common = [("peft_type", "\"LORA\""), ("r", "8"), ("target_modules[]", "\"q_proj\"")];
        common.iter().chain(others).map(|(key, value)| setting(CONFIGURATION, key, value)).collect()
    }
}
