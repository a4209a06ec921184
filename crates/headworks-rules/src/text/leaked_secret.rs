use headworks_types::fact::TextFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for credentials whose shape is well known and that pass their own check: a checksum, a
    /// body that decodes, randomness. Tokens of code hosts, hubs, registries, clouds and model
    /// services, private keys, signed web tokens, database URLs with a password.
    ///
    /// **Why it matters.** A credential in an artifact is in everybody's hands. Whoever finds it first
    /// can change the publisher's models, read their data or spend their money.
    ///
    /// **Example.** `HF_TOKEN = "hf_..."` in a cell of a notebook that was uploaded with the weights.
    ///
    /// **What it misses.** Passwords without a shape, keys that are encrypted, and whether the
    /// credential is still valid: nothing is sent anywhere to find out.
    LEAKED_SECRET {
        id: "leaked-secret",
        title: "The artifact holds a credential",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-04"],
        references: &["CWE-798", "CWE-540"],
        hint: "revoke the credential first, then remove it from the artifact and its history",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let secrets = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Text(TextFact::Secret { kind, redacted }) => {
            let message = format!("`{}` holds a credential: {kind} `{redacted}`", fact.location.place);
            Some(Judgement::of(fact, format!("{kind} {redacted}"), message).with_evidence(redacted))
        }
        _ => None,
    });
    secrets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use headworks_types::{Fact, Place};

    fn findings(kind: TextFact) -> Vec<headworks_types::Finding> {
        let facts = [Fact { location: Place::file("demo.ipynb").at(0..3), times: 1, kind: kind.into() }];
        LEAKED_SECRET.judge(&Evidence::of(&facts))
    }

    #[test]
    fn a_credential_is_reported_without_its_value() {
        let findings = findings(TextFact::Secret { kind: "github-token".into(), redacted: "ghp_ab…".into() });
        assert!(findings[0].message.contains("github-token `ghp_ab…`"));
    }

    #[test]
    fn text_without_a_credential_is_not() {
        assert!(findings(TextFact::HiddenInstruction { excerpt: "token".into() }).is_empty());
    }
}
