//! Signatures and statements as evidence of a check: who counts, for what, and since when.

use std::fs;

use headworks_attest::statement::ResourceDescriptor;
use headworks_attest::trust::{Enrolled, Moment, NamePattern, Revocation, Role, TrustStore};
use headworks_attest::{PublicKey, Scheme, SigningKey, Statement};
use serde_json::{Value, json};

use crate::run::{Ended, World};
use crate::samples;

/// A model, its signature by `key`, and a trust store that `edit` had its way with.
pub(crate) fn world(edit: impl FnOnce(&mut TrustStore, &PublicKey)) -> (World, SigningKey) {
    let world = World::new();
    world.write("model/model.safetensors", samples::safetensors());
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    world.write("key.pem", key.to_pem().expect("writes"));
    let sign = ["sign", "key", "model", "--private-key", "key.pem", "--signature", "model/model.sig"];
    world.run(sign).ends_with(0);
    enrol(&world, &key, edit);
    (world, key)
}

pub(crate) fn enrol(world: &World, key: &SigningKey, edit: impl FnOnce(&mut TrustStore, &PublicKey)) {
    let public = key.public().expect("a public key");
    let mut store = TrustStore::default();
    let name: NamePattern = "model".parse().expect("a pattern");
    store.publisher("acme", &[Role::Models, Role::Provenance, Role::Evaluation], &[name]);
    store.keys.push(Enrolled {
        publisher: "acme".into(),
        digest: public.digest(),
        window: Default::default(),
        pem: public.to_pem(),
    });
    edit(&mut store, &public);
    world.write("trust.toml", store.succeed(None).expect("a trust store"));
}

pub(crate) fn check(world: &World, more: &[&str]) -> Ended {
    world.run([&["check", "model", "--trust", "trust.toml", "--format", "json"], more].concat())
}

/// Outcome and reasons of a requirement.
fn requirement(ended: &Ended, control: &str) -> (String, String) {
    let report = ended.json();
    let requirements = report["results"][0]["verdict"]["requirements"].as_array().expect("requirements").clone();
    let found = requirements.into_iter().find(|each| each["control"] == control).expect("the requirement");
    let reasons: Vec<&str> = found["reasons"].as_array().expect("reasons").iter().filter_map(Value::as_str).collect();
    (found["outcome"].as_str().expect("an outcome").to_owned(), reasons.join("; "))
}

#[track_caller]
pub(crate) fn demand(ended: &Ended, control: &str, outcome: &str, reason: &str) {
    let (found, reasons) = requirement(ended, control);
    assert!(found == outcome && reasons.contains(reason), "{found}: {reasons}");
}

#[test]
fn a_signature_of_an_enrolled_publisher_over_every_file_counts() {
    let (world, _) = world(|_, _| ());
    demand(&check(&world, &[]), "HW-SIG-01", "pass", "`acme` signed every file");
    demand(&check(&world, &[]), "HW-SIG-03", "pass", "version 1 of the trust store");
    let without = world.run(["check", "model", "--format", "json"]);
    demand(&without, "HW-SIG-01", "not_established", "no trust store");
}

#[test]
fn a_changed_file_or_one_more_fails_the_signature() {
    let (world, _) = world(|_, _| ());
    let extra = world.write("model/extra.json", "{}");
    demand(&check(&world, &[]), "HW-SIG-01", "fail", "`extra.json` is not signed");
    fs::remove_file(extra).expect("removes");
    demand(&check(&world, &[]), "HW-SIG-01", "pass", "acme");
    let mut bytes = samples::safetensors();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    world.write("model/model.safetensors", bytes);
    demand(&check(&world, &[]), "HW-SIG-01", "fail", "was altered");
}

#[test]
fn a_stranger_holds_and_another_name_holds() {
    let (world, key) = world(|store, _| store.keys.clear());
    demand(&check(&world, &[]), "HW-SIG-01", "not_established", "no enrolled key signed it");
    enrol(&world, &key, |_, _| ());
    demand(&check(&world, &["--artifact-name", "other"]), "HW-SIG-01", "not_established", "not enrolled for artifacts");
}

#[test]
fn a_revoked_key_fails() {
    let revoked = |store: &mut TrustStore, key: &PublicKey| {
        store.revocations.push(Revocation {
            since: Moment::from_ms(0),
            reason: "leaked".into(),
            key: Some(key.digest()),
            certificate: None,
            identity: None,
            issuer: None,
        });
    };
    let (world, _) = world(revoked);
    demand(&check(&world, &[]), "HW-SIG-01", "fail", "leaked");
    demand(&check(&world, &[]), "HW-SIG-03", "fail", "leaked");
}

#[test]
fn a_signature_that_was_stripped_fails() {
    let (world, _) = world(|store, _| store.pin("model", "acme", Moment::from_ms(0)));
    demand(&check(&world, &[]), "HW-SIG-01", "pass", "acme");
    fs::remove_file(world.folder().join("model/model.sig")).expect("removes");
    demand(&check(&world, &[]), "HW-SIG-01", "fail", "signed by `acme` before");
}

#[test]
fn a_test_result_without_a_plan_holds_and_one_that_failed_or_is_about_others_fails() {
    let (world, key) = world(|_, _| ());
    let digest =
        check(&world, &[]).json()["results"][0]["artifact"]["digest"].as_str().expect("a digest")[7..].to_owned();
    let write = |digest: &str, result: &str| {
        let subject = vec![ResourceDescriptor::sha256("model", digest)];
        let predicate = json!({ "result": result, "configuration": [], "passedTests": ["truthfulness"] });
        let statement = Statement::new(subject, "https://in-toto.io/attestation/test-result/v0.1", predicate);
        world.write("eval.json", statement.sign(&key).expect("signs").to_json());
    };
    let evaluated = || check(&world, &["--attestation", "eval.json"]);
    demand(&check(&world, &[]), "HW-BEH-03", "not_established", "nobody");
    write(&digest, "PASSED");
    demand(&evaluated(), "HW-BEH-03", "not_established", "not registered in the log before it");
    write(&digest, "FAILED");
    demand(&evaluated(), "HW-BEH-03", "fail", "failed");
    write(&"ab".repeat(32), "PASSED");
    demand(&evaluated(), "HW-BEH-03", "fail", "about another artifact");
    let alone = world.run(["check", "model", "--attestation", "eval.json"]).ends_with(2);
    assert!(alone.err.contains("hint: name one with --trust"), "{}", alone.err);
}

#[test]
fn the_evidence_is_part_of_the_record_and_of_its_reuse() {
    let (world, key) = world(|_, _| ());
    world.run(["check", "model", "--trust", "trust.toml"]).ends_with(0).says("Recorded as 1");
    world.run(["check", "model", "--trust", "trust.toml"]).ends_with(0).says("Unchanged since record 1");
    enrol(&world, &key, |store, _| store.keys.clear());
    world.run(["check", "model", "--trust", "trust.toml"]).ends_with(0).says("Recorded as 2");
}

#[test]
fn what_is_admitted_is_signed_by_the_gate_and_what_is_refused_is_not() {
    let world = World::new();
    world.write("model/model.safetensors", samples::safetensors());
    let report = world.run(["check", "model", "--format", "json"]).ends_with(0).json();
    let digest = report["results"][0]["artifact"]["digest"].as_str().expect("a digest").to_owned();
    world.run(["show", &digest, "--model-signature", "gate.sig"]).ends_with(0);
    world.write("gate.pem", world.run(["store", "key"]).ends_with(0).out);
    let verify = ["verify", "key", "model", "--public-key", "gate.pem", "--signature", "gate.sig"];
    world.run(verify).ends_with(0).says("covers 1 file");
    world.write("model/model.pkl", samples::hostile_pickle());
    world.run(verify).ends_with(1);
    let report = world.run(["check", "model", "--format", "json"]).ends_with(1).json();
    let digest = report["results"][0]["artifact"]["digest"].as_str().expect("a digest").to_owned();
    world.run(["show", &digest, "--model-signature", "refused.sig"]).ends_with(3);
}

#[test]
fn a_recorded_training_run_counts_when_its_manifest_is_whole_and_its_tree_clean() {
    let world = World::new();
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    let file = samples::safetensors();
    let claims = |dirty: bool, seeds: Value| {
        json!({
            "buildDefinition": {
                "buildType": "https://github.com/headworks/headworks/buildtypes/train/v1",
                "externalParameters": { "mixture": [{ "dataset": "d", "weight": 1 }], "hyperparameters": { "lr": 1 }, "seeds": seeds },
                "internalParameters": { "succeeded": true, "complete": true, "source": { "dirty": dirty, "commit": "ab" } },
            },
            "runDetails": { "builder": { "id": "https://github.com/headworks/headworks/run/v1" } },
        })
    };
    let check = |predicate: Value| {
        world.write("model/model.safetensors", &file);
        let digest = headworks_types::Digest::of(&file).hex();
        let subject = vec![ResourceDescriptor::sha256("model.safetensors", digest)];
        let statement = Statement::new(subject, "https://slsa.dev/provenance/v1", predicate);
        world.write("run.json", statement.sign(&key).expect("signs").to_json());
        enrol(&world, &key, |_, _| ());
        check(&world, &["--attestation", "run.json"])
    };
    demand(&check(claims(false, json!({ "numpy": 7 }))), "HW-PRV-04", "pass", "`acme` signed the manifest");
    demand(&check(claims(true, json!({ "numpy": 7 }))), "HW-PRV-04", "fail", "not committed");
    demand(&check(claims(false, json!({}))), "HW-PRV-04", "not_established", "`seeds`");
}
