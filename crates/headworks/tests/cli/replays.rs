//! Incidents replayed, as far as signatures, provenance and the log stop them; numbers as in the incident list.

use headworks_attest::trust::Role;
use headworks_attest::{Scheme, SigningKey};
use headworks_types::Digest;
use serde_json::json;

use crate::attested::{check, demand, enrol, world};
use crate::lineage::state_provenance;
use crate::run::World;
use crate::samples;

const NAME: &str = "pkg:huggingface/acme/bert";

fn sign_model(world: &World, key: &SigningKey) {
    world.write("signing.pem", key.to_pem().expect("writes"));
    let sign = ["sign", "key", "model", "--private-key", "signing.pem", "--signature", "model/model.sig"];
    world.run(sign).ends_with(0);
}

fn named<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["--artifact-name", name, "--tier", "production"], more].concat()
}

/// A model by an enrolled publisher of this name, admitted once at the tier that asks for no signature.
fn admitted() -> (World, SigningKey) {
    let (world, key) = world(|_, _| ());
    enrol(&world, &key, |store, _| {
        store.publishers[0].signs = vec!["pkg:huggingface/acme/*".parse().expect("a pattern")];
    });
    check(&world, &["--artifact-name", NAME]).ends_with(0);
    (world, key)
}

/// RP-17, organisation confusion: an organisation that nobody enrolled uploads an unsigned replacement.
#[test]
fn rp_17_an_unenrolled_organisation_is_not_admitted() {
    let (world, key) = admitted();
    demand(&check(&world, &named(NAME, &[])), "HW-SIG-01", "pass", "`acme` signed every file");
    world.write("model/model.safetensors", samples::safetensors_of("swapped", 3));
    sign_model(&world, &SigningKey::generate(Scheme::EcdsaP256).expect("a key"));
    let swapped = check(&world, &named("pkg:huggingface/acme-ai/bert", &[])).ends_with(4);
    demand(&swapped, "HW-SIG-01", "not_established", "no enrolled key signed it");
    demand(&swapped, "HW-PRV-06", "not_established", "nobody who is enrolled for the name signed it");
    sign_model(&world, &key);
    demand(&check(&world, &named(NAME, &[])), "HW-SIG-01", "pass", "`acme` signed every file");
}

/// RP-18, namespace reuse: a name is registered again by somebody else, who serves other weights under it.
#[test]
fn rp_18_a_name_that_changed_hands_is_refused() {
    let (world, _) = admitted();
    let successor = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    world.write("model/model.safetensors", samples::safetensors_of("reborn", 3));
    sign_model(&world, &successor);
    demand(&check(&world, &named(NAME, &[])).ends_with(1), "HW-PRV-06", "fail", "signed by `acme` before");
    // Even one who is enrolled for other things does not inherit the name.
    let text = std::fs::read_to_string(world.folder().join("trust.toml")).expect("reads");
    let mut store = headworks_attest::TrustStore::parse(&text).expect("a trust store");
    let key = successor.public().expect("a public key");
    store.publisher("globex", &[Role::Models], &["pkg:huggingface/**".parse().expect("a pattern")]);
    store.keys.push(headworks_attest::trust::Enrolled {
        publisher: "globex".into(),
        digest: key.digest(),
        window: Default::default(),
        pem: key.to_pem(),
    });
    world.write("trust.toml", store.succeed(Some(&text)).expect("a trust store"));
    demand(&check(&world, &named(NAME, &[])).ends_with(1), "HW-PRV-06", "fail", "signed by `acme` before");
    demand(&check(&world, &named("pkg:huggingface/globex/bert", &[])), "HW-PRV-06", "pass", "`globex` publishes as");
}

/// RP-04 and RP-43, a tag that was moved: the same version comes with other bytes.
#[test]
fn rp_04_a_version_with_other_bytes_is_refused() {
    let (world, key) = admitted();
    let version = "pkg:huggingface/acme/bert@9f1b7c2";
    check(&world, &["--artifact-name", version]).ends_with(0);
    demand(&check(&world, &named(version, &[])), "HW-INT-02", "pass", "every byte was hashed");
    world.write("model/model.safetensors", samples::safetensors_of("moved", 3));
    sign_model(&world, &key);
    let moved = check(&world, &named(version, &[])).ends_with(1);
    demand(&moved, "HW-INT-02", "fail", "was admitted with other bytes before");
    demand(&moved, "HW-SIG-01", "pass", "`acme` signed every file");
}

/// RP-08, genuine provenance of a run that ended in failure.
#[test]
fn rp_08_genuine_provenance_of_a_failed_run_is_refused() {
    let (world, key) = admitted();
    let attested = |succeeded: bool| {
        let predicate = json!({
            "buildDefinition": {
                "buildType": "https://github.com/headworks/headworks/buildtypes/train/v1",
                "externalParameters": { "mixture": [{}], "hyperparameters": { "lr": 1 }, "seeds": { "numpy": 7 } },
                "internalParameters": { "succeeded": succeeded, "complete": true, "source": { "dirty": false } },
            },
            "runDetails": { "builder": { "id": "https://github.com/headworks/headworks/run" } },
        });
        state_provenance(&world, &key, predicate);
        check(&world, &["--artifact-name", NAME, "--tier", "high-risk", "--attestation", "run.json"])
    };
    demand(&attested(true), "HW-PRV-04", "pass", "`acme` signed the manifest of its training");
    demand(&attested(false).ends_with(1), "HW-PRV-04", "fail", "the run did not succeed");
}

/// RP-20, a conversion service that signs what does not follow from the source: the result names a refused ancestor.
#[test]
fn rp_20_a_conversion_of_something_refused_is_refused() {
    let (world, key) = admitted();
    world.write("source/weights.pkl", samples::hostile_pickle());
    let source = Digest::of(&samples::hostile_pickle()).hex();
    let converted = || {
        let base = json!({ "name": "source", "digest": { "sha256": source }, "annotations": { "role": "base" } });
        let predicate = json!({
            "buildDefinition": {
                "buildType": "https://github.com/headworks/headworks/buildtypes/convert/v1",
                "externalParameters": {}, "internalParameters": { "complete": true }, "resolvedDependencies": [base],
            },
            "runDetails": { "builder": { "id": "https://github.com/headworks/headworks/run" } },
        });
        state_provenance(&world, &key, predicate);
        check(&world, &named(NAME, &["--attestation", "run.json"]))
    };
    demand(&converted(), "HW-PRV-05", "not_established", "were not admitted here");
    world.run(["check", "source"]).ends_with(1);
    demand(&converted(), "HW-PRV-05", "not_established", "were not admitted here");
    world.run(["check", "source", "--tier", "production"]).ends_with(1);
    demand(&converted().ends_with(1), "HW-PRV-05", "fail", "were refused here");
}
