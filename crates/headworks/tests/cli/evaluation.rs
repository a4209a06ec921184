//! Evaluations: thresholds are registered first, results are held against them, and the gate asks which came first.

use headworks_attest::trust::Role;

use crate::attested::{check, demand, enrol, world};
use crate::run::{Ended, World};

const PLAN: &str = "name = 'acceptance'\n[[threshold]]\nmetric = 'accuracy'\nat_least = 0.9\n";

fn prepared() -> World {
    let (world, _) = world(|_, _| ());
    world.write("plan.toml", PLAN);
    world.write("metrics.json", r#"{"accuracy": 0.93}"#);
    world.write("set/rows.csv", "1,2\n");
    world.write("harness.py", "print(1)\n");
    world
}

fn register(world: &World) -> Ended {
    world.run(["evaluation", "register", "plan.toml", "--private-key", "key.pem"])
}

fn result(world: &World) -> Ended {
    let measured = ["--results", "metrics.json", "--dataset", "set", "--harness", "harness.py"];
    let words = ["evaluation", "result", "model", "--plan", "plan.toml", "--private-key", "key.pem"];
    world.run([&words, measured.as_slice(), &["--output", "eval.json"]].concat())
}

fn evaluated(world: &World) -> Ended {
    check(world, &["--attestation", "eval.json"])
}

#[test]
fn a_result_counts_when_its_thresholds_were_registered_before() {
    let world = prepared();
    register(&world).ends_with(0).says("Registered `acceptance`");
    result(&world).ends_with(0).says("PASSED").says("+ accuracy: 0.93, planned at least 0.9");
    demand(&evaluated(&world), "HW-BEH-03", "pass", "`acme` says that it passed");
    demand(&evaluated(&world), "HW-PRV-01", "not_established", "");
}

#[test]
fn thresholds_that_were_registered_afterwards_do_not_count() {
    let world = prepared();
    let ended = result(&world).ends_with(0);
    assert!(ended.err.contains("hint: `headworks evaluation register` goes first"), "{}", ended.err);
    register(&world).ends_with(0);
    demand(&evaluated(&world), "HW-BEH-03", "not_established", "not registered in the log before it");
}

#[test]
fn thresholds_that_were_changed_after_registration_do_not_count() {
    let world = prepared();
    register(&world).ends_with(0);
    world.write("metrics.json", r#"{"accuracy": 0.5}"#);
    result(&world).ends_with(1).says("FAILED").says("- accuracy: 0.5");
    demand(&evaluated(&world), "HW-BEH-03", "fail", "accuracy: 0.5");
    world.write("plan.toml", PLAN.replace("0.9", "0.4"));
    result(&world).ends_with(0).says("PASSED");
    demand(&evaluated(&world), "HW-BEH-03", "not_established", "not registered in the log before it");
}

#[test]
fn a_plan_that_a_stranger_registered_does_not_count() {
    let world = prepared();
    let key = headworks_attest::SigningKey::generate(headworks_attest::Scheme::EcdsaP256).expect("a key");
    world.write("stranger.pem", key.to_pem().expect("writes"));
    world.run(["evaluation", "register", "plan.toml", "--private-key", "stranger.pem"]).ends_with(0);
    result(&world).ends_with(0);
    demand(&evaluated(&world), "HW-BEH-03", "not_established", "not registered in the log before it");
    enrol(&world, &key, |store, _| store.publishers[0].roles.retain(|role| *role != Role::Evaluation));
    demand(&evaluated(&world), "HW-BEH-03", "not_established", "nobody who is enrolled");
}

#[test]
fn a_result_on_another_dataset_than_planned_is_not_signed() {
    let world = prepared();
    let other = headworks_types::Digest::of(b"another set");
    world.write("plan.toml", format!("dataset = '{other}'\n{PLAN}"));
    assert!(result(&world).ends_with(2).err.contains("the plan fixes the dataset"));
    world.write("plan.toml", "name = 'x'\nthreshold = []");
    assert!(register(&world).ends_with(2).err.contains("no `[[threshold]]`"));
}
