//! The pre-commit hook and the steps of the action, run as their hosts run them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::run::World;

/// A pickle that calls something when it is loaded.
const HOSTILE: &[u8] = b"cos\nsystem\n(S'echo headworks-marker'\ntR.";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs bash in the world's folder of artifacts, with the binary under test in `variable`.
fn bash<'a>(world: &World, variable: &str, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("bash");
    command.args(arguments).current_dir(world.folder()).env(variable, env!("CARGO_BIN_EXE_headworks"));
    command.env("HOME", world.folder()).env("RUNNER_TEMP", world.folder());
    command.env("GITHUB_STEP_SUMMARY", world.folder().join("summary"));
    command
}

fn hook(files: &[&str]) -> Output {
    let world = World::new();
    world.write("plain.txt", "hello\n");
    world.write("-dash.txt", "hello\n");
    world.write("model.pkl", HOSTILE);
    let script = repository().join("hooks/scan");
    let script = [script.to_str().expect("a path that is UTF-8")];
    bash(&world, "HEADWORKS_BINARY", script.into_iter().chain(files.iter().copied())).output().expect("bash starts")
}

#[test]
fn the_hook_passes_files_that_nothing_speaks_against_and_stops_the_others() {
    assert_eq!(hook(&["plain.txt", "-dash.txt"]).status.code(), Some(0));
    let stopped = hook(&["plain.txt", "model.pkl"]);
    let said = String::from_utf8_lossy(&stopped.stdout);
    assert!(stopped.status.code() == Some(1) && said.contains("dangerous-global"), "{said}");
}

#[test]
fn every_hook_starts_a_script_of_the_repository() {
    let hooks = std::fs::read_to_string(repository().join(".pre-commit-hooks.yaml")).expect("is there");
    let entries: Vec<&str> = hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: ")).collect();
    assert!(!entries.is_empty() && entries.iter().all(|entry| repository().join(entry).is_file()), "{entries:?}");
}

/// The lines of the step of an action that does the work.
fn step_of(action: &str) -> String {
    let action = std::fs::read_to_string(repository().join(action)).expect("is there");
    let (_, step) = action.split_once("run: |\n").expect("a step of several lines");
    step.lines().map(|line| line.strip_prefix("        ").unwrap_or(line).to_owned() + "\n").collect()
}

fn scanned(world: &World, paths: &str, fail_on: &str, baseline: &str) -> Output {
    let step = step_of("action.yml");
    let mut command = bash(world, "BINARY", ["--noprofile", "--norc", "-eo", "pipefail", "-c", &step]);
    command.env("PATHS", paths).env("FAIL_ON", fail_on).env("BASELINE", baseline).env("SARIF", "out.sarif");
    command.output().expect("bash starts")
}

#[test]
fn the_step_of_the_action_fails_on_what_it_is_told_to_fail_on() {
    let world = World::new();
    world.write("weights/model.pkl", HOSTILE);
    world.write("weights/plain.txt", "hello\n");
    let refused = scanned(&world, "weights", "medium", "");
    let said = String::from_utf8_lossy(&refused.stdout);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.starts_with("::error file=weights/model.pkl,"), "{said}");
    let summary = std::fs::read_to_string(world.folder().join("summary")).expect("is written");
    let sarif = std::fs::read_to_string(world.folder().join("out.sarif")).expect("is written");
    assert!(summary.contains("`dangerous-global`") && sarif.contains("weights/model.pkl"));
    assert_eq!(scanned(&world, "weights/plain.txt\n", "medium", "").status.code(), Some(0));
}

#[test]
fn a_step_that_cannot_finish_fails_and_repeats_no_earlier_summary() {
    let world = World::new();
    world.write("plain.txt", "hello\n");
    world.write("headworks.md", "of an earlier step\n");
    for (paths, baseline) in [("plain.txt", "absent.toml"), ("absent", ""), ("", "")] {
        let ended = scanned(&world, paths, "medium", baseline);
        assert!(ended.status.code().is_some_and(|code| code > 1), "{paths:?}: {ended:?}");
    }
    let summary = std::fs::read_to_string(world.folder().join("summary")).unwrap_or_default();
    assert!(!summary.contains("of an earlier step"), "{summary}");
}

/// A world with a key pair and a model that a check admits.
fn signing_world() -> (World, String) {
    let world = World::new();
    world.write("model/config.json", "{}");
    let key = headworks_attest::SigningKey::generate(headworks_attest::Scheme::EcdsaP256).expect("a key");
    world.write("signer.pem", key.public().expect("a public key").to_pem());
    (world, key.to_pem().expect("writes"))
}

fn signed(world: &World, key: &str) -> Output {
    let step = step_of("sign/action.yml");
    let mut command = bash(world, "BINARY", ["--noprofile", "--norc", "-eo", "pipefail", "-c", &step]);
    command.env("MODEL", "model").env("PRIVATE_KEY", key).env("HEADWORKS_KEY_PASSWORD", "");
    command.env("SIGNATURE", "model.sig").env("TIER", "minimal").output().expect("bash starts")
}

#[test]
fn the_signing_action_signs_what_is_admitted_and_nothing_else() {
    let (world, key) = signing_world();
    let ended = signed(&world, &key);
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    world.run(["verify", "key", "model", "--public-key", "signer.pem"]).ends_with(0);
    assert!(!world.folder().join("headworks-signing-key.pem").exists(), "the key is not left behind");
    std::fs::remove_file(world.folder().join("model.sig")).expect("removes");
    world.write("model/model.pkl", HOSTILE);
    assert_eq!(signed(&world, &key).status.code(), Some(1));
    assert!(!world.folder().join("model.sig").exists(), "what is refused is not signed");
}

/// The arguments of each init container, as the file has them.
fn init_arguments() -> Vec<Vec<String>> {
    let file = std::fs::read_to_string(repository().join("deploy/kubernetes/verified-model.yaml")).expect("is there");
    let lists = file.lines().filter_map(|line| line.trim().strip_prefix("args: "));
    let lists = lists.map(|list| serde_json::from_str::<Vec<String>>(list).expect("is a list of strings"));
    lists.filter(|list| list[0] == "verify").collect()
}

#[test]
fn the_init_containers_hand_over_only_what_was_verified() {
    let (world, key) = signing_world();
    assert_eq!(signed(&world, &key).status.code(), Some(0));
    let place = |text: &str| {
        let inner = [("/untrusted/", ""), ("/keys/", ""), ("/verified/", "verified/")];
        let folder = world.folder();
        let folder = folder.to_str().expect("UTF-8");
        inner.iter().fold(text.to_owned(), |text, (outer, inner)| text.replace(outer, &format!("{folder}/{inner}")))
    };
    let all = init_arguments();
    assert_eq!(all.len(), 2);
    for arguments in &all {
        let run = || world.run(arguments.iter().map(|argument| place(argument)));
        world.write("model/config.json", "{}");
        run().ends_with(0);
        assert!(world.folder().join("verified/model/config.json").exists());
        std::fs::remove_dir_all(world.folder().join("verified")).expect("removes");
        world.write("model/config.json", "{ }");
        run().ends_with(1);
        assert!(!world.folder().join("verified/model/config.json").exists());
        std::fs::remove_dir_all(world.folder().join("verified")).expect("removes");
    }
}
