use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::{calls, first_of_each};
use crate::Evidence;
use crate::package::Packages;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for code that reads credentials: environment variables named like one (`HF_TOKEN`,
    /// `AWS_SECRET_ACCESS_KEY`), files such as `~/.ssh/id_rsa` and `~/.aws/credentials`, key rings.
    ///
    /// **Why it matters.** A stolen token is the usual loot of a poisoned model repository. Reading
    /// one in a function is common in upload scripts; reading one while a module is imported is not,
    /// and holds the artifact for a person's eye.
    ///
    /// **Example.** `os.environ["HF_TOKEN"]` at the top of `modeling_x.py`.
    ///
    /// **What it misses.** Code that takes the whole environment, and clients that find credentials
    /// by themselves.
    CREDENTIAL_ACCESS {
        id: "credential-access",
        title: "Code reads credentials",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        controls: &["HW-CFG-03"],
        references: &["CWE-522", "AML.T0055"],
        hint: "see what the value is used for, above all whether it leaves the machine",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    let reading = calls(evidence).filter(|call| call.effect == Effect::Credential);
    let (at_import, later): (Vec<_>, Vec<_>) = reading.partition(|call| call.at_import);
    let judge = |calls: Vec<_>, severity, when: &str| {
        let judged = first_of_each(calls.into_iter()).into_iter().map(|(call, times)| {
            let message = format!("`{}` reads a credential {when}, with `{}`", call.place(), call.callee);
            // Clients of services read their settings where they are imported; sending them is another rule.
            let is_package = packages.contains(&call.fact.location.place);
            let severity = if is_package { Severity::Low } else { severity };
            let mut judgement = call.judged(message).with_severity(severity);
            judgement.times = times;
            judgement
        });
        judged.collect::<Vec<_>>()
    };
    let mut judged = judge(at_import, Severity::Medium, "when it is imported");
    judged.extend(judge(later, Severity::Low, "in a function"));
    judged
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(at_import: bool) -> Vec<Severity> {
        let facts = [fact("modeling_x.py", Effect::Credential, "os.environ", at_import)];
        CREDENTIAL_ACCESS.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_token_read_at_import_holds_the_artifact() {
        assert_eq!(severities(true), [Severity::Medium]);
    }

    /// Upload and evaluation scripts read `HF_TOKEN` in their functions.
    #[test]
    fn a_token_read_in_a_function_does_not() {
        assert_eq!(severities(false), [Severity::Low]);
    }

    #[test]
    fn another_effect_is_not_reported() {
        let facts = [fact("a.py", Effect::FileWrite, "open", true)];
        assert_eq!(CREDENTIAL_ACCESS.judge(&Evidence::of(&facts)).len(), 0);
    }
}
