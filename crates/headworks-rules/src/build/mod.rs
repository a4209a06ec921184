//! Rules about build files of container images, and about what an image runs when it is built and started.

pub(crate) mod fetched_code;
pub(crate) mod open_path;
pub(crate) mod root_container;
pub(crate) mod secret_named_variable;
pub(crate) mod unchecked_download;
pub(crate) mod unpinned_build_input;

use headworks_types::fact::{BuildFact, Deed};
use headworks_types::{Fact, FactKind};

use crate::Evidence;

/// All commands with what they do: the fact, what holds the command, the deed, the command itself.
fn commands<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = (&'e Fact, &'e str, Deed, &'e str)> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Build(BuildFact::Command { at, deed, excerpt }) => Some((fact, at.as_str(), *deed, excerpt.as_str())),
        _ => None,
    })
}

#[cfg(test)]
mod fixtures {
    use headworks_types::{Place, Severity};

    use super::*;
    use crate::Rule;

    pub(super) fn severities(rule: &Rule, kind: BuildFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file("Dockerfile").at(0..9), times: 1, kind: kind.into() }];
        rule.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    pub(super) fn command(deed: Deed) -> BuildFact {
        BuildFact::Command { at: "RUN".into(), deed, excerpt: "x".into() }
    }
}
