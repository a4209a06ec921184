//! What waivers change in a verdict.

use headworks_policy::{Policy, PolicyInput, Waivers};
use headworks_types::{Admission, Examination, Fault, Outcome};

use crate::examinations::*;

fn waiver_for(examination: &Examination, control: &str, more: &str) -> Waivers {
    let artifact = examination.artifact.digest;
    let text = format!(
        "[[waiver]]\nid = \"W-1\"\ncontrol = \"{control}\"\nartifact = \"{artifact}\"\nreason = \"reviewed\"\nowner = \"ml-platform\"\ngranted = \"2026-02-01\"\nuntil = \"2026-03-01\"\n{more}\n"
    );
    Waivers::parse("waivers.toml", &text).unwrap()
}

#[test]
fn a_waiver_flips_its_requirement_and_shows_until_its_last_day_ends() {
    let examination = refused();
    let waivers = waiver_for(&examination, "HW-SER-02", "");
    let at = |now_ms: i64| {
        Policy::builtin().decide(&PolicyInput::new(&examination, "minimal", now_ms), &waivers, now_ms).unwrap()
    };
    let verdict = at(NOW_MS + DAY_MS - 1);
    assert_eq!(verdict.admission, Admission::Admit);
    let pickles = requirement(&verdict, "HW-SER-02");
    let used = pickles.waiver.as_ref().unwrap();
    assert_eq!((used.id.as_str(), used.waived_outcome, used.until.as_str()), ("W-1", Outcome::Fail, "2026-03-01"));
    assert!(pickles.reasons[0].contains("dangerous-global"), "{:?}", pickles.reasons);
    assert!(waivers.notes(&[(&examination.artifact.digest, &verdict)], NOW_MS).is_empty());

    let verdict = at(NOW_MS + DAY_MS);
    assert_eq!(verdict.admission, Admission::Refuse);
    assert_eq!(requirement(&verdict, "HW-SER-02").waiver, None);
    let notes = waivers.notes(&[(&examination.artifact.digest, &verdict)], NOW_MS + DAY_MS);
    assert_eq!(notes, ["waivers.toml:2: waiver `W-1` expired: its last day was 2026-03-01"]);
}

#[test]
fn a_waiver_for_other_bytes_or_another_control_does_nothing_and_says_so() {
    let examination = refused();
    for (waivers, why) in [
        (waiver_for(&artifact(&[("other.bin", "pickle")]), "HW-SER-02", ""), "matches no artifact"),
        (waiver_for(&examination, "HW-CFG-01", ""), "is not needed"),
    ] {
        let verdict = decide(&examination, "minimal", &waivers);
        assert_eq!(verdict.admission, Admission::Refuse);
        let notes = waivers.notes(&[(&examination.artifact.digest, &verdict)], NOW_MS);
        assert!(notes.len() == 1 && notes[0].contains(why), "{notes:?}");
    }
}

#[test]
fn a_waiver_narrowed_to_one_finding_leaves_the_others() {
    let mut examination = refused();
    let narrowed = format!("finding = \"{}\"", examination.findings[0].fingerprint);
    let waivers = waiver_for(&examination, "HW-SER-02", &narrowed);
    assert_eq!(decide(&examination, "minimal", &waivers).admission, Admission::Refuse);
    examination.findings.pop();
    let verdict = decide(&examination, "minimal", &waivers);
    assert_eq!(verdict.admission, Admission::Admit);
    assert_eq!(requirement(&verdict, "HW-SER-02").waiver.as_ref().unwrap().waived_outcome, Outcome::Fail);
    examination.facts.push(fact("model.bin", Fault::Unexplained { format: "pickle".into() }));
    let verdict = decide(&examination, "minimal", &waivers);
    assert_eq!(verdict.admission, Admission::Hold, "what is not understood is no finding and stays");
}
