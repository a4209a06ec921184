//! What the built-in policy makes of examinations.

use headworks_policy::{Policy, PolicyInput, Waivers};
use headworks_types::{Admission, Fact, Fault, Outcome, Place, Severity};

use crate::examinations::*;

#[test]
fn an_artifact_that_is_wholly_understood_is_admitted_by_the_default_tier() {
    let verdict = decide(
        &artifact(&[("model.safetensors", "safetensors"), ("config.json", "json")]),
        "minimal",
        &Waivers::none(),
    );
    assert_eq!(verdict.admission, Admission::Admit, "{verdict:#?}");
    assert_eq!(requirement(&verdict, "HW-SER-02").reasons, ["no serialized code-bearing file and no archive"]);
    assert_eq!(
        requirement(&verdict, "HW-SER-04").reasons,
        ["read to the end, with nothing found against it: 1 × safetensors"]
    );
}

#[test]
fn the_verdict_lists_what_the_tier_did_not_ask_for() {
    let verdict = decide(&artifact(&[("model.safetensors", "safetensors")]), "minimal", &Waivers::none());
    let signature = requirement(&verdict, "HW-SIG-01");
    assert_eq!((signature.mandatory, signature.outcome), (false, Outcome::NotEstablished));
    assert!(signature.reasons[0].contains("it is not signed"), "{:?}", signature.reasons);
}

#[test]
fn every_tier_above_minimal_holds_what_no_evidence_can_be_recorded_for() {
    let examination = artifact(&[("model.safetensors", "safetensors")]);
    for tier in ["standard", "production", "high-risk"] {
        assert_eq!(decide(&examination, tier, &Waivers::none()).admission, Admission::Hold, "{tier}");
    }
}

#[test]
fn known_failure_outranks_missing_evidence() {
    let mut examination = examination(vec![(
        "model.bin",
        vec![identified("model.bin", "pickle"), fact("model.bin", Fault::Unexplained { format: "pickle".into() })],
    )]);
    assert_eq!(decide(&examination, "minimal", &Waivers::none()).admission, Admission::Hold);
    examination.findings = vec![finding("dangerous-global", Severity::Critical, "HW-SER-02", "model.bin")];
    let verdict = decide(&examination, "minimal", &Waivers::none());
    assert_eq!(verdict.admission, Admission::Refuse);
    let pickles = requirement(&verdict, "HW-SER-02");
    assert_eq!(
        pickles.reasons,
        [
            "critical `dangerous-global` in `model.bin`: `model.bin` does what `dangerous-global` looks for",
            "`model.bin` is not wholly understood: it holds bytes that the pickle does not account for",
        ]
    );
    assert_eq!(pickles.findings, [examination.findings[0].fingerprint]);
    assert!(!pickles.solution.is_empty());
}

#[test]
fn severity_decides_between_refusing_holding_and_nothing() {
    let mut examination = artifact(&[("model.bin", "pickle")]);
    let expected = [
        (Severity::Critical, "minimal", Outcome::Fail),
        (Severity::High, "minimal", Outcome::Fail),
        (Severity::Medium, "minimal", Outcome::NotEstablished),
        (Severity::Low, "minimal", Outcome::Pass),
        (Severity::Info, "minimal", Outcome::Pass),
        (Severity::Low, "standard", Outcome::NotEstablished),
        (Severity::Info, "standard", Outcome::Pass),
    ];
    for (severity, tier, outcome) in expected {
        examination.findings = vec![finding("a-rule", severity, "HW-SER-02", "model.bin")];
        let verdict = decide(&examination, tier, &Waivers::none());
        assert_eq!(requirement(&verdict, "HW-SER-02").outcome, outcome, "{severity} at {tier}");
    }
}

fn every_fault(format: &str) -> Vec<Fault> {
    let format = format.to_owned();
    let all = vec![
        Fault::Unrecognised,
        Fault::Truncated { format: format.clone(), wanted: "the end".into() },
        Fault::Malformed { format: format.clone(), problem: "it is broken".into() },
        Fault::Unsupported { format: format.clone(), feature: "a feature".into() },
        Fault::Budget { limit: "opcodes_max".into(), max: 1 },
        Fault::Unexplained { format: format.clone() },
        Fault::Encrypted { format },
        Fault::Unreadable { reason: "permission denied".into() },
        Fault::Absent { stand_in: "a pointer".into() },
    ];
    // A new kind of fault must be listed above; this does not compile without it.
    let listed = |fault: &Fault| match fault {
        Fault::Unrecognised => 0,
        Fault::Truncated { .. } => 1,
        Fault::Malformed { .. } => 2,
        Fault::Unsupported { .. } => 3,
        Fault::Budget { .. } => 4,
        Fault::Unexplained { .. } => 5,
        Fault::Encrypted { .. } => 6,
        Fault::Unreadable { .. } => 7,
        Fault::Absent { .. } => 8,
    };
    assert!(all.iter().map(listed).eq(0..9));
    all
}

#[test]
fn every_fault_of_every_format_holds_at_every_tier() {
    let policy = Policy::builtin();
    let formats = ["pickle", "gguf", "json", "of-tomorrow"];
    for format in formats {
        for fault in every_fault(format) {
            for inner in [false, true] {
                let place = Place::file("a.bin");
                let place = if inner { place.member("inner") } else { place };
                let fault = Fact { location: place.at(0..1), times: 1, kind: fault.clone().into() };
                let examination = examination(vec![
                    ("a.bin", vec![identified("a.bin", format), fault.clone()]),
                    ("b.txt", vec![identified("b.txt", "text")]),
                ]);
                for tier in policy.tiers() {
                    let input = PolicyInput::new(&examination, &tier.name, NOW_MS);
                    let verdict = policy.decide(&input, &Waivers::none(), NOW_MS).unwrap();
                    let held = verdict.requirements.iter().any(|r| {
                        r.mandatory
                            && r.outcome == Outcome::NotEstablished
                            && r.reasons.iter().any(|reason| reason.contains("a.bin"))
                    });
                    assert!(held && verdict.admission != Admission::Admit, "{format} {fault:?} at {}", tier.name);
                }
            }
        }
    }
}

#[test]
fn a_file_that_was_not_hashed_or_inspected_is_not_established() {
    let mut examination = artifact(&[("model.safetensors", "safetensors"), ("b.json", "json")]);
    examination.artifact.files[0].digest = None;
    examination.coverage.pop();
    let verdict = decide(&examination, "minimal", &Waivers::none());
    let hashed = requirement(&verdict, "HW-INT-01");
    assert_eq!(
        (hashed.outcome, hashed.reasons.as_slice()),
        (
            Outcome::NotEstablished,
            ["not hashed, because it could not be read to its end: `model.safetensors`".to_owned()].as_slice()
        )
    );
    assert_eq!(requirement(&verdict, "HW-INV-01").reasons, ["not accounted for to the last byte: `b.json`"]);
}

#[test]
fn an_artifact_without_files_is_not_admitted() {
    assert_eq!(decide(&artifact(&[]), "minimal", &Waivers::none()).admission, Admission::Hold);
}

#[test]
fn a_finding_against_a_control_that_no_tier_asks_for_still_holds() {
    let mut examination = artifact(&[("a.txt", "text")]);
    examination.findings = vec![finding("a-rule", Severity::High, "HW-MON-01", "a.txt")];
    assert_eq!(decide(&examination, "minimal", &Waivers::none()).admission, Admission::Hold);
}

#[test]
fn a_finding_against_a_control_without_evidence_fails_it() {
    let mut examination = artifact(&[("a.txt", "text")]);
    examination.findings = vec![finding("a-rule", Severity::High, "HW-DEP-02", "a.txt")];
    assert_eq!(decide(&examination, "standard", &Waivers::none()).admission, Admission::Refuse);
}

#[test]
fn formats_that_run_code_are_refused_where_the_tier_asks() {
    let examination = artifact(&[("model.bin", "pickle")]);
    assert_eq!(requirement(&decide(&examination, "minimal", &Waivers::none()), "HW-SER-01").outcome, Outcome::Fail);
    assert_eq!(decide(&examination, "minimal", &Waivers::none()).admission, Admission::Admit);
    assert_eq!(decide(&examination, "high-risk", &Waivers::none()).admission, Admission::Refuse);
}

#[test]
fn many_findings_of_one_rule_are_one_reason() {
    let paths: Vec<String> = (0..20).map(|i| format!("{i:02}.bin")).collect();
    let mut examination = artifact(&paths.iter().map(|path| (path.as_str(), "pickle")).collect::<Vec<_>>());
    examination.findings =
        paths.iter().map(|path| finding("dangerous-global", Severity::Critical, "HW-SER-02", path)).collect();
    let verdict = decide(&examination, "minimal", &Waivers::none());
    let pickles = requirement(&verdict, "HW-SER-02");
    assert_eq!(
        pickles.reasons,
        ["critical `dangerous-global`, 20 findings in `00.bin`, `01.bin`, `02.bin` and 17 more"]
    );
    assert_eq!(pickles.findings.len(), 20);
}

#[test]
fn the_same_inputs_give_the_same_verdict() {
    let mut examination = artifact(&[("a.bin", "pickle"), ("b.bin", "torch"), ("c.json", "json")]);
    examination.findings = vec![
        finding("z-rule", Severity::High, "HW-SER-02", "a.bin"),
        finding("a-rule", Severity::Medium, "HW-SER-02", "b.bin"),
        finding("m-rule", Severity::High, "HW-CFG-01", "c.json"),
    ];
    let once = serde_json::to_string(&decide(&examination, "minimal", &Waivers::none())).unwrap();
    for _ in 0..5 {
        assert_eq!(serde_json::to_string(&decide(&examination, "minimal", &Waivers::none())).unwrap(), once);
    }
}

#[test]
fn every_control_a_tier_asks_for_is_decided_by_a_rule() {
    let policy = Policy::builtin();
    for tier in policy.tiers() {
        let verdict = decide(&artifact(&[("a.txt", "text")]), &tier.name, &Waivers::none());
        for control in &tier.mandatory {
            assert_ne!(
                requirement(&verdict, control).reasons,
                ["the tier asks for it and no rule of the policy decides it"],
                "{control}"
            );
        }
    }
}
