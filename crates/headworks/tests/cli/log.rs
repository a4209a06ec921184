//! The evidence log: every verdict is in it, with proofs that others can check.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::World;
use crate::samples;

/// A world whose store has the verdicts on an honest and a hostile artifact.
fn world() -> World {
    let world = World::new();
    world.write("good.pkl", samples::plain_pickle());
    world.write("bad.pkl", samples::hostile_pickle());
    world.run(["check", "--store", "store", "good.pkl"]).ends_with(0);
    world.run(["check", "--store", "store", "bad.pkl"]).ends_with(1);
    world
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).expect("is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).expect("writes");
}

fn vkey(log: &Path) -> String {
    std::fs::read_to_string(log.join("vkey")).expect("is there").trim().to_owned()
}

#[test]
fn every_verdict_is_an_entry_and_the_whole_log_holds() {
    let world = world();
    let listed = world.run(["log", "show", "--store", "store"]).ends_with(0);
    let lines: Vec<&str> = listed.out.lines().collect();
    assert!(lines.len() == 3 && lines[0].trim_start().starts_with('2'), "{}", listed.out);
    let of_type = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    // What was admitted is signed anew; the verdicts on both are summaries.
    assert_eq!((of_type("verification_summary/v1"), of_type("model_signing/signature/v1.0")), (2, 1), "{}", listed.out);
    world.run(["log", "show", "--store", "store", "--type", "provenance"]).ends_with(3);
    world.run(["log", "verify", "--store", "store"]).ends_with(0).says("3 entries").says("agree");
    world.run(["check", "--no-store", "good.pkl"]).ends_with(0);
    assert!(!world.folder().join("keys").exists());
}

#[test]
fn a_check_that_reuses_a_record_logs_nothing_and_both_answers_carry_the_same_proof() {
    let world = World::new();
    world.write("good.pkl", samples::plain_pickle());
    let check = ["check", "--store", "store", "--format", "json", "good.pkl"];
    let first = world.run(check).ends_with(0).json();
    let second = world.run(check).ends_with(0).json();
    let log = &first["results"][0]["record"]["log"];
    assert_eq!((log["index"].as_u64(), log), (Some(0), &second["results"][0]["record"]["log"]));
    let digest = first["results"][0]["record"]["digest"].as_str().expect("a digest");
    let shown = world.run(["show", "--store", "store", "--json", digest]).ends_with(0).json();
    assert_eq!(&shown["log"], log);
    world.run(["show", "--store", "store", digest]).ends_with(0).says("entry 0");
    let receipt = log["receipt"].as_str().expect("a receipt");
    world.write("good.tlog-proof", receipt);
    let key = vkey(&world.folder().join("store/log"));
    world.run(["log", "verify", "--proof", "good.tlog-proof", "--log-key", &key]).ends_with(0).says("entry 0 of log");
}

#[test]
fn a_receipt_is_checked_without_the_store_and_only_for_what_it_is_about() {
    let world = world();
    let report = world.run(["check", "--store", "store", "--format", "json", "good.pkl"]).json();
    let artifact = report["results"][0]["artifact"]["digest"].as_str().expect("a digest").to_owned();
    let prove = ["log", "prove", "--store", "store", &artifact, "--out", "good.tlog-proof"];
    world.run(prove).ends_with(0);
    world.run(["log", "prove", "--store", "store", "0"]).ends_with(0).says("c2sp.org/tlog-proof@v1");
    world.run(["log", "prove", "--store", "store", "7"]).ends_with(3);
    world.run(["log", "prove", "--store", "store", "zz"]).ends_with(2);
    let key = vkey(&world.folder().join("store/log"));
    let verify = |more: &[&str]| {
        let base = ["log", "verify", "--proof", "good.tlog-proof", "--log-key", &key];
        world.run(base.iter().chain(more))
    };
    verify(&[]).ends_with(0).says("verification_summary");
    verify(&["--about", &artifact]).ends_with(0);
    verify(&["--about", &format!("sha256:{}", "0".repeat(64))]).ends_with(1);
    world.write("other.json", "{}");
    verify(&["--envelope", "other.json"]).ends_with(1);
    let other = World::new();
    other.write("good.pkl", samples::plain_pickle());
    other.run(["check", "--store", "store", "good.pkl"]).ends_with(0);
    let other_key = vkey(&other.folder().join("store/log"));
    world.run(["log", "verify", "--proof", "good.tlog-proof", "--log-key", &other_key]).ends_with(1);
}

#[test]
fn what_was_altered_is_named() {
    let world = world();
    let store = world.folder().join("store");
    for file in ["log/tile/0/000.p/3", "log/tile/entries/000.p/3", "log/checkpoint"] {
        flip(&store.join(file));
        let ended = world.run(["log", "verify", "--store", "store"]).ends_with(1);
        assert!(ended.out.contains("log/"), "{file}: {}", ended.out);
        flip(&store.join(file));
    }
    world.run(["log", "verify", "--store", "store"]).ends_with(0);
}

#[test]
fn a_deleted_index_is_rebuilt_from_the_log() {
    let world = world();
    let listed = world.run(["show", "--store", "store"]).ends_with(0).out;
    // What the last process left in the journal would still be read.
    for journal in ["store/index.sqlite-wal", "store/index.sqlite-shm"] {
        drop(std::fs::remove_file(world.folder().join(journal)));
    }
    std::fs::write(world.folder().join("store/index.sqlite"), [0xff; 4096]).expect("writes");
    world.run(["show", "--store", "store"]).ends_with(2);
    world.run(["store", "rebuild", "--store", "store"]).ends_with(0).says("3 entries of the log, 2 records");
    assert_eq!(world.run(["show", "--store", "store"]).ends_with(0).out, listed);
    world.run(["log", "verify", "--store", "store"]).ends_with(0);
}

#[test]
fn a_witness_signs_a_log_that_grows_and_refuses_one_that_was_rolled_back() {
    let world = world();
    let witness = ["log", "witness", "--key", "w.pem", "--state", "seen.json", "--store", "store"];
    let signed = world.run(witness.iter().chain(&["--add-to-log"])).ends_with(0);
    let key = signed.err.lines().find_map(|line| line.strip_prefix("witnessed by ")).expect("names its key").to_owned();
    world.write("seen.checkpoint", &signed.out);
    let verify = ["log", "verify", "--store", "store", "--witness", "seen.checkpoint", "--witness-key", key.as_str()];
    world.run(verify).ends_with(0).says("it contains the 3 entries");
    copy(&world.folder().join("store"), &world.folder().join("backup"));
    world.run(["check", "--store", "store", "--tier", "observe", "good.pkl"]).ends_with(0);
    let grown = world.run(witness).ends_with(0);
    world.write("grown.checkpoint", &grown.out);
    world.run(verify).ends_with(0);
    std::fs::remove_dir_all(world.folder().join("store")).expect("is there");
    copy(&world.folder().join("backup"), &world.folder().join("store"));
    let refused = world.run(witness).ends_with(1);
    assert!(refused.out.contains("rolled back"), "{}", refused.out);
    let mut against_grown = verify;
    against_grown[5] = "grown.checkpoint";
    world.run(against_grown).ends_with(1).says("no longer contains what was witnessed");
    world.run(verify).ends_with(0);
}

#[test]
fn an_export_is_read_by_the_independent_verifier() {
    let world = world();
    world.run(["log", "export", "--store", "store", "public"]).ends_with(0).says("3 entries copied");
    let log = world.folder().join("public");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../headworks-store/tests/verify_log.py");
    let ended = Command::new("python3").arg(script).arg(&log).arg(vkey(&log)).output().expect("python3 runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stdout).starts_with("ok 3 "));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("is there") {
        let entry: PathBuf = entry.expect("reads").path();
        let target = to.join(entry.file_name().expect("has a name"));
        if entry.is_dir() { copy(&entry, &target) } else { drop(std::fs::copy(entry, target)) }
    }
}

#[test]
fn the_log_of_the_settings_has_their_name_and_key() {
    let world = World::new();
    let key = headworks_attest::SigningKey::generate(headworks_attest::Scheme::Ed25519).expect("a key");
    world.write("log.pem", key.to_pem().expect("writes"));
    world.write("plain.toml", "");
    world.write("own.toml", "[log]\norigin = 'log.acme.invalid/gate'\nkey = 'log.pem'\n");
    world.write("model.safetensors", crate::samples::safetensors());
    let with = |settings: &str, words: &[&str]| world.run([&["--config", settings, "--quiet"], words].concat());
    let set = |words: &[&str]| with("own.toml", words);
    set(&["check", "model.safetensors"]).ends_with(0);
    set(&["log", "prove", "0"]).ends_with(0).says("log.acme.invalid/gate");
    set(&["log", "verify"]).ends_with(0);
    // Without them the store's own key would sign, which is another log.
    with("plain.toml", &["log", "show"]).ends_with(2);
    world.write("log.pem", "no key");
    assert!(set(&["log", "show"]).ends_with(2).err.contains("cannot use the log's key"));
}
