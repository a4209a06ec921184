use headworks_types::fact::BuildFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for variables of a build file or an image that are named like a credential and have a value.
    ///
    /// **Why it matters.** What `ENV` and `ARG` set stays in the image and its history, where everybody who pulls it
    /// can read it. A name is no proof, so this is noted; credentials of a known shape are `leaked-secret`.
    ///
    /// **Example.** `ENV DB_PASSWORD=…`; `ARG HF_TOKEN=…`.
    ///
    /// **What it misses.** Credentials under other names, or in files that are copied into the image.
    SECRET_NAMED_VARIABLE {
        id: "secret-named-variable",
        title: "A variable of an image is named like a credential",
        severity: Severity::Low,
        confidence: Confidence::Low,
        controls: &["HW-CFG-04"],
        references: &["CWE-526", "CWE-798"],
        hint: "mount the secret for the one command that needs it: `RUN --mount=type=secret`",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let named = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Build(BuildFact::SecretVariable { at, name }) => Some(Judgement::of(
            fact,
            name,
            format!("`{at}` gives `{name}` a value that everybody with the image can read"),
        )),
        _ => None,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::Deed;

    use super::super::fixtures::{command, severities};
    use super::*;

    #[test]
    fn a_variable_is_noted_and_a_command_is_not() {
        let variable = BuildFact::SecretVariable { at: "ENV".into(), name: "DB_PASSWORD".into() };
        assert_eq!(severities(&SECRET_NAMED_VARIABLE, variable), [Severity::Low]);
        assert_eq!(severities(&SECRET_NAMED_VARIABLE, command(Deed::OpenToAll)), []);
    }
}
