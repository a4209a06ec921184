//! Checkpoints of a training run: only the newest recorded one is resumed.

use std::fs;

use headworks_attest::{Scheme, SigningKey};

use crate::run::{Ended, World};

/// A world with the key pair of a run.
pub(crate) fn world() -> World {
    let world = World::new();
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    world.write("run.pem", key.to_pem().expect("writes"));
    world.write("run-pub.pem", key.public().expect("a public key").to_pem());
    world
}

/// Writes a checkpoint as a trainer would.
fn save(world: &World, step: u32) {
    for part in ["weights", "optimizer", "scheduler", "random", "cursor"] {
        world.write(&format!("step-{step}/{part}.bin"), format!("{part} at {step}"));
    }
}

fn run(world: &World, words: &[&str]) -> Ended {
    world.run([&["checkpoint"], words, &["--run", "bert-7", "--private-key", "run.pem"]].concat())
}

fn add(world: &World, step: u32) -> Ended {
    save(world, step);
    run(world, &["add", &format!("step-{step}"), "--step", &step.to_string()])
}

#[test]
fn the_newest_checkpoint_is_resumed_and_the_run_goes_on() {
    let world = world();
    add(&world, 10).ends_with(0).says("Recorded step 10");
    add(&world, 20).ends_with(0);
    let verify = ["checkpoint", "verify", "step-20", "--run", "bert-7", "--public-key", "run-pub.pem"];
    world.run(verify).ends_with(0).says("newest checkpoint");
    run(&world, &["resume", "step-20"]).ends_with(0);
    add(&world, 30).ends_with(0);
    let list = ["checkpoint", "list", "--run", "bert-7", "--public-key", "run-pub.pem"];
    let listed = world.run(list).ends_with(0).out;
    assert_eq!(listed.lines().count(), 5, "{listed}");
    world.run(["log", "verify"]).ends_with(0);
}

#[test]
fn an_altered_checkpoint_and_a_replaced_optimizer_are_refused() {
    let world = world();
    add(&world, 10).ends_with(0);
    world.write("step-10/optimizer.bin", "another optimizer");
    run(&world, &["resume", "step-10"]).ends_with(1).says("`optimizer.bin` was altered");
    save(&world, 10);
    world.write("step-10/hook.py", "");
    run(&world, &["resume", "step-10"]).ends_with(1).says("`hook.py` was added");
    fs::remove_file(world.folder().join("step-10/hook.py")).expect("removes");
    run(&world, &["resume", "step-10"]).ends_with(0);
}

#[test]
fn an_older_checkpoint_is_refused_until_the_rewind_is_recorded() {
    let world = world();
    add(&world, 10).ends_with(0);
    add(&world, 20).ends_with(0);
    run(&world, &["resume", "step-10"]).ends_with(1).says("the newest is that of step 20");
    run(&world, &["rewind", "--to", "1", "--reason", "loss spike"]).ends_with(0);
    run(&world, &["resume", "step-10"]).ends_with(0);
    run(&world, &["resume", "step-20"]).ends_with(1);
}

#[test]
fn a_torn_save_is_refused_and_the_one_before_is_resumed() {
    let world = world();
    add(&world, 10).ends_with(0);
    world.write("step-20/weights.bin", "weights a");
    run(&world, &["resume", "step-20"]).ends_with(1).says("not the checkpoint that was recorded");
    run(&world, &["resume", "step-10"]).ends_with(0);
}

#[test]
fn the_second_of_two_trainers_ends_the_session_of_the_first() {
    let world = world();
    add(&world, 10).ends_with(0);
    let first = fs::read(world.folder().join(".headworks-session-bert-7")).expect("a session");
    run(&world, &["resume", "step-10"]).ends_with(0);
    let second = fs::read(world.folder().join(".headworks-session-bert-7")).expect("a session");
    world.write(".headworks-session-bert-7", first);
    add(&world, 20).ends_with(1).says("has ended");
    world.write(".headworks-session-bert-7", second);
    add(&world, 20).ends_with(0);
}

#[test]
fn a_forged_event_breaks_the_run_rather_than_joining_it() {
    let world = world();
    add(&world, 10).ends_with(0);
    let forger = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    world.write("run.pem", forger.to_pem().expect("writes"));
    add(&world, 20).ends_with(2);
    run(&world, &["resume", "step-10"]).ends_with(2).warns("does not hold");
}

#[test]
fn another_configuration_is_refused() {
    let world = world();
    save(&world, 10);
    world.write("run.toml", "lr = 1");
    let first = ["add", "step-10", "--step", "10", "--configuration", "run.toml"];
    run(&world, &first).ends_with(0);
    world.write("run.toml", "lr = 2");
    run(&world, &["add", "step-10", "--step", "11", "--configuration", "run.toml"]).ends_with(1);
    world.write("run.toml", "lr = 1");
    run(&world, &["add", "step-10", "--step", "11", "--configuration", "run.toml"]).ends_with(0);
}

/// Whoever owns the store can put an older copy of it in place, and then an older checkpoint is the newest.
#[test]
fn a_log_that_was_rolled_back_is_found_by_what_a_witness_saw() {
    let world = world();
    let witness = SigningKey::generate(Scheme::Ed25519).expect("a key");
    world.write("witness.pem", witness.to_pem().expect("writes"));
    let copy = |from: &str, to: &str| {
        let ended = std::process::Command::new("cp").arg("-a").args([from, to]).current_dir(world.folder()).status();
        assert!(ended.expect("cp runs").success());
    };
    let in_store = |words: &[&str]| run(&world, &[words, &["--store", "store"]].concat());
    save(&world, 10);
    in_store(&["add", "step-10", "--step", "10"]).ends_with(0);
    copy("store", "older");
    save(&world, 20);
    in_store(&["add", "step-20", "--step", "20"]).ends_with(0);
    let seen = ["log", "witness", "--key", "witness.pem", "--state", "seen.json", "--store", "store"];
    let ended = world.run(seen).ends_with(0);
    let key = ended.err.split("witnessed by ").nth(1).expect("names the witness").trim().to_owned();
    world.write("seen.checkpoint", ended.out);
    let witnessed =
        |words: &[&str]| in_store(&[words, &["--witness", "seen.checkpoint", "--witness-key", &key]].concat());
    witnessed(&["resume", "step-20"]).ends_with(0);
    fs::remove_dir_all(world.folder().join("store")).expect("removes");
    copy("older", "store");
    witnessed(&["resume", "step-10"]).ends_with(1).says("REFUSED  the log is not what the witness saw");
    in_store(&["resume", "step-10"]).ends_with(0);
}
