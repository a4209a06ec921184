use headworks_types::fact::TextFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::package::Packages;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for credentials whose shape is well known and that pass their own check: a checksum, a
    /// body that decodes, randomness. Tokens of code hosts, hubs, registries, clouds and model
    /// services, private keys, signed web tokens, database URLs with a password.
    ///
    /// **Why it matters.** A credential in an artifact is in everybody's hands. Whoever finds it first
    /// can change the publisher's models, read their data or spend their money. The tests and the documentation of
    /// packages that speak TLS are full of keys that guard nothing, so those of a packed distribution are rated low.
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
    let packages = Packages::of(evidence);
    let secrets = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Text(TextFact::Secret { kind, redacted }) => {
            let message = format!("`{}` holds a credential: {kind} `{redacted}`", fact.location.place);
            let judgement = Judgement::of(fact, format!("{kind} {redacted}"), message).with_evidence(redacted);
            let is_beside = packages.is_beside_the_code(&fact.location.place);
            Some(if is_beside { judgement.with_severity(Severity::Low) } else { judgement })
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

    /// requests, cryptography and future pack the certificates that their tests serve with.
    #[test]
    fn a_key_among_the_tests_of_a_source_distribution_is_low() {
        let place = Place::file("toy-1.0.tar.gz").member("toy-1.0.tar");
        let severity = |member: &str| {
            let kind = TextFact::Secret { kind: "private-key".into(), redacted: "-----B…".into() };
            let secret = Fact { location: place.member(member).at(0..3), times: 1, kind: kind.into() };
            let facts = [crate::package::tests::identity(&place), secret];
            LEAKED_SECRET.judge(&Evidence::of(&facts))[0].severity
        };
        assert_eq!(severity("toy-1.0/tests/certs/server.key"), Severity::Low);
        assert_eq!(severity("toy-1.0/toy/server.key"), Severity::High);
    }

    #[test]
    fn text_without_a_credential_is_not() {
        assert!(findings(TextFact::HiddenInstruction { excerpt: "token".into() }).is_empty());
    }
}
