use headworks_types::{Confidence, Severity};

use super::reported::{reported, shown};
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for callables in a pickle stream that no allow-list profile lists and that belong to
    /// neither the standard library nor the catalogue of dangerous ones.
    ///
    /// **Why it matters.** Loading the file imports the callable's module and calls it with arguments
    /// the file gives. Nobody has read what it does with them, and on another machine the name may be
    /// another package altogether.
    ///
    /// **Example.** `ultralytics.nn.tasks.DetectionModel`, the class of a whole model; or
    /// `__main__.Net`, which only the training script defines.
    ///
    /// **What it misses.** A listed name that somebody else's package has taken on the loading machine.
    UNLISTED_CALLABLE {
        id: "unlisted-callable",
        title: "A pickle uses a callable that no profile lists",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "AML.T0011.000"],
        hint: "read what it does when it is called, then list it with a reason, or ask for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| answer == Answer::Unlisted);
    let judgements = groups.iter().map(|group| {
        let judgement = group.judgement(", which no allow-list profile lists");
        if can_be_named(&group.subject) { judgement.with_hint(hint(&group.subject)) } else { judgement }
    });
    judgements.collect()
}

fn hint(callable: &str) -> String {
    let callable = shown(callable);
    format!("read what `{callable}` does when it is called, then: headworks allow {callable} --reason '...'")
}

/// Whether a shell takes the name as one plain word, which a hint that is copied needs.
fn can_be_named(callable: &str) -> bool {
    callable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::{PickleFact, PickleOpcode};
    use headworks_types::{Digest, Finding, Severity};

    use super::*;
    use crate::pickle::constructed::{call_by, facts, import, instance, mutation, state};
    use crate::{LocalAllow, Profiles};

    const NET: &str = "acme.models.Net";

    fn net() -> Vec<PickleFact> {
        let make = call_by(PickleOpcode::Newobj, "acme.models", "Net", &[]);
        vec![import("acme.models", "Net"), make, state(instance(NET))]
    }

    fn judge(events: Vec<PickleFact>) -> Vec<Finding> {
        UNLISTED_CALLABLE.judge(&Evidence::of(&facts(events)))
    }

    fn allow(artifact: Option<Digest>) -> Profiles {
        let limit = artifact.map(|digest| format!("artifact = \"{digest}\"\n")).unwrap_or_default();
        let entry = format!("[[allow]]\ncallable = \"{NET}\"\nreason = \"ours\"\nadded = \"2026-11-23\"\n{limit}");
        Profiles::default().with_local(LocalAllow::parse(&entry).unwrap())
    }

    #[test]
    fn an_unlisted_class_holds_and_says_how_to_list_it() {
        let findings = judge(net());
        assert_eq!(findings.len(), 1, "import, call and state of one class are one finding");
        assert_eq!(findings[0].severity, Severity::Medium);
        assert_eq!(findings[0].evidence.len(), 3);
        assert!(findings[0].hint.as_ref().unwrap().ends_with("headworks allow acme.models.Net --reason '...'"));
    }

    #[test]
    fn methods_of_an_unlisted_object_are_reported_with_it() {
        assert!(judge(vec![mutation(instance(NET))])[0].message.contains("calls methods of `acme.models.Net`"));
    }

    #[test]
    fn a_local_entry_lists_it_with_its_state() {
        let (facts, profiles) = (facts(net()), allow(None));
        assert!(crate::judge(&Evidence::of(&facts).with_profiles(&profiles)).is_empty());
    }

    #[test]
    fn an_entry_for_one_artifact_lists_it_there_only() {
        let digest = Digest::of(b"these");
        let (facts, profiles) = (facts(net()), allow(Some(digest)));
        let evidence = Evidence::of(&facts).with_profiles(&profiles);
        assert!(UNLISTED_CALLABLE.judge(&evidence.with_artifact(digest)).is_empty());
        assert_eq!(UNLISTED_CALLABLE.judge(&evidence.with_artifact(Digest::of(b"those"))).len(), 1);
        assert_eq!(UNLISTED_CALLABLE.judge(&evidence).len(), 1);
    }

    #[test]
    fn an_entry_does_not_cover_what_lies_below_it() {
        let (facts, profiles) = (facts(vec![import("acme.models", "Net.load")]), allow(None));
        assert_eq!(UNLISTED_CALLABLE.judge(&Evidence::of(&facts).with_profiles(&profiles)).len(), 1);
    }

    #[test]
    fn a_name_that_a_shell_would_run_is_not_offered_as_a_command() {
        let findings = judge(vec![import("acme", "x;echo headworks-marker")]);
        assert!(!findings[0].hint.as_ref().unwrap().contains("headworks allow"));
    }

    #[test]
    fn a_whole_torch_model_is_held_unless_its_profile_is_switched_on() {
        let layer = || facts(vec![call_by(PickleOpcode::Newobj, "torch.nn.modules.linear", "Linear", &[])]);
        let on = Profiles::default().with_profile("torch-object").unwrap();
        assert_eq!(UNLISTED_CALLABLE.judge(&Evidence::of(&layer())).len(), 1);
        assert!(UNLISTED_CALLABLE.judge(&Evidence::of(&layer()).with_profiles(&on)).is_empty());
    }

    #[test]
    fn a_fitted_estimator_is_not_reported() {
        let class = ("sklearn.ensemble._forest", "RandomForestClassifier");
        let make = call_by(PickleOpcode::Newobj, class.0, class.1, &[]);
        assert!(judge(vec![import(class.0, class.1), make]).is_empty());
    }
}
