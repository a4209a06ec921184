use headworks_types::fact::ConfigurationFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a configuration that sets `trust_remote_code` itself.
    ///
    /// **Why it matters.** The switch is the user's consent to run code of a repository. A configuration
    /// that carries it answers in the user's place, and loaders have honoured that: a nested model of the
    /// configuration was loaded with it (CVE-2026-5241).
    ///
    /// **Example.** `"keypoint_detector_config": {"trust_remote_code": true}`.
    ///
    /// **What it misses.** Scripts and notebooks that pass the switch in a call.
    REMOTE_CODE_SWITCH {
        id: "remote-code-switch",
        title: "Configuration consents to running remote code",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-01"],
        references: &["CVE-2026-5241", "CWE-829"],
        hint: "remove the key; consent belongs to whoever loads the artifact",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let switches = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Configuration(ConfigurationFact::RemoteCodeSwitch { key, value }) => {
            let message =
                format!("`{key}` is `{value}`: the configuration consents to running code in the user's place");
            Some(Judgement::of(fact, key, message))
        }
        _ => None,
    });
    switches.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::ReferenceKind;

    use super::*;
    use crate::configuration::fixtures::{fact, reference};

    #[test]
    fn the_switch_is_reported_at_any_depth() {
        let key = "keypoint_detector_config.trust_remote_code".to_owned();
        let switch = fact(ConfigurationFact::RemoteCodeSwitch { key, value: "true".into() });
        assert_eq!(REMOTE_CODE_SWITCH.judge(&Evidence::of(&[switch])).len(), 1);
    }

    #[test]
    fn a_repository_name_is_no_switch() {
        let base = reference("base_model_name_or_path", ReferenceKind::Repository, "owner/base");
        assert_eq!(REMOTE_CODE_SWITCH.judge(&Evidence::of(&[base])), []);
    }
}
