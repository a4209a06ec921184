//! What is loaded, what is refused, and what a policy of one's own can and cannot do.

use headworks_policy::{BUILTIN_FILES, Policy, PolicyError, PolicyInput, Waivers, controls};
use headworks_types::Admission;

use crate::examinations::*;

fn load(files: &[(&str, &str)]) -> Result<Policy, PolicyError> {
    Policy::load(&files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect::<Vec<_>>())
}

const TIERS: &str = r#"{"headworks": {"parameters": {"tiers": {
    "minimal": {"title": "t", "fail_at": "high", "hold_at": "medium", "mandatory": ["HW-SER-02"]},
    "none": {"title": "t", "fail_at": "high", "hold_at": "medium", "mandatory": []}
}}}}"#;

#[test]
fn the_policys_own_tests_pass_and_there_are_some() {
    let results = Policy::builtin().test();
    assert!(results.len() >= 30, "only {} tests", results.len());
    let failed: Vec<_> = results.iter().filter(|result| !result.passed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn a_policy_that_defines_nothing_admits_nothing() {
    let empty = load(&[("main.rego", "package headworks.policy\nimport rego.v1\n"), ("data.json", TIERS)]).unwrap();
    let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "minimal", NOW_MS);
    assert!(empty.decide(&input, &Waivers::none(), NOW_MS).is_err());

    let silent = "package headworks.policy\nimport rego.v1\nrequirements contains {} if false\n";
    let silent = load(&[("main.rego", silent), ("data.json", TIERS)]).unwrap();
    let verdict = silent.decide(&input, &Waivers::none(), NOW_MS).unwrap();
    assert_eq!(verdict.admission, Admission::Hold);
    assert_eq!(
        requirement(&verdict, "HW-SER-02").reasons,
        ["the tier asks for it and no rule of the policy decides it"]
    );
    let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "none", NOW_MS);
    assert_eq!(silent.decide(&input, &Waivers::none(), NOW_MS).unwrap().admission, Admission::Hold);

    assert!(matches!(load(&[]), Err(PolicyError::Malformed { .. })));
}

#[test]
fn a_requirement_without_an_outcome_is_not_established() {
    let rule = r#"package headworks.policy
import rego.v1
requirements contains {"control": "HW-SER-02", "title": "t", "mandatory": true, "reasons": []}
"#;
    let policy = load(&[("main.rego", rule), ("data.json", TIERS)]).unwrap();
    let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "minimal", NOW_MS);
    assert_eq!(policy.decide(&input, &Waivers::none(), NOW_MS).unwrap().admission, Admission::Hold);
}

#[test]
fn a_malformed_answer_is_an_error() {
    for answer in [
        r#"{"control": "HW-SER-02"}"#,
        r#"{"control": "HW-SER-02", "title": "t", "outcome": "ok", "mandatory": true, "reasons": []}"#,
        "7",
    ] {
        let rule = format!("package headworks.policy\nimport rego.v1\nrequirements contains {answer}\n");
        let policy = load(&[("main.rego", &rule), ("data.json", TIERS)]).unwrap();
        let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "minimal", NOW_MS);
        let error = policy.decide(&input, &Waivers::none(), NOW_MS).unwrap_err();
        assert!(matches!(error, PolicyError::Malformed { .. }), "{error}");
    }
}

#[test]
fn a_control_decided_twice_is_an_error() {
    let rule = r#"package headworks.policy
import rego.v1
requirements contains {"control": "HW-SER-02", "title": "t", "outcome": outcome, "mandatory": true, "reasons": []} if {
    some outcome in ["pass", "fail"]
}
"#;
    let policy = load(&[("main.rego", rule), ("data.json", TIERS)]).unwrap();
    let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "minimal", NOW_MS);
    assert!(policy.decide(&input, &Waivers::none(), NOW_MS).is_err());
}

#[test]
fn builtins_that_reach_outside_are_refused_when_the_policy_is_loaded() {
    for call in ["http.send({\"url\": \"https://a.invalid\"})", "time.now_ns()", "opa.runtime()", "rand.intn(\"a\", 2)"]
    {
        let rule = format!("package headworks.policy\nimport rego.v1\n\nrequirements contains x if x := {call}\n");
        let error = load(&[("main.rego", &rule), ("data.json", TIERS)]).unwrap_err();
        assert!(error.to_string().starts_with("main.rego:4: `"), "{error}");
    }
}

#[test]
fn builtins_that_reach_outside_are_refused_even_when_their_name_is_hidden() {
    for call in [
        "time[\"\\u006eow_ns\"]()",
        "opa[\"\\u0072untime\"]()",
        "rand[\"int\\u006e\"](\"a\", 2)",
        "http[\"\\u0073end\"]({})",
    ] {
        let rule = format!("package headworks.policy\nimport rego.v1\n\nrequirements contains x if x := {call}\n");
        let loaded = load(&[("main.rego", &rule), ("data.json", TIERS)]);
        let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "minimal", NOW_MS);
        let error = loaded.and_then(|policy| policy.decide(&input, &Waivers::none(), NOW_MS)).unwrap_err();
        assert!(error.to_string().contains("main.rego:4"), "{call}: {error}");
    }
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let error =
        load(&[("rules/main.rego", "package headworks.policy\nimport rego.v1\n\nx := ]\n"), ("data.json", TIERS)])
            .unwrap_err();
    assert!(error.to_string().starts_with("rules/main.rego:4: "), "{error}");
    let error = load(&[("data.json", "{\n  \"a\": 1,\n}")]).unwrap_err();
    assert!(error.to_string().starts_with("data.json:3: "), "{error}");
    let error = load(&[("readme.md", "")]).unwrap_err();
    assert!(error.to_string().starts_with("`readme.md` is no part of a policy"), "{error}");
}

#[test]
fn an_error_while_deciding_is_named_with_its_line() {
    let rule =
        "package headworks.policy\nimport rego.v1\n\nrequirements contains x if {\n\tx := to_number(\"no\")\n}\n";
    let policy = load(&[("main.rego", rule), ("data.json", TIERS)]).unwrap();
    let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "minimal", NOW_MS);
    let error = policy.decide(&input, &Waivers::none(), NOW_MS).unwrap_err();
    assert!(error.to_string().starts_with("main.rego:5: "), "{error}");
}

#[test]
fn an_unknown_tier_is_an_error_that_names_the_known_ones() {
    let input = PolicyInput::new(&artifact(&[("a.txt", "text")]), "maximal", NOW_MS);
    let error = Policy::builtin().decide(&input, &Waivers::none(), NOW_MS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the policy has no tier `maximal`; it has observe, minimal, standard, production, high-risk"
    );
}

#[test]
fn a_control_is_asked_for_from_its_effective_date() {
    let later: Vec<(String, String)> = BUILTIN_FILES
        .iter()
        .map(|(name, text)| {
            ((*name).into(), text.replace("\"effective\": {}", "\"effective\": {\"HW-SER-02\": \"2026-03-02\"}"))
        })
        .collect();
    let policy = Policy::load(&later).unwrap();
    let admission = |now_ms| {
        policy.decide(&PolicyInput::new(&refused(), "minimal", now_ms), &Waivers::none(), now_ms).unwrap().admission
    };
    assert_eq!(admission(NOW_MS + DAY_MS - 1), Admission::Admit);
    assert_eq!(admission(NOW_MS + DAY_MS), Admission::Refuse);
    assert_ne!(policy.digest(), Policy::builtin().digest());
}

#[test]
fn a_test_of_a_policy_can_fail() {
    let test = "package headworks.test.a\nimport rego.v1\n\ntest_true if 1 == 1\n\ntest_false if 1 == 2\n\ntest_broken if to_number(\"no\") == 1\n";
    let policy = load(&[("a_test.rego", test), ("data.json", TIERS)]).unwrap();
    let results: Vec<_> = policy.test().into_iter().map(|result| (result.name, result.passed, result.place)).collect();
    let expected = [("test_true", true, 4), ("test_false", false, 6), ("test_broken", false, 8)];
    assert_eq!(results, expected.map(|(name, passed, line)| (name.to_owned(), passed, format!("a_test.rego:{line}"))));
}

#[test]
fn the_policy_speaks_of_the_controls_as_the_catalogue_does() {
    let explanation = Policy::builtin().explain("minimal").unwrap();
    for explained in &explanation.controls {
        let control = controls::find(&explained.control).expect("a control of the catalogue");
        assert_eq!(control.name, explained.title);
        let not_yet = explained.established_by.starts_with("Nothing yet");
        assert_eq!(control.established.is_empty(), not_yet, "{}", control.id);
        assert!(!explained.tiers.is_empty() && !explained.solution.is_empty() && !explained.failure.is_empty());
    }
    let asked: Vec<_> = explanation
        .controls
        .iter()
        .filter(|control| control.mandatory)
        .map(|control| control.control.as_str())
        .collect();
    let expected = [
        "HW-CFG-01",
        "HW-CFG-02",
        "HW-CFG-03",
        "HW-CFG-04",
        "HW-INT-01",
        "HW-INV-01",
        "HW-SER-02",
        "HW-SER-03",
        "HW-SER-04",
    ];
    assert_eq!(asked, expected);
}
