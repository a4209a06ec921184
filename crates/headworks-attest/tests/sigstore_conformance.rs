//! Every public conformance bundle ends as its folder's name says; see vectors/sigstore-conformance/README.md.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use headworks_attest::PublicKey;
use headworks_attest::keyless::{self, Identity, KeylessError, Subject, TrustedRoot};
use headworks_types::Digest;

/// When the vectors were taken; fixed, so that the answers stay.
const NOW_MS: i64 = 1_787_000_000_000;

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A change to a bundle.
type Edit = fn(&mut serde_json::Value);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/sigstore-conformance")
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<_> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn optional(case: &Path, name: &str) -> Option<Vec<u8>> {
    fs::read(case.join(name)).ok()
}

fn text(case: &Path, name: &str, default: &str) -> String {
    optional(case, name).map_or_else(|| default.to_owned(), |bytes| String::from_utf8(bytes).unwrap().trim().to_owned())
}

fn verify(case: &Path, subject: Subject<'_>) -> Result<(), Box<dyn Error>> {
    let bundle = fs::read(case.join("bundle.sigstore.json")).unwrap();
    let root = match optional(case, "trusted_root.json") {
        Some(json) => TrustedRoot::from_json(&json)?,
        None => TrustedRoot::production()?,
    };
    if let Some(pem) = optional(case, "key.pub") {
        let key = PublicKey::from_pem(&pem)?;
        return Ok(keyless::verify_key(&bundle, subject, &key, &root, NOW_MS).map(drop)?);
    }
    let identity = Identity::new(&text(case, "identity", IDENTITY), &text(case, "issuer", ISSUER)).unwrap();
    Ok(keyless::verify(&bundle, subject, &identity, &root, NOW_MS).map(drop)?)
}

#[test]
fn every_bundle_is_verified_or_refused_as_its_folder_says() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let artifact = optional(case, "artifact").unwrap_or_else(|| fs::read(folder().join("a.txt")).unwrap());
        for subject in [Subject::Bytes(&artifact), Subject::Sha256(Digest::of(&artifact))] {
            let result = verify(case, subject);
            if result.is_ok() == name.ends_with("_fail") {
                wrong.push(format!("{name}: {result:?}"));
            }
        }
    }
    assert_eq!(cases.len(), 70);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_bundle_is_verified_for_another_artifact_identity_or_issuer() {
    let other = Identity::new(&IDENTITY.replace("/main", "/other"), ISSUER).unwrap();
    let elsewhere = Identity::new(IDENTITY, "https://accounts.google.com").unwrap();
    let honest = cases().into_iter().filter(|case| !case.to_str().unwrap().ends_with("_fail"));
    for case in honest.filter(|case| !case.join("key.pub").exists()) {
        let artifact = optional(&case, "artifact").unwrap_or_else(|| fs::read(folder().join("a.txt")).unwrap());
        assert!(verify(&case, Subject::Bytes(b"another artifact")).is_err(), "{}", case.display());
        let bundle = fs::read(case.join("bundle.sigstore.json")).unwrap();
        let root = optional(&case, "trusted_root.json")
            .map_or_else(TrustedRoot::production, |json| TrustedRoot::from_json(&json))
            .unwrap();
        for wanted in [&other, &elsewhere] {
            let result = keyless::verify(&bundle, Subject::Bytes(&artifact), wanted, &root, NOW_MS);
            assert!(matches!(result, Err(KeylessError::Identity { .. })), "{}: {result:?}", case.display());
        }
    }
}

#[test]
fn a_time_after_the_present_is_refused() {
    let case = folder().join("happy-path-v0.3");
    let (bundle, artifact) =
        (fs::read(case.join("bundle.sigstore.json")).unwrap(), fs::read(folder().join("a.txt")).unwrap());
    let (root, identity) = (TrustedRoot::production().unwrap(), Identity::new(IDENTITY, ISSUER).unwrap());
    let at = |now_ms| keyless::verify(&bundle, Subject::Bytes(&artifact), &identity, &root, now_ms);
    let time_ms = at(NOW_MS).unwrap().signed.integrated_time_ms.unwrap();
    assert!(at(time_ms).is_ok());
    assert!(matches!(at(time_ms - 1), Err(KeylessError::FromTheFuture { .. })));
}

/// Bundles whose JSON has two meanings, or more of something than is looked at.
#[test]
fn ambiguous_and_oversized_bundles_are_refused() {
    let case = folder().join("happy-path-v0.3");
    let (text, artifact) =
        (fs::read_to_string(case.join("bundle.sigstore.json")).unwrap(), fs::read(folder().join("a.txt")).unwrap());
    let (root, identity) = (TrustedRoot::production().unwrap(), Identity::new(IDENTITY, ISSUER).unwrap());
    let result = |text: &str| keyless::verify(text.as_bytes(), Subject::Bytes(&artifact), &identity, &root, NOW_MS);
    assert!(result(&text).is_ok());
    let edits: [(&str, Edit); 4] = [
        ("two contents", |b| b["dsseEnvelope"] = serde_json::json!({ "payload": "" })),
        ("two materials", |b| b["verificationMaterial"]["publicKey"] = serde_json::json!({ "hint": "" })),
        ("many entries", |b| {
            let entry = b["verificationMaterial"]["tlogEntries"][0].clone();
            b["verificationMaterial"]["tlogEntries"] = vec![entry; 17].into();
        }),
        ("a long proof", |b| {
            b["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"] = vec!["AA=="; 64].into();
        }),
    ];
    for (what, edit) in edits {
        let mut bundle: serde_json::Value = serde_json::from_str(&text).unwrap();
        edit(&mut bundle);
        let result = result(&bundle.to_string());
        assert!(matches!(result, Err(KeylessError::TooMany { .. } | KeylessError::Field { .. })), "{what}: {result:?}");
    }
    let twice = text.replacen('{', r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","#, 1);
    assert!(matches!(result(&twice), Err(KeylessError::Malformed(_))));
    assert!(matches!(result(&format!("{text} {{}}")), Err(KeylessError::Malformed(_))));
    assert!(result("{}").is_err() && result("").is_err());
}
