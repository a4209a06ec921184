//! The trust store as people keep it: who may sign what, and who no longer.

use crate::attest::{sign, world};
use crate::run::{Ended, World};

const NAME: &str = "pkg:huggingface/acme/bert";

fn add(world: &World, more: &[&str]) -> Ended {
    let words = ["trust", "add", "key", "acme", "--public-key", "pub.pem", "--trust", "trust.toml"];
    world.run([&words, more].concat())
}

fn enrolled() -> World {
    let world = world();
    sign(&world, &[]).ends_with(0);
    add(&world, &["--role", "evaluation", "--signs", "pkg:huggingface/acme/*"]).ends_with(0).says("+ acme  sha256:");
    world
}

fn verify(world: &World, name: &str, more: &[&str]) -> Ended {
    let words = ["attest", "verify", "signed.json", "--artifact", "weights.bin", "--by-trust-store", "--name", name];
    world.run([&words, ["--trust", "trust.toml"].as_slice(), more].concat())
}

/// The digest of the enrolled key, as the list shows it.
fn key(world: &World) -> String {
    let listed = world.run(["trust", "list", "--trust", "trust.toml", "--format", "json"]).ends_with(0).json();
    assert_eq!(listed["schema"], "headworks/trust/v1");
    listed["key"][0]["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn an_enrolled_key_signs_artifacts_of_its_names_in_its_roles() {
    let world = enrolled();
    verify(&world, NAME, &[]).ends_with(0).says("verified");
    verify(&world, "pkg:huggingface/other/bert", &[]).ends_with(1).says("may not sign this");
}

#[test]
fn a_key_that_is_enrolled_in_another_role_may_not_say_it() {
    let world = world();
    sign(&world, &[]).ends_with(0);
    add(&world, &["--role", "provenance", "--signs", "pkg:huggingface/acme/*"]).ends_with(0);
    verify(&world, NAME, &[]).ends_with(1).says("may not sign this");
}

#[test]
fn a_revoked_key_is_refused() {
    let world = enrolled();
    let digest = key(&world);
    let words = ["trust", "revoke", "--trust", "trust.toml", "--key", &digest, "--since", "2026-01-01"];
    world.run([&words, ["--reason", "stolen"].as_slice()].concat()).ends_with(0).says("- revoked since 2026-01-01");
    verify(&world, NAME, &[]).ends_with(1).says("revoked since 2026-01-01T00:00:00Z: stolen");
}

#[test]
fn a_key_out_of_its_window_is_refused() {
    let world = world();
    sign(&world, &[]).ends_with(0);
    add(&world, &["--role", "evaluation", "--signs", "pkg:huggingface/**", "--until", "2020-01-01"]).ends_with(0);
    verify(&world, NAME, &[]).ends_with(1).says("not within the time");
    add(&world, &["--from", "2020-01-01"]).ends_with(0);
    verify(&world, NAME, &[]).ends_with(0);
}

#[test]
fn a_store_that_was_not_reviewed_holds_until_it_is() {
    let world = enrolled();
    let text = std::fs::read_to_string(world.folder().join("trust.toml")).expect("reads");
    world.write("trust.toml", text.replacen("version = 1", "version = 1\nstale_after_days = 7", 1));
    verify(&world, NAME, &[]).ends_with(4).says("HELD").says("never reviewed");
    world.run(["trust", "review", "--trust", "trust.toml"]).ends_with(0);
    verify(&world, NAME, &[]).ends_with(0);
}

#[test]
fn each_change_is_a_version_and_the_one_before_stays() {
    let world = enrolled();
    let first = std::fs::read(world.folder().join("trust.toml")).expect("reads");
    world.run(["trust", "review", "--trust", "trust.toml"]).ends_with(0);
    assert_eq!(std::fs::read(world.folder().join("trust.v1.toml")).expect("reads"), first);
    let text = world.run(["trust", "export", "--trust", "trust.toml"]).ends_with(0).out;
    assert!(text.contains("version = 2") && text.contains("previous = \"sha256:"), "{text}");
}

#[test]
fn a_change_during_another_and_a_new_publisher_without_names_are_refused() {
    let world = enrolled();
    let staged = world.write("trust.toml.new", "");
    let ended = world.run(["trust", "review", "--trust", "trust.toml"]).ends_with(2);
    assert!(ended.err.contains("hint: another change may be under way"), "{}", ended.err);
    std::fs::remove_file(staged).expect("removes");
    world.run(["trust", "review", "--trust", "trust.toml"]).ends_with(0);
    let words = ["trust", "add", "key", "new", "--public-key", "pub.pem", "--trust", "trust.toml"];
    assert!(world.run(words).ends_with(2).err.contains("hint: add --role"));
}

#[test]
fn a_store_with_a_mistake_lets_nobody_sign() {
    let world = enrolled();
    let text = std::fs::read_to_string(world.folder().join("trust.toml")).expect("reads");
    world.write("trust.toml", text.replacen("roles", "rolls", 1));
    verify(&world, NAME, &[]).ends_with(2);
    std::fs::remove_file(world.folder().join("trust.toml")).expect("removes");
    verify(&world, NAME, &[]).ends_with(2);
    world.run(["trust", "list", "--trust", "trust.toml"]).ends_with(3);
}

#[test]
fn an_identity_is_enrolled_with_its_issuer() {
    let world = world();
    let words = ["trust", "add", "identity", "acme", "--trust", "trust.toml", "--role", "models", "--signs", "a/*"];
    let who = ["--identity", "ann@acme.invalid", "--issuer", "https://issuer.invalid"];
    world.run([&words, who.as_slice()].concat()).ends_with(0);
    world
        .run(["trust", "list", "--trust", "trust.toml"])
        .ends_with(0)
        .says("identity ann@acme.invalid of https://issuer.invalid");
    world.run([&words, ["--identity", "*", "--issuer", "https://issuer.invalid"].as_slice()].concat()).ends_with(2);
    world.run([&words, ["--identity", "ann@acme.invalid"].as_slice()].concat()).ends_with(2);
}

#[test]
fn a_pin_is_set_once_and_replaced_only_on_purpose() {
    let world = enrolled();
    let pin = |publisher: &str, more: &[&str]| {
        world.run([&["trust", "pin", NAME, publisher, "--trust", "trust.toml"], more].concat())
    };
    add(&world, &[]).ends_with(0);
    let words = ["trust", "add", "key", "globex", "--public-key", "pub.pem", "--trust", "trust.toml"];
    world.run([&words, ["--role", "models", "--signs", "pkg:huggingface/**"].as_slice()].concat()).ends_with(0);
    pin("nobody", &[]).ends_with(2);
    pin("acme", &[]).ends_with(0).says("is signed by `acme`");
    pin("acme", &[]).ends_with(0).says("already");
    assert!(pin("globex", &[]).ends_with(2).err.contains("hint: find out who has the name now"));
    pin("globex", &["--replace"]).ends_with(0);
    let listed = world.run(["trust", "list", "--trust", "trust.toml"]).ends_with(0).out;
    assert!(listed.contains(&format!("pinned  {NAME} to globex")) && !listed.contains("to acme since"), "{listed}");
}
