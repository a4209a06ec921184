//! Everything that reads signatures, statements, certificates, trust stores and logs. The first byte picks the reader.
//!
//! Beside not panicking: what was read and is written again must be read as the same.

#![no_main]

use headworks_attest::certificate::find_path;
use headworks_attest::log::{Checkpoint, Leaf, Note, Receipt, VerifierKey};
use headworks_attest::oms::{Manifest, Signature};
use headworks_attest::provenance::{Predicate, documents};
use headworks_attest::trust::TrustStore;
use headworks_attest::{Bundle, Certificate, PublicKey, SigningKey, Statement};
use libfuzzer_sys::fuzz_target;

/// 2030-01-01.
const NOW: u64 = 1_893_456_000;

fuzz_target!(|input: &[u8]| {
    let Some((reader, bytes)) = input.split_first() else { return };
    match reader % 10 {
        0 => bundle(bytes),
        1 => manifest(bytes),
        2 => drop(Statement::from_json(bytes).map(|statement| Predicate::of(&statement))),
        3 => drop(documents(bytes)),
        4 => certificates(bytes),
        5 => drop((PublicKey::from_pem(bytes), PublicKey::from_der(bytes), SigningKey::from_pem(bytes, Some("x")))),
        6 => drop(std::str::from_utf8(bytes).map(TrustStore::parse)),
        7 => note(bytes),
        8 => drop((Receipt::parse(bytes), Leaf::parse(bytes))),
        _ => drop(std::str::from_utf8(bytes).map(|text| (Checkpoint::parse(text), text.parse::<VerifierKey>()))),
    }
});

fn bundle(bytes: &[u8]) {
    let Ok(bundle) = Bundle::from_json(bytes) else { return };
    let again = Bundle { log_entries: 0, timestamps: Vec::new(), ..bundle };
    assert_eq!(Bundle::from_json(&again.to_json()).expect("what is written is read"), again);
    let Ok(signature) = Signature::read(bytes, true) else { return };
    drop(signature.manifest_unverified());
    assert!(signature.verify_certificate(&[], &[], NOW).is_err(), "without a root nothing is verified");
}

fn manifest(bytes: &[u8]) {
    let Ok(manifest) = Manifest::from_payload(bytes, false) else { return };
    let again = Manifest::from_payload(&manifest.statement().to_json(), false).expect("what is written is read");
    assert_eq!(again, manifest);
}

fn certificates(bytes: &[u8]) {
    let chain: Vec<Certificate> = match Certificate::all_from_pem(bytes) {
        Ok(chain) => chain,
        Err(_) => Certificate::from_der(bytes, 0).into_iter().collect(),
    };
    assert!(find_path(&chain, &[], NOW).is_err(), "without a root there is no path");
    drop(find_path(&chain, &chain, NOW));
}

fn note(bytes: &[u8]) {
    let Ok(note) = Note::parse(bytes) else { return };
    assert_eq!(Note::parse(note.to_string().as_bytes()).expect("what is written is read"), note);
}
