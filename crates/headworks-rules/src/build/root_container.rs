use headworks_types::fact::BuildFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for images that run as the superuser: `USER root`, or no user at all.
    ///
    /// **Why it matters.** Code that a model brings along runs with the rights of the container's user. As root it can
    /// change the image's own programs, and one flaw of the runtime separates it from the host. Most public images
    /// run as root, so this is only a note for whoever deploys one.
    ///
    /// **Example.** A build file without `USER`.
    ///
    /// **What it misses.** A user that the base image sets, and one that is set when the container starts.
    ROOT_CONTAINER {
        id: "root-container",
        title: "An image runs as root",
        severity: Severity::Info,
        confidence: Confidence::Medium,
        controls: &["HW-CFG-03"],
        references: &["CWE-250"],
        hint: "set a user without rights, or make the runtime set one",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let root = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Build(BuildFact::User { user, is_root: true }) => {
            let how = if user.is_empty() { "sets no user".to_owned() } else { format!("sets the user `{user}`") };
            Some(Judgement::of(fact, user, format!("`{}` {how}, so the image runs as root", fact.location.place)))
        }
        _ => None,
    });
    root.collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::severities;
    use super::*;

    #[test]
    fn root_is_noted_and_another_user_is_not() {
        let user = |user: &str, is_root| BuildFact::User { user: user.into(), is_root };
        assert_eq!(severities(&ROOT_CONTAINER, user("", true)), [Severity::Info]);
        assert_eq!(severities(&ROOT_CONTAINER, user("1000", false)), []);
    }
}
