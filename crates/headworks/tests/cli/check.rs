//! Verdicts and exit codes.

use crate::attested::demand;
use crate::run::{World, example};
use crate::samples;

#[test]
fn the_bundled_examples_are_admitted_held_and_refused() {
    let world = World::new();
    for (name, code, verb) in
        [("bert-tiny", 0, "admit"), ("llama-unfetched", 4, "hold"), ("assistant-fast", 1, "refuse")]
    {
        world.run([c("check"), example(name).into(), c("--no-store")]).ends_with(code).says(&format!("{verb}  "));
    }
}

fn c(text: &str) -> std::ffi::OsString {
    text.into()
}

#[test]
fn the_worst_artifact_decides_the_exit_code() {
    let world = World::new();
    world.write("good.safetensors", samples::safetensors());
    world.write("unlisted.pkl", samples::unlisted_pickle());
    world.write("bad.pkl", samples::hostile_pickle());
    world.run(["check", "--no-store", "good.safetensors"]).ends_with(0);
    world.run(["check", "--no-store", "good.safetensors", "unlisted.pkl"]).ends_with(4);
    world.run(["check", "--no-store", "good.safetensors", "unlisted.pkl", "missing.pkl"]).ends_with(2);
    world.run(["check", "--no-store", "missing.pkl", "bad.pkl"]).ends_with(1);
}

#[test]
fn a_refusal_names_the_callable_its_place_and_the_next_step() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    let ended = world.run(["check", "--no-store", "model.pkl"]).ends_with(1);
    let ended = ended.says("critical[dangerous-global]").says("posix.system").says("bytes 0x").says("hint:");
    assert!(ended.says("headworks explain dangerous-global").err.is_empty());
}

#[test]
fn standard_input_is_checked_under_its_name() {
    let world = World::new();
    let ended = world.run_with_input(["check", "--no-store", "--stdin-name", "model.pkl"], &samples::hostile_pickle());
    ended.ends_with(1).says("model.pkl");
}

#[test]
fn a_list_of_targets_comes_from_standard_input() {
    let world = World::new();
    world.write("a.pkl", samples::plain_pickle());
    world.write("b.pkl", samples::hostile_pickle());
    let ended = world.run_with_input(["check", "--no-store", "-"], b"a.pkl\nb.pkl\n").ends_with(1);
    ended.says("admit  a.pkl").says("refuse  b.pkl");
    world.run_with_input(["check", "--no-store", "-"], b"").ends_with(3);
}

#[test]
fn an_allow_entry_with_a_reason_admits_what_was_held_and_shows_in_the_inputs() {
    let world = World::new();
    world.write("model.pkl", samples::unlisted_pickle());
    let held = world.run(["check", "--no-store", "--format", "json", "model.pkl"]).ends_with(4).json();
    world.run(["allow", "acme_layers.gate.Gate", "--reason", "our own layer", "--file", "allow.toml"]).ends_with(0);
    let admitted = world
        .run(["check", "--no-store", "--format", "json", "--allow", "allow.toml", "model.pkl"])
        .ends_with(0)
        .json();
    assert_ne!(held["results"][0]["inputs"]["rules"], admitted["results"][0]["inputs"]["rules"]);
}

#[test]
fn an_allow_entry_for_one_artifact_admits_no_other() {
    let world = World::new();
    world.write("model.pkl", samples::unlisted_pickle());
    world.write("other.pkl", [samples::unlisted_pickle(), samples::plain_pickle()].concat());
    let held = world.run(["check", "--no-store", "--format", "json", "model.pkl"]).json();
    let digest = held["results"][0]["artifact"]["digest"].as_str().expect("a digest").to_owned();
    let allow =
        ["allow", "acme_layers.gate.Gate", "--reason", "one export", "--artifact", &digest, "--file", "allow.toml"];
    world.run(allow).ends_with(0);
    world.run(["check", "--no-store", "--allow", "allow.toml", "model.pkl"]).ends_with(0);
    world.run(["check", "--no-store", "--allow", "allow.toml", "other.pkl"]).ends_with(4);
}

#[test]
fn a_waiver_flips_one_requirement_for_one_artifact_and_shows_itself() {
    let world = World::new();
    world.write("model.pkl", samples::unlisted_pickle());
    world.write("other.pkl", [samples::unlisted_pickle(), samples::plain_pickle()].concat());
    let held = world.run(["check", "--no-store", "--format", "json", "model.pkl"]).json();
    let digest = held["results"][0]["artifact"]["digest"].as_str().expect("a digest").to_owned();
    let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    let until = today.checked_add(jiff::Span::new().days(30)).expect("a day");
    let waiver = format!(
        "[[waiver]]\nid = 'W-1'\ncontrol = 'HW-SER-02'\nartifact = '{digest}'\nreason = 'reviewed by hand'\n\
         owner = 'ml-platform'\ngranted = '{today}'\nuntil = '{until}'\n"
    );
    world.write("waivers.toml", waiver);
    let ended = world.run(["check", "--no-store", "--waivers", "waivers.toml", "model.pkl"]).ends_with(0);
    ended.says("waived by W-1 (ml-platform)").says("reviewed by hand");
    world.run(["check", "--no-store", "--waivers", "waivers.toml", "other.pkl"]).ends_with(4);
}

#[test]
fn settings_inside_the_artifact_choose_nothing() {
    let world = World::new();
    world.write("model/model.pkl", samples::unlisted_pickle());
    world.write("model/headworks.toml", "tier = 'observe'\n");
    let ended =
        world.command(["check", "--no-store", "."]).current_dir(world.folder().join("model")).output().expect("starts");
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("must not choose"));
}

#[test]
fn scan_decides_nothing_and_ends_by_severity() {
    let world = World::new();
    world.write("held.pkl", samples::unlisted_pickle());
    world.write("unknown.bin", [0x91, 0x02, 0x93, 0xff, 0x00, 0x17]);
    world.run(["scan", "held.pkl"]).ends_with(1).says("unlisted-callable");
    world.run(["scan", "--fail-on", "critical", "held.pkl"]).ends_with(0);
    world.run(["scan", "unknown.bin"]).ends_with(4).says("no known format claims these bytes");
}

#[test]
fn a_licence_counts_by_the_use_that_the_policy_names() {
    let world = World::new();
    world.write("model/model.safetensors", samples::safetensors());
    let outcome = |licence: &str, outcome: &str, reason: &str| {
        world.write("model/README.md", format!("---\nlicense: {licence}\n---\n# Toy\n\nA toy.\n"));
        let ended = world.run(["check", "model", "--tier", "standard", "--format", "json", "--no-store"]);
        demand(&ended, "HW-LIC-01", outcome, reason);
    };
    outcome("mit", "pass", "licences: mit");
    outcome("cc-by-nc-4.0", "fail", "forbids commercial use");
    outcome("llama3.1", "not_established", "binds its users to terms that nobody accepted");
    outcome("acme-terms", "not_established", "the policy does not know the licence `acme-terms`");
}
