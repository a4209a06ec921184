//! Lineage: what an artifact was made from must have been admitted, hop by hop, and hand-overs change nothing.

use headworks_attest::statement::ResourceDescriptor;
use headworks_attest::{SigningKey, Statement};
use serde_json::{Value, json};

use crate::attested::{check, demand, enrol, world};
use crate::run::{Ended, World};
use crate::samples;

fn file_digest(world: &World, path: &str) -> String {
    headworks_types::Digest::of(&std::fs::read(world.folder().join(path)).expect("reads")).hex()
}

/// Provenance of every file of `model`, signed by `key`, in `run.json`.
pub(crate) fn state_provenance(world: &World, key: &SigningKey, predicate: Value) {
    let named = |name| ResourceDescriptor::sha256(name, file_digest(world, &format!("model/{name}")));
    let subject = ["model.safetensors", "model.sig"].map(named).to_vec();
    let statement = Statement::new(subject, "https://slsa.dev/provenance/v1", predicate);
    world.write("run.json", statement.sign(key).expect("signs").to_json());
}

/// The same of a fine-tuning that names these as base and data.
pub(crate) fn provenance(world: &World, key: &SigningKey, materials: &[(&str, &str)]) {
    let material = |(role, hex): &(&str, &str)| json!({ "name": role, "digest": { "sha256": hex }, "annotations": { "role": role } });
    let predicate = json!({
        "buildDefinition": {
            "buildType": "https://github.com/headworks/headworks/buildtypes/finetune/v1",
            "externalParameters": {},
            "internalParameters": { "complete": true },
            "resolvedDependencies": materials.iter().map(material).collect::<Vec<Value>>(),
        },
        "runDetails": { "builder": { "id": "https://ci.acme.invalid" } },
    });
    state_provenance(world, key, predicate);
}

fn with_lineage(world: &World) -> Ended {
    check(world, &["--attestation", "run.json"])
}

#[test]
fn a_model_whose_ancestors_were_admitted_has_a_lineage() {
    let (world, key) = world(|_, _| ());
    demand(&check(&world, &[]), "HW-PRV-05", "not_established", "no enrolled signer says what it was made from");
    world.write("base/base.safetensors", samples::safetensors_of("base", 4));
    let base = file_digest(&world, "base/base.safetensors");
    provenance(&world, &key, &[("base", &base)]);
    demand(&with_lineage(&world), "HW-PRV-05", "not_established", "of its base, 1 were not admitted here: `base`");
    world.run(["check", "base"]).ends_with(0);
    demand(&with_lineage(&world), "HW-PRV-05", "pass", "what it was made from was admitted here: 1 × base");
}

#[test]
fn a_refused_ancestor_fails_its_descendants() {
    let (world, key) = world(|_, _| ());
    world.write("base/base.pkl", samples::hostile_pickle());
    let base = file_digest(&world, "base/base.pkl");
    world.run(["check", "base"]).ends_with(1);
    provenance(&world, &key, &[("base", &base)]);
    demand(&with_lineage(&world), "HW-PRV-05", "fail", "1 were refused here");
    demand(&check(&world, &[]), "HW-PRV-05", "not_established", "");
}

#[test]
fn a_base_that_only_the_card_names_is_not_bound_to_bytes() {
    let (world, key) = world(|_, _| ());
    world.write("model/README.md", "---\nlicense: mit\nbase_model: acme/base\n---\n# a model\n");
    world.write("rows.csv", "1,2\n");
    let rows = file_digest(&world, "rows.csv");
    world.run(["check", "rows.csv"]);
    provenance(&world, &key, &[("data", &rows)]);
    let checked = with_lineage(&world);
    demand(&checked, "HW-PRV-05", "not_established", "its base model is named (`acme/base`)");
    let fields = checked.json()["results"][0]["provenance"].clone();
    let field = |name: &str| fields.as_array().expect("fields").iter().find(|each| each["field"] == name).cloned();
    assert_eq!(field("licence").expect("a field")["values"][0]["value"], "mit");
    assert_eq!(field("evaluation").expect("an unknown field")["values"], json!([]));
}

#[test]
fn provenance_of_a_card_is_none_of_the_weights() {
    let (world, key) = world(|_, _| ());
    world.write("model/README.md", "---\nlicense: mit\n---\n# a model\n");
    world.write("rows.csv", "1,2\n");
    world.run(["check", "rows.csv"]);
    // A commit beside the card makes it no statement about the source of everything.
    let commit = ResourceDescriptor {
        digest: [("gitCommit".to_owned(), "ab".repeat(20))].into(),
        ..ResourceDescriptor::default()
    };
    let subject = vec![ResourceDescriptor::sha256("README.md", file_digest(&world, "model/README.md")), commit];
    let data = json!({ "name": "rows", "digest": { "sha256": file_digest(&world, "rows.csv") }, "annotations": { "role": "data" } });
    let predicate = json!({
        "buildDefinition": { "buildType": "t", "externalParameters": {}, "resolvedDependencies": [data] },
        "runDetails": { "builder": { "id": "b" } },
    });
    let statement = Statement::new(subject, "https://slsa.dev/provenance/v1", predicate);
    world.write("run.json", statement.sign(&key).expect("signs").to_json());
    demand(&with_lineage(&world), "HW-PRV-05", "not_established", "no enrolled signer says what it was made from");
    demand(&with_lineage(&world), "HW-PRV-02", "not_established", "it does not say how these were built");
}

#[test]
fn a_version_that_was_admitted_with_other_bytes_fails() {
    let (world, key) = world(|_, _| ());
    enrol(&world, &key, |store, _| {
        store.publishers[0].signs = vec!["pkg:huggingface/acme/*".parse().expect("a pattern")];
    });
    let named = |name: &str| check(&world, &["--artifact-name", name]);
    let (version, branch) = ("pkg:huggingface/acme/bert@4f2a", "pkg:huggingface/acme/bert");
    demand(&named(version), "HW-INT-02", "pass", "every byte was hashed");
    named(branch).ends_with(0);
    world.write("model/model.safetensors", samples::safetensors_of("other", 2));
    let sign = ["sign", "key", "model", "--private-key", "key.pem", "--signature", "model/model.sig"];
    world.run(sign).ends_with(0);
    demand(&named(version), "HW-INT-02", "fail", "was admitted with other bytes before");
    demand(&named(branch), "HW-INT-02", "pass", "every byte was hashed");
    demand(&named(branch), "HW-PRV-06", "pass", "`acme` publishes as");
    std::fs::remove_file(world.folder().join("model/model.sig")).expect("removes");
    demand(&named(branch), "HW-PRV-06", "fail", "signed by `acme` before");
    demand(&named(branch), "HW-SIG-01", "fail", "signed by `acme` before");
}

#[test]
fn a_checkpoint_is_admitted_as_the_newest_of_an_enrolled_run() {
    let (world, key) = world(|_, _| ());
    let add = |step: &str| {
        let words = ["checkpoint", "add", "model", "--run", "bert-7", "--step", step, "--private-key", "key.pem"];
        world.run(words).ends_with(0)
    };
    add("10");
    demand(&check(&world, &[]), "HW-INT-02", "not_established", "not enrolled for artifacts");
    enrol(&world, &key, |store, _| {
        store.publisher("acme", &[headworks_attest::trust::Role::Checkpoints], &["bert-7".parse().expect("a pattern")]);
    });
    demand(
        &check(&world, &[]),
        "HW-INT-02",
        "pass",
        "the newest checkpoint of run `bert-7`, step 10, signed by `acme`",
    );
    let older = std::fs::read(world.folder().join("model/model.safetensors")).expect("reads");
    world.write("model/model.safetensors", samples::safetensors_of("later", 2));
    add("20");
    demand(&check(&world, &[]), "HW-INT-02", "pass", "step 20");
    world.write("model/model.safetensors", older);
    demand(&check(&world, &[]), "HW-INT-02", "not_established", "the checkpoint of step 10, and the run is at step 20");
}

/// Where the file system tells names apart by case.
#[cfg(target_os = "linux")]
#[test]
fn names_that_cannot_be_signed_are_not_signed_and_say_so() {
    let (world, _) = world(|_, _| ());
    demand(&check(&world, &[]), "HW-SIG-02", "pass", "the gate signs");
    world.write("model/MODEL.safetensors", samples::safetensors());
    let twins = check(&world, &[]);
    demand(&twins, "HW-INT-01", "pass", "files hashed: 3");
    demand(&twins, "HW-SIG-02", "not_established", "its files cannot be signed");
}

#[test]
fn a_hand_over_is_signed_when_nothing_changed_and_the_chain_verifies() {
    let (world, _) = world(|_, _| ());
    std::fs::create_dir_all(world.folder().join("store")).expect("makes");
    for file in ["model.safetensors", "model.sig"] {
        std::fs::copy(world.folder().join("model").join(file), world.folder().join("store").join(file))
            .expect("copies");
    }
    let key =
        SigningKey::from_pem(&std::fs::read(world.folder().join("key.pem")).expect("reads"), None).expect("a key");
    world.write("pub.pem", key.public().expect("a public key").to_pem());
    let link = |step: &str, output: &str| {
        let words = ["attest", "link", step, "--materials", "model", "--products", "store", "--unchanged"];
        let more = ["--environment", "bucket=models", "--private-key", "key.pem", "--output", output];
        world.run([words.as_slice(), &more].concat())
    };
    link("upload", "upload.json").ends_with(0);
    provenance(&world, &key, &[]);
    let chain = |steps: &[&str], artifact: &str| {
        let words = ["--artifact", artifact, "--public-key", "pub.pem"];
        world.run([&["attest", "chain"], steps, words.as_slice()].concat())
    };
    chain(&["run.json", "upload.json"], "store").ends_with(0).says("is what 2 steps made");
    chain(&["upload.json", "upload.json"], "model").ends_with(0);
    chain(&["upload.json", "run.json"], "model").ends_with(1).says("it is of type");
    world.write("store/model.safetensors", samples::safetensors_of("other", 2));
    chain(&["run.json", "upload.json"], "store").ends_with(1).says("`model.safetensors` is another");
    assert!(link("upload", "again.json").ends_with(2).err.contains("hint: nothing was signed"));
    world.write("store/extra.bin", "more");
    chain(&["run.json", "upload.json"], "store").ends_with(1).says("`extra.bin` was added");
    let stranger = SigningKey::generate(headworks_attest::Scheme::EcdsaP256).expect("a key");
    world.write("pub.pem", stranger.public().expect("a public key").to_pem());
    chain(&["run.json", "upload.json"], "model").ends_with(1).says("none of the keys signed it");
}
