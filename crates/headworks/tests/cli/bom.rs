//! Bills of materials: what is learnt from an artifact, what is never made up, and what others wrote.

use headworks_attest::{Scheme, SigningKey};
use serde_json::{Value, json};

use crate::attested::demand;
use crate::run::{Ended, World};
use crate::samples;

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const CARD: &str =
    "---\nlicense: apache-2.0\nbase_model: acme/base\ndatasets:\n- acme/questions\n---\n# Toy\n\nA toy.\n";

fn world() -> World {
    let world = World::new();
    world.write("model/model.safetensors", samples::safetensors());
    world.write("model/README.md", CARD);
    world.write("model/requirements.txt", "torch==2.2.0\npeft>=0.12,<0.14\n");
    world
}

fn written(world: &World, more: &[&str]) -> Value {
    let name = format!("pkg:huggingface/acme/toy@{REVISION}");
    let words = ["bom", "model", "--artifact-name", &name, "--timestamp", "1790000000", "--quiet"];
    world.run([&words, more].concat()).ends_with(0).json()
}

fn keep(world: &World, name: &str, more: &[&str]) {
    let text = serde_json::to_string_pretty(&written(world, more)).expect("is JSON");
    world.write(name, text);
}

fn component<'a>(document: &'a Value, name: &str) -> &'a Value {
    let all = document["components"].as_array().expect("an array").iter();
    all.clone().find(|component| component["name"] == name).expect("the component is listed")
}

#[test]
fn revision_digest_licence_base_and_dataset_stand_together() {
    let document = written(&world(), &[]);
    let model = component(&document, "toy");
    assert_eq!((&model["version"], &model["type"]), (&REVISION.into(), &"machine-learning-model".into()));
    assert_eq!(model["hashes"][0]["content"], headworks_types::Digest::of(&samples::safetensors()).hex());
    assert_eq!(model["licenses"][0]["license"]["id"], "Apache-2.0");
    assert_eq!(model["pedigree"]["ancestors"][0]["purl"], "pkg:huggingface/acme/base");
    assert_eq!(model["modelCard"]["modelParameters"]["datasets"], json!([{ "ref": "dataset:acme/questions" }]));
    let edges = document["dependencies"].as_array().expect("an array").iter();
    let edges = edges.clone().find(|edge| edge["ref"] == model["bom-ref"]).expect("the model has edges");
    for end in ["pkg:huggingface/acme/base", "dataset:acme/questions"] {
        assert!(edges["dependsOn"].as_array().is_some_and(|all| all.contains(&end.into())), "{edges}");
    }
}

#[test]
fn a_range_is_no_version_in_any_format() {
    let world = world();
    let document = written(&world, &[]);
    let peft = component(&document, "peft");
    let fields = (&peft["version"], &peft["versionRange"], &peft["isExternal"], &peft["purl"]);
    assert_eq!(fields, (&Value::Null, &"vers:pypi/>=0.12|<0.14".into(), &true.into(), &"pkg:pypi/peft".into()));
    assert_eq!(component(&document, "torch")["version"], "2.2.0");
    let older = written(&world, &["--format", "cyclonedx-1.6"]);
    assert_eq!(
        (&component(&older, "peft")["version"], &component(&older, "peft")["versionRange"]),
        (&Value::Null, &Value::Null)
    );
    let spdx = written(&world, &["--format", "spdx"]).to_string();
    assert!(!spdx.contains("pypi/peft@") && spdx.contains("pypi/torch@2.2.0"));
}

#[test]
fn the_same_artifact_and_time_give_the_same_bytes() {
    let world = world();
    for format in ["cyclonedx", "cyclonedx-1.6", "spdx"] {
        assert_eq!(written(&world, &["--format", format]), written(&world, &["--format", format]));
    }
}

#[test]
fn a_card_of_another_folder_says_nothing_of_the_model() {
    let world = world();
    world.write("model/data/train.csv", "a,b\n");
    world.write("model/data/README.md", "---\nlicense: cc-by-4.0\npretty_name: questions\n---\n# Questions\n\nRows.\n");
    let document = written(&world, &[]);
    assert_eq!(component(&document, "toy")["licenses"].as_array().map(Vec::len), Some(1));
    let questions = component(&document, "questions");
    assert_eq!(questions["licenses"][0]["license"]["id"], "CC-BY-4.0");
    assert_eq!(questions["hashes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn elements_tell_what_is_shown_from_what_is_said_and_from_what_is_contradicted() {
    let world = world();
    let elements = |world: &World| world.run(["bom", "model", "--format", "elements", "--quiet"]).ends_with(0).out;
    let state = |text: &str, id: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(id)).expect("every element is listed");
        line.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    let known = elements(&world);
    assert_eq!((state(&known, "MDL-07").as_str(), state(&known, "MDL-12").as_str()), ("present", "stated"));
    assert_eq!((state(&known, "DP-05").as_str(), state(&known, "SLP-06").as_str()), ("absent", "absent"));
    world.write("model/model.gguf", samples::gguf_with("general.license", "mit"));
    assert_eq!(state(&elements(&world), "MDL-12"), "contradicted");
}

#[test]
fn a_complete_bill_of_materials_is_a_requirement() {
    let world = world();
    world.write("model/config.json", r#"{"model_type":"llama","architectures":["LlamaForCausalLM"]}"#);
    let name = format!("pkg:huggingface/acme/toy@{REVISION}");
    let check = |world: &World, more: &[&str]| {
        let words = ["check", "model", "--tier", "production", "--format", "json", "--no-store"];
        world.run([&words, more].concat())
    };
    demand(&check(&world, &["--artifact-name", &name]), "HW-INV-02", "pass", "of 50 minimum elements are known");
    demand(&check(&world, &[]), "HW-INV-02", "not_established", "lacks the elements MDL-02, MDL-03, MDL-05");
    world.write("model/README.md", CARD.replace("license: apache-2.0\n", ""));
    demand(&check(&world, &["--artifact-name", &name]), "HW-INV-02", "not_established", "lacks the elements MDL-12");
}

#[test]
fn an_overlay_declares_and_must_be_about_something_that_is_there() {
    let world = world();
    world.write(
        "bom.toml",
        "author = 'A person'\n[system]\nproducer = 'Acme'\n[[dataset]]\nname = 'acme/questions'\nlicence = 'MIT'\n",
    );
    let document = written(&world, &["--overlay", "bom.toml"]);
    assert_eq!(document["metadata"]["authors"][0]["name"], "A person");
    assert_eq!(component(&document, "questions")["licenses"][0]["license"]["id"], "MIT");
    world.write("bom.toml", "[[dataset]]\nname = 'acme/answers'\nlicence = 'MIT'\n");
    let ended = world.run(["bom", "model", "--overlay", "bom.toml"]).ends_with(2);
    assert!(ended.err.contains("no dataset `acme/answers` was found; there is: questions"), "{}", ended.err);
    world.write("bom.toml", "[[dataset]]\nname = 'acme/questions'\nlicense = 'MIT'\n");
    let ended = world.run(["bom", "model", "--overlay", "bom.toml"]).ends_with(2);
    assert!(ended.err.contains("bom.toml") && ended.err.contains("unknown field `license`"), "{}", ended.err);
}

#[test]
fn a_signed_document_verifies_by_its_key_and_against_its_artifact_only() {
    let world = world();
    for name in ["key", "other"] {
        let key = SigningKey::generate(Scheme::EcdsaP384).expect("makes a key");
        world.write(&format!("{name}.pem"), key.to_pem().expect("writes"));
        world.write(&format!("{name}.pub"), key.public().expect("has one").to_pem());
    }
    let verify = |name: &str, key: &str| world.run(["bom", "verify", name, "--public-key", key, "--artifact", "model"]);
    for format in ["cyclonedx", "spdx"] {
        keep(&world, "model.json", &["--format", format]);
        world.run(["bom", "sign", "model.json", "--private-key", "key.pem", "--out", "signed.json"]).ends_with(0);
        verify("signed.json", "key.pub")
            .ends_with(0)
            .says("verified")
            .says("checked: signature, files of the artifact");
        verify("signed.json", "other.pub").ends_with(1).says("REFUSED");
        verify("model.json", "key.pub").ends_with(1).says("REFUSED");
    }
    let signed = std::fs::read_to_string(world.folder().join("signed.json")).expect("reads");
    world.write("model/README.md", "changed");
    verify("signed.json", "key.pub").ends_with(1).says("`README.md` has the digest");
    world.write("model/README.md", CARD);
    world.write("model/more.txt", "more");
    verify("signed.json", "key.pub").ends_with(1).says("`more.txt` is not in the document");
    world.write("signed.json", signed.replace("acme", "evil"));
    verify("signed.json", "key.pub").ends_with(1);
    keep(&world, "model.json", &[]);
    world.run(["bom", "verify", "model.json"]).ends_with(0).says("relations only: no key and no artifact were given");
}

#[test]
fn what_changed_between_two_documents_is_listed_and_nothing_else() {
    let world = world();
    keep(&world, "old.json", &[]);
    world.run(["bom", "diff", "old.json", "old.json"]).ends_with(0);
    world.write("model/requirements.txt", "torch==2.3.0\ntqdm==4.66.0\n");
    keep(&world, "new.json", &[]);
    let ended = world.run(["bom", "diff", "old.json", "new.json"]).ends_with(1);
    for line in ["- pkg:pypi/peft", "+ pkg:pypi/tqdm", "~ pkg:pypi/torch: version `2.2.0` -> `2.3.0`"] {
        assert!(ended.out.lines().any(|known| known == line), "{line:?} is missing from:\n{}", ended.out);
    }
    assert!(!ended.out.contains("licence"), "{}", ended.out);
}

#[test]
fn documents_of_others_are_read_with_identity_digest_licence_and_dependency() {
    let world = World::new();
    let digits = "ab".repeat(32);
    let cyclonedx = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": { "component": { "type": "application", "name": "app", "bom-ref": "app" } },
        "components": [{
            "type": "library", "bom-ref": "a", "name": "left", "purl": "pkg:npm/left@1.2.3", "cpe": "cpe:2.3:a:left:left:1.2.3:*:*:*:*:*:*:*",
            "hashes": [{ "alg": "SHA-256", "content": digits }, { "alg": "SHA-1", "content": "ab" }], "licenses": [{ "license": { "id": "MIT" } }],
        }],
        "dependencies": [{ "ref": "app", "dependsOn": ["a"] }],
    });
    let spdx = json!({
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
        "packages": [{
            "SPDXID": "SPDXRef-a", "name": "left", "versionInfo": "1.2.3", "licenseDeclared": "MIT", "licenseConcluded": "NOASSERTION",
            "checksums": [{ "algorithm": "SHA256", "checksumValue": digits }, { "algorithm": "SHA1", "checksumValue": "ab" }],
            "externalRefs": [
                { "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/left@1.2.3" },
                { "referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:left:left:1.2.3:*:*:*:*:*:*:*" },
            ],
        }],
        "relationships": [{ "spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-DOCUMENT" }],
    });
    for document in [cyclonedx, spdx] {
        world.write("other.json", document.to_string());
        let ended = world.run(["bom", "merge", "other.json", "--name", "all", "--timestamp", "0"]).ends_with(0);
        assert_eq!(ended.err, "");
        let merged = ended.json();
        let left = component(&merged, "left");
        let fields =
            (&left["purl"], &left["version"], &left["licenses"][0]["license"]["id"], &left["hashes"][0]["content"]);
        assert_eq!(fields, (&"pkg:npm/left@1.2.3".into(), &"1.2.3".into(), &"MIT".into(), &digits.as_str().into()));
        assert_eq!(
            (&left["hashes"][1]["content"], &left["cpe"]),
            (&"ab".into(), &"cpe:2.3:a:left:left:1.2.3:*:*:*:*:*:*:*".into())
        );
        let edges = merged["dependencies"].as_array().expect("an array");
        assert!(edges.iter().any(|edge| edge["dependsOn"] == json!([left["bom-ref"]])), "{edges:?}");
    }
}

#[test]
fn things_that_two_documents_call_alike_stay_two() {
    let world = World::new();
    let document = |system: &str, name: &str| {
        json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6",
            "metadata": { "component": { "type": "application", "name": system, "bom-ref": system } },
            "components": [{ "type": "library", "bom-ref": "a", "name": name, "purl": format!("pkg:npm/{name}@1.0.0") }],
            "dependencies": [{ "ref": system, "dependsOn": ["a"] }],
        })
        .to_string()
    };
    let merged = |second: &str| {
        world.write("one.json", document("one", "left"));
        world.write("two.json", document("two", second));
        world.run(["bom", "merge", "one.json", "two.json", "--name", "all", "--timestamp", "0"]).ends_with(0).json()
    };
    let both = merged("right");
    assert_eq!(
        (&component(&both, "left")["bom-ref"], &component(&both, "right")["bom-ref"]),
        (&"a".into(), &"1:a".into())
    );
    let edges = both["dependencies"].as_array().expect("an array").iter();
    let two = edges.clone().find(|edge| edge["ref"] == "two").expect("has edges");
    assert_eq!(two["dependsOn"], json!(["1:a"]));
    let libraries = |document: &Value| {
        document["components"].as_array().expect("an array").iter().filter(|one| one["type"] == "library").count()
    };
    assert_eq!((libraries(&both), libraries(&merged("left"))), (2, 1));
}

#[test]
fn a_document_that_lost_something_is_refused_by_verify_and_named() {
    let world = World::new();
    let read = |text: &str| -> Ended {
        world.write("bad.json", text);
        world.run(["bom", "verify", "bad.json"])
    };
    read(r#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"file","name":"x","bom-ref":"x"}},"dependencies":[{"ref":"x","dependsOn":["ghost"]}]}"#)
        .ends_with(1)
        .says("a relation leads to `ghost`");
    read(r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"spaceship","name":"x"}]}"#)
        .ends_with(1)
        .says("unknown type `spaceship`");
    read(r#"{"bomFormat":"CycloneDX","specVersion":"9.9"}"#).ends_with(1).says("CycloneDX 9.9 is not read");
    read(r#"{"bomFormat":"CycloneDX","bomFormat":"x","specVersion":"1.6"}"#).ends_with(1).says("REFUSED");
    read(r#"{"a":1}"#).ends_with(1).says("neither CycloneDX nor SPDX");
    read(&format!("{}1{}", "[".repeat(5000), "]".repeat(5000))).ends_with(1).says("REFUSED");
    read("\u{feff}{").ends_with(1).says("REFUSED");
    let cycle = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"application","name":"x","bom-ref":"x"}},"components":[{"type":"library","name":"y","bom-ref":"y"}],"dependencies":[{"ref":"x","dependsOn":["y"]},{"ref":"y","dependsOn":["x","y"]}]}"#;
    read(cycle).ends_with(0);
}
