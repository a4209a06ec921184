//! Rules about configuration that names code, repositories or paths.

mod callable;

pub(crate) mod attention_hook_repository;
pub(crate) mod configured_callable;
pub(crate) mod constructing_yaml_tag;
pub(crate) mod duplicate_configuration_key;
pub(crate) mod escaping_configuration_path;
pub(crate) mod local_code_reference;
pub(crate) mod remote_code_reference;
pub(crate) mod remote_code_switch;

use headworks_types::fact::{ConfigurationFact, ReferenceKind};
use headworks_types::{Fact, FactKind};

use crate::Evidence;

/// A reference that some configuration makes.
struct Reference<'e> {
    fact: &'e Fact,
    key: &'e str,
    value: &'e str,
}

/// All references of one kind.
fn references<'e>(evidence: &Evidence<'e>, wanted: ReferenceKind) -> impl Iterator<Item = Reference<'e>> {
    evidence.facts.iter().filter_map(move |fact| match &fact.kind {
        FactKind::Configuration(ConfigurationFact::Reference { key, kind, value }) if *kind == wanted => {
            Some(Reference { fact, key, value })
        }
        _ => None,
    })
}

/// The last part of a key's path: `AutoModel` of `auto_map.AutoModel`, `type` of `[].type`.
fn last_part(key: &str) -> &str {
    let key = key.trim_end_matches("[]");
    key.rsplit('.').next().unwrap_or(key)
}

#[cfg(test)]
mod fixtures {
    use headworks_types::Place;

    use super::*;

    pub(super) fn fact(kind: impl Into<FactKind>) -> Fact {
        Fact { location: Place::file("config.json").at(10..20), times: 1, kind: kind.into() }
    }

    pub(super) fn reference(key: &str, kind: ReferenceKind, value: &str) -> Fact {
        fact(ConfigurationFact::Reference { key: key.into(), kind, value: value.into() })
    }
}
