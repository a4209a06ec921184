//! Habits of `scan`: known findings, remarks, references and forms of the answer.

use crate::run::World;
use crate::samples;

#[test]
fn a_known_finding_is_shown_as_suppressed_and_does_not_count() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    let write = ["--write-baseline", "known.toml", "--reason", "a sample", "--expires", "9999-12-31"];
    world.run(["scan", "model.pkl"].iter().chain(&write)).ends_with(1);
    world.run(["scan", "model.pkl", "--baseline", "known.toml"]).ends_with(0).says("suppressed").says("a sample");
    let ended = world.run(["scan", "model.pkl", "--baseline", "known.toml", "--format", "json"]).ends_with(0);
    let document = ended.json();
    assert_eq!(document["results"][0]["suppressed"][0]["reason"], "a sample");
    assert_eq!(document["results"][0]["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_known_finding_counts_again_once_it_has_expired() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    let write = ["--write-baseline", "known.toml", "--reason", "a sample", "--expires", "2001-01-01"];
    world.run(["scan", "model.pkl"].iter().chain(&write)).ends_with(1);
    let ended = world.run(["scan", "model.pkl", "--baseline", "known.toml"]).ends_with(1);
    assert!(ended.err.contains("expired on 2001-01-01"), "{}", ended.err);
}

#[test]
fn a_baseline_needs_a_reason_and_a_last_day() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    world.run(["scan", "model.pkl", "--write-baseline", "known.toml"]).ends_with(2);
    world.run(["scan", "model.pkl", "--write-baseline", "known.toml", "--reason", "why"]).ends_with(2);
}

#[test]
fn remarks_suppress_only_when_asked_and_never_in_a_pickle() {
    let world = World::new();
    let code = "import os\n\n\ndef f():\n    # headworks: allow process-start a sample\n    os.system('echo headworks-marker')\n";
    world.write("setup_model.py", code);
    let found = |arguments: &[&str]| {
        let ended = world.run(arguments.iter());
        let findings = ended.json()["results"][0]["findings"].clone();
        findings.as_array().into_iter().flatten().filter(|finding| finding["rule"] == "process-start").count()
    };
    assert_eq!(found(&["scan", "setup_model.py", "--format", "json"]), 1);
    assert_eq!(found(&["scan", "setup_model.py", "--format", "json", "--remarks-unsafe"]), 0);
    assert_eq!(found(&["check", "--no-store", "setup_model.py", "--format", "json"]), 1);
    let mut pickle = samples::hostile_pickle();
    pickle.extend_from_slice(b"\n# headworks: allow dangerous-global a sample\n");
    world.write("model.pkl", pickle);
    world.run(["scan", "model.pkl", "--remarks-unsafe"]).ends_with(1);
}

#[test]
fn references_are_local_and_say_how_to_fetch_what_is_not_there() {
    let world = World::new();
    let path = world.write("a b.pkl", samples::plain_pickle());
    let url = format!("file://{}", path.display()).replace(' ', "%20");
    world.run(["scan", url.as_str()]).ends_with(0);
    let ended = world.run(["scan", "hf://owner/name@v1"]).ends_with(2);
    assert!(ended.err.contains("hf download owner/name --revision v1"), "{}", ended.err);
}

#[test]
fn forms_for_build_servers_carry_the_finding() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    for (format, sign) in [("junit", "<failure "), ("gitlab", "\"blocker\""), ("github", "::error file=model.pkl")] {
        world.run(["scan", "model.pkl", "--format", format]).ends_with(1).says(sign);
    }
}
