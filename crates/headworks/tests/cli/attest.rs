//! Statements: what one signs another verifies about that artifact, of that type, and nothing else.

use std::path::{Path, PathBuf};

use headworks_attest::{Scheme, SigningKey};

use crate::run::{Ended, World};

const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
const PASSED: &str = r#"{"result":"PASSED","configuration":[]}"#;

/// A world with an artifact, a predicate and a key pair.
pub(crate) fn world() -> World {
    let world = World::new();
    world.write("weights.bin", "weights");
    world.write("result.json", PASSED);
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    world.write("key.pem", key.to_pem().expect("writes"));
    world.write("pub.pem", key.public().expect("a public key").to_pem());
    world
}

pub(crate) fn sign(world: &World, more: &[&str]) -> Ended {
    let words = ["attest", "sign", "--predicate", "result.json", "--type", TEST_RESULT, "--subject", "weights.bin"];
    world.run([&words, ["--private-key", "key.pem", "--output", "signed.json"].as_slice(), more].concat())
}

fn verify(world: &World, more: &[&str]) -> Ended {
    let words = ["attest", "verify", "signed.json", "--artifact", "weights.bin", "--public-key", "pub.pem"];
    world.run([&words, more].concat())
}

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../headworks-attest/tests/vectors").join(name)
}

#[test]
fn a_signed_statement_verifies_in_either_form() {
    let world = world();
    for form in ["bundle", "envelope"] {
        sign(&world, &["--form", form]).ends_with(0);
        verify(&world, &[]).ends_with(0).says("verified").says(TEST_RESULT).says("signed by the key sha256:");
        let answer = verify(&world, &["--format", "json", "--type", TEST_RESULT]).ends_with(0).json();
        assert_eq!(answer["schema"], "headworks/attestations/v1");
        assert_eq!(answer["verified"], true);
        assert_eq!(answer["attestations"][0]["says"]["fields"]["result"], "PASSED");
    }
}

#[test]
fn another_artifact_key_or_type_is_refused() {
    let world = world();
    sign(&world, &[]).ends_with(0);
    let with = |artifact: &str, key: &str| {
        world.run(["attest", "verify", "signed.json", "--artifact", artifact, "--public-key", key])
    };
    world.write("other.bin", "other");
    let other = SigningKey::generate(Scheme::EcdsaP256).expect("a key").public().expect("a public key");
    world.write("other.pem", other.to_pem());
    with("weights.bin", "pub.pem").ends_with(0);
    with("other.bin", "pub.pem").ends_with(1).says("another artifact");
    with("weights.bin", "other.pem").ends_with(1).says("REFUSED");
    verify(&world, &["--type", "https://slsa.dev/provenance/v1"]).ends_with(1).says("passed over");
}

#[test]
fn a_statement_that_contradicts_itself_is_neither_signed_nor_verified() {
    let world = world();
    world.write("result.json", r#"{"result":"PASSED","configuration":[],"failedTests":["safety"]}"#);
    let refused = sign(&world, &[]).ends_with(2);
    assert!(refused.err.contains("contradicts itself"), "{}", refused.err);
    let words =
        ["attest", "sign", "--predicate", "result.json", "--subject", "weights.bin", "--private-key", "key.pem"];
    world
        .run([&words, ["--type", "https://example.invalid/v1", "--output", "signed.json"].as_slice()].concat())
        .ends_with(0);
    verify(&world, &[]).ends_with(0);
}

#[test]
fn a_keyless_bundle_verifies_for_its_identity_only() {
    let world = World::new();
    let (bundle, artifact) =
        (vector("sigstore-conformance/happy-path-v0.3/bundle.sigstore.json"), vector("sigstore-conformance/a.txt"));
    let (bundle, artifact) = (bundle.to_str().expect("UTF-8"), artifact.to_str().expect("UTF-8"));
    let workflow = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml";
    let verify = |identity: &str, issuer: &str| {
        let words = ["attest", "verify", bundle, "--artifact", artifact, "--certificate-identity", identity];
        world.run([&words, ["--certificate-oidc-issuer", issuer].as_slice()].concat())
    };
    let actions = "https://token.actions.githubusercontent.com";
    verify(&format!("{workflow}@refs/heads/main"), actions).ends_with(0).says("shown by a log");
    verify(&format!("{workflow}@refs/heads/*"), actions).ends_with(0);
    verify(&format!("{workflow}@refs/tags/*"), actions).ends_with(1).says("not by");
    verify(&format!("{workflow}@refs/heads/main"), "https://accounts.google.com").ends_with(1).says("not by");
    verify("https://github.com/*", actions).ends_with(2);
}

#[test]
fn an_npm_statement_about_a_package_is_verified_by_its_sha512() {
    let world = World::new();
    let bundle = vector("keyless/npm-provenance.sigstore.json");
    let digest = "sha512:46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1e0937813b777fb66a2ac67d50540fe34640966eee9fc2ccca387082b4c85cd3c";
    let verify = |digest: &str, kind: &str| {
        let words = ["attest", "verify", bundle.to_str().expect("UTF-8"), "--artifact", digest, "--type", kind];
        let who = [
            "--certificate-identity",
            "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main",
            "--certificate-oidc-issuer",
            "https://token.actions.githubusercontent.com",
        ];
        world.run([&words, who.as_slice(), &["--format", "json"]].concat())
    };
    let answer = verify(digest, "https://slsa.dev/provenance/v1").ends_with(0).json();
    let source = &answer["attestations"][0]["says"]["fields"]["source"];
    assert_eq!(source["commit"], "f0b49a04e5a62250e0f60fb128004a73110fe311");
    verify(&digest.replace("sha512:46", "sha512:47"), "https://slsa.dev/provenance/v1").ends_with(1);
    verify(digest, "https://slsa.dev/provenance/v0.2").ends_with(1);
}

#[test]
fn a_stripped_log_entry_or_garbage_never_verifies() {
    let world = world();
    for text in ["", "{}", "[]", "{\"payloadType\":1}", "{\"verificationMaterial\":{}}"] {
        world.write("signed.json", text);
        let ended = verify(&world, &[]);
        assert!([1, 2].contains(&ended.code), "{text}: {}", ended.code);
    }
    let bundle =
        std::fs::read_to_string(vector("sigstore-conformance/happy-path-v0.3/bundle.sigstore.json")).expect("reads");
    let mut bundle: serde_json::Value = serde_json::from_str(&bundle).expect("JSON");
    bundle["verificationMaterial"]["tlogEntries"] = serde_json::json!([]);
    world.write("signed.json", bundle.to_string());
    verify(&world, &[]).ends_with(1).says("not signed by a key");
}

#[test]
fn showing_a_statement_says_that_it_is_not_verified() {
    let world = world();
    sign(&world, &[]).ends_with(0);
    world.run(["attest", "show", "signed.json"]).ends_with(0).says("NOT VERIFIED").says("PASSED");
    let answer = world.run(["attest", "show", "signed.json", "--format", "json"]).ends_with(0).json();
    assert_eq!((&answer["verified"], &answer["statements"][0]["predicateType"]), (&false.into(), &TEST_RESULT.into()));
}
