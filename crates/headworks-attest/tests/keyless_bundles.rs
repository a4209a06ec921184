//! Keyless bundles as npm, GitHub, conda and past model-signing releases wrote them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use headworks_attest::encoding::from_hex;
use headworks_attest::keyless::{self, Authenticated, Identity, KeylessError, Part, Subject, TrustedRoot};
use headworks_attest::provenance::{Document, Predicate, documents};
use headworks_attest::{Statement, StatementError};
use headworks_types::Digest;

const NOW_MS: i64 = 1_787_000_000_000;
const ACTIONS: &str = "https://token.actions.githubusercontent.com";

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("vectors/", $name, ".sigstore.json")).as_slice()
    };
}

/// What the bundle says it is about, which is what an honest caller would have computed.
fn sha256(hex: &str) -> Subject<'static> {
    Subject::Sha256(format!("sha256:{hex}").parse::<Digest>().unwrap())
}

fn sha512(hex: &str) -> Subject<'static> {
    Subject::Sha512(from_hex(hex).unwrap().try_into().unwrap())
}

const NPM: &str = "46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1e0937813b777fb66a2ac67d50540fe34640966eee9fc2ccca387082b4c85cd3c";
const CONDA: &str = "54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f";
const RELEASE: &str = "76f1fe8593bf227cca2c089e3c16dc95014a8d3e89c5dd220530469ca043c428";
const TWO: &str = "bbfd372fc9beeb777fe35d05bb10c0c70a9733d366a75fed7dd18866c7391de3ee7e88ba74dd47abf3e15c845e547fcf0e5c3da80854c751554224d3a6d4e55f";

fn production(bundle: &[u8], subject: Subject<'_>) -> Result<Authenticated, KeylessError> {
    keyless::authenticate(bundle, subject, &TrustedRoot::production().unwrap(), NOW_MS)
}

#[test]
fn an_npm_provenance_statement_is_verified_with_the_claims_of_its_build() {
    let found = production(vector!("keyless/npm-provenance"), sha512(NPM)).unwrap();
    let claims = &found.signer.claims;
    assert_eq!(claims.source_repository.as_deref(), Some("https://github.com/sigstore/sigstore-js"));
    assert_eq!(claims.source_repository_owner_id.as_deref(), Some("71096353"));
    assert!(found.signed.logged && found.signed.integrated_time_ms.is_some());
    assert_eq!(found.signed.statement.as_ref().unwrap().predicate_type, "https://slsa.dev/provenance/v1");
    let name = "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/*";
    assert!(found.expect(&Identity::new(name, ACTIONS).unwrap()).is_ok());
    assert!(production(vector!("keyless/npm-provenance"), sha512(&NPM.replace('4', "5"))).is_err());
}

#[test]
fn a_publish_attestation_of_conda_is_verified() {
    let found = production(vector!("keyless/conda"), sha256(CONDA)).unwrap();
    let wanted = "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main";
    assert_eq!(found.signer.san.as_str(), wanted);
}

#[test]
fn only_githubs_own_root_does_without_a_public_log() {
    let bundle = vector!("keyless/github-private");
    let github = keyless::authenticate(bundle, sha256(RELEASE), &TrustedRoot::github().unwrap(), NOW_MS).unwrap();
    let wanted = Identity::new("https://dotcom.releases.github.com", keyless::GITHUB_AUTHORITY).unwrap();
    assert!(wanted.admits(&github.signer), "{}", github.signer);
    assert!(!github.signed.logged && !github.signed.times_ms.is_empty());
    assert!(production(bundle, sha256(RELEASE)).is_err());
    let elsewhere =
        keyless::authenticate(vector!("keyless/npm-provenance"), sha512(NPM), &TrustedRoot::github().unwrap(), NOW_MS);
    assert!(elsewhere.is_err());
}

#[test]
fn a_second_signature_a_missing_log_entry_and_a_missing_time_are_refused() {
    assert!(production(vector!("keyless/two-signatures"), sha512(TWO)).is_err());
    for bundle in [
        vector!("keyless/no-log-entry"),
        vector!("keyless/no-signed-time"),
        vector!("keyless/cve-2022-36056"),
        vector!("keyless/othername"),
    ] {
        assert!(production(bundle, Subject::Bytes(b"")).is_err());
    }
}

#[test]
fn a_statement_with_equal_keys_is_refused_before_anything_is_verified() {
    let text = std::str::from_utf8(vector!("keyless/conda")).unwrap();
    let mut bundle: serde_json::Value = serde_json::from_str(text).unwrap();
    let twice = br#"{"_type":"https://in-toto.io/Statement/v1","_type":"x"}"#;
    bundle["dsseEnvelope"]["payload"] = headworks_attest::encoding::to_base64(twice).into();
    let result = production(bundle.to_string().as_bytes(), sha256(CONDA));
    assert!(matches!(result, Err(KeylessError::Malformed(_))), "{result:?}");
    bundle["dsseEnvelope"]["payload"] = headworks_attest::encoding::to_base64(b"{}").into();
    let result = production(bundle.to_string().as_bytes(), sha256(CONDA));
    assert!(matches!(result, Err(KeylessError::Statement(StatementError::Malformed(_)))), "{result:?}");
}

/// The digest of a model's resources is the subject, so it is what has to be given.
fn root_of(bundle: &[u8]) -> Option<String> {
    let bundle: serde_json::Value = serde_json::from_slice(bundle).unwrap();
    let payload = headworks_attest::encoding::from_base64(bundle["dsseEnvelope"]["payload"].as_str()?)?;
    Statement::from_json(&payload).ok()?.subject.first()?.digest.get("sha256").cloned()
}

#[test]
fn keyless_model_signatures_of_past_releases_are_verified() {
    let wanted = Identity::new("stefanb@us.ibm.com", "https://sigstore.verify.ibm.com/oauth2").unwrap();
    for bundle in [
        vector!("oms-keyless/v0.3.1"),
        vector!("oms-keyless/v1.0.0"),
        vector!("oms-keyless/v1.0.1"),
        vector!("oms-keyless/v1.1.0"),
    ] {
        let found = production(bundle, sha256(&root_of(bundle).unwrap())).unwrap();
        assert!(found.clone().expect(&wanted).is_ok(), "{}", found.signer);
        assert!(matches!(
            production(bundle, sha256(&"00".repeat(32))),
            Err(KeylessError::Refused { part: Part::Artifact, .. })
        ));
    }
}

/// The attestation of a registry that takes bundles apart (PEP 740), put together again.
#[test]
fn an_attestation_in_the_form_of_pypi_is_verified() {
    let bundle: serde_json::Value = serde_json::from_slice(vector!("keyless/conda")).unwrap();
    let attestation = serde_json::json!({
        "version": 1,
        "verification_material": {
            "certificate": bundle["verificationMaterial"]["certificate"]["rawBytes"],
            "transparency_entries": bundle["verificationMaterial"]["tlogEntries"],
        },
        "envelope": {
            "statement": bundle["dsseEnvelope"]["payload"],
            "signature": bundle["dsseEnvelope"]["signatures"][0]["sig"],
        },
    });
    let found = documents(attestation.to_string().as_bytes()).unwrap();
    let [Document::Bundle(again)] = found.as_slice() else { panic!("one bundle, not {found:?}") };
    assert!(production(again, sha256(CONDA)).is_ok());
    assert!(production(again, sha256(&"00".repeat(32))).is_err());
}

#[test]
fn what_registries_say_is_read_from_their_own_bundles() {
    let npm = production(vector!("keyless/npm-provenance"), sha512(NPM)).unwrap().signed.statement.unwrap();
    let Predicate::Provenance(provenance) = Predicate::of(&npm).unwrap() else { panic!("provenance") };
    let source = provenance.source.unwrap();
    assert_eq!(source.repository, "https://github.com/sigstore/sigstore-js");
    assert_eq!(source.commit.as_deref(), Some("f0b49a04e5a62250e0f60fb128004a73110fe311"));
    let github = keyless::authenticate(
        vector!("keyless/github-private"),
        sha256(RELEASE),
        &TrustedRoot::github().unwrap(),
        NOW_MS,
    );
    let statement = github.unwrap().signed.statement.unwrap();
    let Predicate::Release(release) = Predicate::of(&statement).unwrap() else { panic!("a release") };
    assert_eq!(release.purl, "pkg:github/jdx/communique@v0.1.9");
}
