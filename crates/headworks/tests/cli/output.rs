//! Forms of the answer, settings and the commands that explain.

use crate::run::World;
use crate::samples;

#[test]
fn one_run_feeds_several_readers() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    let ended = world
        .run([
            "check",
            "--no-store",
            "model.pkl",
            "--format",
            "json",
            "--out",
            "sarif=a.sarif",
            "--out",
            "markdown=a.md",
        ])
        .ends_with(1);
    assert_eq!(ended.json()["results"][0]["verdict"]["admission"], "refuse");
    let sarif = std::fs::read_to_string(world.folder().join("a.sarif")).expect("is written");
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("is JSON");
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(
        sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "model.pkl"
    );
    assert!(std::fs::read_to_string(world.folder().join("a.md")).expect("is written").contains("**refuse**"));
}

#[test]
fn jsonl_is_one_line_for_each_artifact() {
    let world = World::new();
    world.write("a.pkl", samples::plain_pickle());
    world.write("b.pkl", samples::plain_pickle());
    let ended = world.run(["check", "--no-store", "--format", "jsonl", "a.pkl", "b.pkl"]).ends_with(0);
    assert_eq!(ended.out.lines().count(), 2);
}

#[test]
fn colour_is_off_in_a_pipe_on_when_forced_and_off_when_nobody_wants_it() {
    let world = World::new();
    world.write("a.pkl", samples::plain_pickle());
    let colored = |arguments: &[&str], variable: Option<&str>| {
        let mut command = world.command(arguments);
        command.envs(variable.map(|name| (name, "1")));
        String::from_utf8(command.output().expect("starts").stdout).expect("UTF-8").contains('\x1b')
    };
    let check = ["check", "--no-store", "a.pkl"];
    assert!(!colored(&check, None));
    assert!(colored(&check, Some("FORCE_COLOR")));
    assert!(!colored(&check, Some("NO_COLOR")));
    assert!(colored(&["check", "--no-store", "--color", "always", "a.pkl"], Some("NO_COLOR")));
}

#[test]
fn settings_have_one_precedence() {
    let world = World::new();
    world.write("headworks.toml", "tier = 'observe'\n");
    world.run(["config", "--origin"]).ends_with(0).says("observe").says("headworks.toml");
    let mut command = world.command(["config"]);
    command.env("HEADWORKS_CONFIG", world.write("other.toml", "tier = 'production'\n"));
    assert!(String::from_utf8_lossy(&command.output().expect("starts").stdout).contains("production"));
    world.write("a.pkl", samples::plain_pickle());
    let ended = world.run(["check", "--no-store", "--tier", "minimal", "--format", "json", "a.pkl"]).ends_with(0);
    assert_eq!(ended.json()["results"][0]["verdict"]["tier"], "minimal");
}

#[test]
fn a_misspelt_tier_or_setting_ends_the_run_with_its_name() {
    let world = World::new();
    world.write("a.pkl", samples::plain_pickle());
    let ended = world.run(["check", "--no-store", "--tier", "minimla", "a.pkl"]).ends_with(2);
    assert!(ended.err.contains("minimla") && ended.err.contains("minimal"), "{}", ended.err);
    world.write("headworks.toml", "teir = 'minimal'\n");
    assert!(world.run(["check", "--no-store", "a.pkl"]).ends_with(2).err.contains("teir"));
}

#[test]
fn every_rule_and_the_controls_can_be_explained() {
    let world = World::new();
    let rules = world.run(["rules", "--json"]).ends_with(0).json();
    for rule in rules.as_array().expect("a list") {
        let id = rule["id"].as_str().expect("an id");
        world.run(["explain", id]).ends_with(0).says("**Why it matters.**");
    }
    world.run(["explain", "HW-SER-02"]).ends_with(0).says("HW-SER-02");
    let ended = world.run(["explain", "dangerous"]).ends_with(2);
    assert!(ended.err.contains("dangerous-global"), "{}", ended.err);
}

#[test]
fn the_built_in_policy_passes_its_own_tests_and_a_failing_test_is_seen() {
    let world = World::new();
    world.run(["policy", "test"]).ends_with(0).says("0 failed");
    world.run(["policy", "explain"]).ends_with(0).says("HW-SER-02");
    world.run(["policy", "explain", "HW-NOT-99"]).ends_with(3);
}

#[test]
fn completions_know_the_subcommands() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        world.run(["completions", shell]).ends_with(0).says("scan");
    }
}

#[test]
fn quiet_says_one_line_and_verbose_says_every_file() {
    let world = World::new();
    for number in 0..12 {
        world.write(&format!("model/{number}.txt"), "text\n");
    }
    assert_eq!(world.run(["check", "--no-store", "-q", "model"]).ends_with(0).out.lines().count(), 1);
    world.run(["check", "--no-store", "model"]).ends_with(0).says("4 files more");
    world.run(["check", "--no-store", "-v", "model"]).ends_with(0).says("11.txt");
}
