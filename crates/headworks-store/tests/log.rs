//! The evidence log through the store: appended, found, proven, audited, rebuilt, and damaged on purpose.

use std::fs;
use std::path::{Path, PathBuf};

use headworks_attest::log::{Receipt, SignatureKind, VerifierKey};
use headworks_attest::{Envelope, ResourceDescriptor, Scheme, SigningKey, Statement};
use headworks_store::log::{Log, LogError, Tree, Witness, WitnessError};
use headworks_store::{Options, Store, StoreError};
use headworks_types::{
    Artifact, ArtifactKind, Digest, Examination, FileEntry, History, Inputs, Outcome, Record, Requirement, Verdict,
};
use tempfile::TempDir;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(work)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("temporary folder")
}

fn record(number: i64) -> Record {
    let content = Digest::of(&number.to_be_bytes());
    let files = vec![FileEntry { path: "model.pkl".into(), bytes: 8, digest: Some(content) }];
    let requirement = Requirement {
        control: "HW-SER-02".into(),
        title: String::new(),
        outcome: if number % 2 == 0 { Outcome::Pass } else { Outcome::Fail },
        mandatory: true,
        reasons: Vec::new(),
        solution: String::new(),
        findings: Vec::new(),
        waiver: None,
    };
    let digest = headworks_types::artifact::tree_digest(&files);
    let artifact = Artifact {
        name: format!("model {number}"),
        kind: ArtifactKind::File,
        digest,
        bytes: 8,
        files,
        excluded: Vec::new(),
    };
    Record {
        schema: headworks_types::record::SCHEMA.into(),
        verdict: Verdict::decide("minimal".into(), vec![requirement]),
        examination: Examination {
            artifact,
            findings: Vec::new(),
            coverage: Vec::new(),
            facts: Vec::new(),
            attestations: Vec::new(),
            provenance: Vec::new(),
            vulnerabilities: None,
            history: History::default(),
        },
        inputs: Inputs {
            engine: "0.1.0".into(),
            rules: content,
            policy: content,
            limits: content,
            decided_at_ms: 1_700_000_000_000 + number,
        },
    }
}

fn envelope(key: &SigningKey, number: u32) -> Envelope {
    let subject = ResourceDescriptor::sha256("thing", Digest::of(&number.to_be_bytes()).hex());
    let statement = Statement::new(vec![subject], "https://headworks.example/test/v1", number.into());
    statement.sign(key).expect("signs")
}

fn envelopes(numbers: std::ops::Range<u32>) -> Vec<Envelope> {
    let key = SigningKey::generate(Scheme::Ed25519).expect("a key");
    numbers.map(|number| envelope(&key, number)).collect()
}

async fn filled(root: &Path, entries: u32) -> Store {
    let store = Store::open(root).await.expect("opens");
    store.log().append(&envelopes(0..entries)).await.expect("appends");
    store
}

async fn faults(root: &Path) -> Vec<String> {
    let store = Store::open(root).await.expect("opens");
    store.log().audit().await.expect("audits").faults.iter().map(ToString::to_string).collect()
}

/// Changes one byte in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("writes");
}

fn content(root: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    root.join("content").join(&hex[..2]).join(&hex[2..])
}

#[test]
fn what_was_appended_is_found_proven_and_there_again_after_opening() {
    run(async {
        let root = folder();
        let store = filled(root.path(), 700).await;
        let subject = Digest::of(&300_u32.to_be_bytes());
        let found = store.log().find(&subject).await.expect("finds");
        assert_eq!(found.iter().map(|entry| entry.index).collect::<Vec<_>>(), [300]);
        let again = Store::open(root.path()).await.expect("opens");
        assert_eq!(again.log().entry(300).expect("reads"), found[0]);
        assert_eq!(again.log().entries(690).expect("reads").count(), 10);
        assert_eq!(again.log().entry_of(&found[0].leaf.envelope).await.expect("finds"), Some(found[0].clone()));
        let statement = Statement::from_json(again.log().envelope(&found[0]).expect("reads").payload_unverified());
        assert_eq!(statement.expect("is one").predicate, 300);
        assert!(matches!(again.log().entry(700), Err(LogError::NoEntry { .. })));
        assert!(faults(root.path()).await.is_empty());
    });
}

#[test]
fn a_receipt_verifies_without_the_log_and_not_for_another_log_or_entry() {
    run(async {
        let (root, other) = (folder(), folder());
        let (store, other) = (filled(root.path(), 300).await, filled(other.path(), 300).await);
        for index in [0, 255, 256, 299] {
            let text = store.log().receipt(index).expect("proves").to_string();
            let receipt = Receipt::parse(text.as_bytes()).expect("reads");
            let (entry, checkpoint) = receipt.verify(store.log().verifier()).expect("holds");
            assert_eq!((entry, checkpoint.size), (&store.log().entry(index).expect("reads").leaf.to_json()[..], 300));
            assert!(receipt.verify(other.log().verifier()).is_err());
            let wrong = store.log().entry((index + 1) % 300).expect("reads").leaf.to_json();
            assert!(receipt.verify_entry(&wrong, store.log().verifier()).is_err());
        }
    });
}

#[test]
fn tasks_that_wait_together_are_written_together_and_each_gets_its_own_index() {
    run(async {
        let root = folder();
        let store = std::sync::Arc::new(Store::open(root.path()).await.expect("opens"));
        let local = tokio::task::LocalSet::new();
        let tasks: Vec<_> = envelopes(0..60)
            .into_iter()
            .map(|envelope| {
                let store = store.clone();
                local.spawn_local(async move {
                    let entries = store.log().append(std::slice::from_ref(&envelope)).await.expect("appends");
                    (entries[0].clone(), Digest::of(&envelope.to_json()))
                })
            })
            .collect();
        let indexes = local
            .run_until(async {
                let mut indexes = Vec::new();
                for task in tasks {
                    let (entry, digest) = task.await.expect("ends");
                    assert_eq!(entry.leaf.envelope, digest);
                    assert_eq!(store.log().entry(entry.index).expect("reads"), entry);
                    indexes.push(entry.index);
                }
                indexes
            })
            .await;
        let distinct: std::collections::BTreeSet<u64> = indexes.into_iter().collect();
        assert_eq!(distinct, (0..60).collect());
        // One file for each tree that was signed: far fewer than entries, or they were not written together.
        let trees = fs::read_dir(root.path().join("log/tile/0/000.p")).expect("is there").count();
        assert!(trees < 30, "{trees}");
    });
}

#[test]
fn two_writers_take_turns() {
    run(async {
        let root = folder();
        let (one, two) = (filled(root.path(), 1).await, Store::open(root.path()).await.expect("opens"));
        for round in 0..6_u32 {
            let writer = if round % 2 == 0 { &one } else { &two };
            let entries = writer.log().append(&envelopes(round * 100..round * 100 + 100)).await.expect("appends");
            assert_eq!(entries[0].index, u64::from(round) * 100 + 1);
        }
        let size = |store: &Store| store.log().checkpoint().expect("holds").size;
        assert_eq!((size(&one), size(&two)), (601, 601));
        assert!(faults(root.path()).await.is_empty());
    });
}

#[test]
fn records_are_logged_once_with_their_verdict_and_found_by_file_and_artifact() {
    run(async {
        let root = folder();
        let store = Store::open(root.path()).await.expect("opens");
        let first = store.append(&record(0)).await.expect("appends");
        let second = store.append(&record(1)).await.expect("appends");
        assert_eq!(store.append(&record(0)).await.expect("is there"), first);
        // Entry 1 is the gate's own signature over the files of the first, which was admitted.
        assert_eq!((first.seq, first.log_index, second.seq, second.log_index), (1, Some(0), 2, Some(2)));
        let file = record(1).examination.artifact.files[0].digest.expect("is hashed");
        for subject in [file, second.artifact] {
            let found = store.log().find(&subject).await.expect("finds");
            assert_eq!(found.iter().map(|entry| entry.index).collect::<Vec<_>>(), [2]);
        }
        let envelope = store.log().envelope(&store.log().entry(2).expect("reads")).expect("reads");
        let statement = Statement::verify(&envelope, store.log().gate()).expect("is the gate's");
        assert_eq!(statement.predicate["verificationResult"], "FAILED");
        assert_eq!(statement.predicate["inputAttestations"][0]["digest"]["sha256"], second.digest.hex());
    });
}

#[test]
fn a_planted_record_is_not_reused_and_has_no_receipt() {
    let root = folder();
    let planted = record(0);
    let newest = async |store: &Store| {
        let record = record(0);
        store.newest(&record.examination.artifact.digest, "minimal", &record.inputs).await
    };
    run(async {
        let store = Store::open(root.path()).await.expect("opens");
        store.append(&record(1)).await.expect("appends");
        assert!(newest(&store).await.expect("looks").is_none());
    });
    let inputs = &planted.inputs;
    let statement = format!(
        "insert into record select 2, 'sha256:{}', '{}', name, tier, 'admit', engine, '{}', '{}', '{}', 0, 0, '' from record",
        "0".repeat(64),
        planted.examination.artifact.digest,
        inputs.rules,
        inputs.policy,
        inputs.limits
    );
    alter_index(root.path(), &statement);
    run(async {
        let store = Store::open(root.path()).await.expect("opens");
        assert!(matches!(newest(&store).await, Err(StoreError::Log(LogError::NotLogged { .. }))));
        let entries = store.find("").await.expect("finds");
        assert!(store.receipt(&entries[0]).is_err());
        let receipt = store.receipt(&entries[1]).expect("proves");
        assert!(receipt.verify(store.log().verifier()).is_ok());
    });
}

fn alter_index(root: &Path, statement: &str) {
    let script = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.execute(sys.argv[2])\ndb.commit()\n";
    let index = root.join("index.sqlite");
    let python = std::process::Command::new("python3").args(["-c", script]).arg(index).arg(statement).status();
    assert!(python.expect("python3 runs").success(), "{statement}");
}

#[test]
fn a_rebuilt_index_has_the_same_rows() {
    run(async {
        let root = folder();
        let store = Store::open(root.path()).await.expect("opens");
        for number in 0..5 {
            store.append(&record(number)).await.expect("appends");
            store.log().append(&envelopes(0..3)).await.expect("appends");
        }
        let before = store.find("").await.expect("finds");
        drop(store);
        fs::write(root.path().join("index.sqlite"), b"not a database at all, but long enough to look at")
            .expect("writes");
        let rebuilt = Store::rebuild(root.path(), Options::default()).await.expect("rebuilds");
        assert_eq!((rebuilt.entries, rebuilt.records), (23, 5));
        let store = Store::open(root.path()).await.expect("opens");
        assert_eq!(store.find("").await.expect("finds"), before);
        assert!(faults(root.path()).await.is_empty());
    });
}

/// A store as it was before there was a log: content and an index of one migration.
fn old_store(root: &Path, numbers: std::ops::Range<i64>) {
    run(async {
        let store = Store::open(root).await.expect("opens");
        for number in numbers {
            store.append(&record(number)).await.expect("appends");
        }
    });
    for gone in ["log", "keys"] {
        fs::remove_dir_all(root.join(gone)).expect("is there");
    }
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1])\n\
        db.executescript('''drop table edge; drop table node; drop table log_subject; drop table log_entry; drop index record_log_index;\n\
        drop index record_known_as; alter table record drop column known_as;\n\
        alter table record drop column log_index; delete from _sqlx_migrations where version > 1''')\n";
    let index = root.join("index.sqlite");
    let ended = std::process::Command::new("python3").args(["-c", script]).arg(index).status().expect("python3 runs");
    assert!(ended.success());
}

#[test]
fn opening_a_store_from_before_the_log_logs_its_records_once() {
    let root = folder();
    old_store(root.path(), 0..4);
    run(async {
        for _ in 0..2 {
            let store = Store::open(root.path()).await.expect("opens");
            assert_eq!(store.log().checkpoint().expect("holds").size, 4);
            let entries = store.find("").await.expect("finds");
            let logged: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.log_index)).collect();
            assert_eq!(logged, [(4, Some(3)), (3, Some(2)), (2, Some(1)), (1, Some(0))]);
        }
        assert!(faults(root.path()).await.is_empty());
    });
}

#[test]
fn a_flipped_byte_is_found_and_its_file_named() {
    run(async {
        let root = folder();
        let store = filled(root.path(), 600).await;
        let entry = store.log().entry(10).expect("reads");
        drop(store);
        assert!(faults(root.path()).await.is_empty());
        let envelope = content(root.path(), &entry.leaf.envelope);
        for file in ["log/tile/0/001", "log/tile/entries/000", "log/tile/entries/002.p/88"] {
            let path = root.path().join(file);
            flip(&path);
            let found = faults(root.path()).await;
            assert!(!found.is_empty() && found.iter().all(|fault| fault.contains(file)), "{file}: {found:?}");
            flip(&path);
        }
        flip(&envelope);
        let found = faults(root.path()).await;
        assert!(found.len() == 1 && found[0].contains(&envelope.display().to_string()), "{found:?}");
        flip(&envelope);
        for file in ["log/tile/0/002.p/88", "log/tile/1/000.p/2", "log/checkpoint"] {
            let path = root.path().join(file);
            flip(&path);
            let refused = Tree::open(&root.path().join("log"), &verifier(root.path())).expect_err("does not hold");
            assert!(refused.to_string().contains("log/"), "{file}: {refused}");
            flip(&path);
        }
        assert!(faults(root.path()).await.is_empty());
    });
}

fn verifier(root: &Path) -> VerifierKey {
    fs::read_to_string(root.join("log/vkey")).expect("is there").trim().parse().expect("is a key")
}

#[test]
fn an_altered_planted_or_lost_row_of_the_index_is_found_and_named() {
    let statements = [
        ("update log_entry set predicate_type = 'other' where idx = 1", "entry 1"),
        ("update log_subject set digest = 'sha256:00' where idx = 1", "the subjects of entry 1"),
        ("update record set admission = 'admit' where seq = 2", "record sha256:"),
        ("update record_file set path = 'other'", "record sha256:"),
        ("delete from record_file", "record sha256:"),
        ("insert into log_subject values ('sha256:00', 0)", "the subjects of entry 0"),
        (
            "insert into record select 9, 'sha256:00', artifact, name, tier, 'admit', engine, rules, policy, limits, \
             decided_at_ms, 0, '' from record where seq = 1",
            "table record",
        ),
    ];
    for (statement, named) in statements {
        let root = folder();
        run(async {
            let store = Store::open(root.path()).await.expect("opens");
            for number in 0..3 {
                store.append(&record(number)).await.expect("appends");
            }
        });
        alter_index(root.path(), statement);
        let found = run(faults(root.path()));
        assert!(!found.is_empty() && found.iter().all(|fault| fault.contains(named)), "{statement}: {found:?}");
    }
}

#[test]
fn partial_tiles_that_a_power_cut_took_are_made_again_from_the_entries() {
    run(async {
        let root = folder();
        drop(filled(root.path(), 600).await);
        let before = fs::read(root.path().join("log/checkpoint")).expect("is there");
        for file in ["log/tile/0/002.p/88", "log/tile/1/000.p/2"] {
            fs::write(root.path().join(file), b"").expect("writes");
        }
        let store = Store::open(root.path()).await;
        assert!(store.is_ok(), "{store:?}");
        assert_eq!(fs::read(root.path().join("log/checkpoint")).expect("is there"), before);
        let entries = store.expect("opens").log().append(&envelopes(0..1)).await.expect("appends");
        assert_eq!(entries[0].index, 600);
        assert!(faults(root.path()).await.is_empty());
    });
}

#[test]
fn entries_that_were_durable_before_a_crash_are_taken_in_first() {
    run(async {
        let root = folder();
        let store = filled(root.path(), 250).await;
        let old = fs::read(root.path().join("log/checkpoint")).expect("is there");
        store.log().append(&envelopes(1000..1300)).await.expect("appends");
        let lost = store.log().checkpoint().expect("holds");
        drop(store);
        // The crash came after the entries and before the checkpoint.
        fs::write(root.path().join("log/checkpoint"), old).expect("writes");
        fs::remove_file(root.path().join("index.sqlite")).expect("is there");
        let store = Store::open(root.path()).await.expect("opens");
        let entries = store.log().append(&envelopes(2000..2001)).await.expect("appends");
        assert_eq!(entries[0].index, 550);
        store.log().tree().expect("holds").extends(&lost).expect("it is no fork");
        assert!(faults(root.path()).await.is_empty());
    });
}

#[test]
fn an_append_that_fails_half_way_is_an_error_and_the_next_one_goes_on() {
    run(async {
        let root = folder();
        let store = filled(root.path(), 254).await;
        // In the way of the entries; then of the full tile, when the entry is durable and is taken in first.
        for (file, index) in [("log/tile/entries/000.p/255", 254), ("log/tile/0/000", 256)] {
            let path = root.path().join(file);
            fs::create_dir_all(path.join("in-the-way")).expect("creates");
            store.log().append(&envelopes(10..11)).await.expect_err("fails");
            fs::remove_dir_all(&path).expect("is there");
            let entries = store.log().append(&envelopes(20..21)).await.expect("appends");
            assert_eq!(entries[0].index, index, "{file}");
        }
        assert_eq!(fs::read_dir(root.path().join("staging")).expect("is there").count(), 0);
        assert!(faults(root.path()).await.is_empty());
    });
}

#[test]
fn a_log_without_checkpoint_or_shorter_than_the_index_is_refused() {
    run(async {
        let root = folder();
        let store = filled(root.path(), 3).await;
        let old = fs::read(root.path().join("log/checkpoint")).expect("is there");
        store.log().append(&envelopes(5..6)).await.expect("appends");
        drop(store);
        let log = root.path().join("log");
        let newest = fs::read(log.join("checkpoint")).expect("is there");
        fs::remove_file(log.join("checkpoint")).expect("is there");
        let refused = Store::open(root.path()).await.expect_err("is refused");
        assert!(matches!(refused, StoreError::Log(LogError::NoCheckpoint { .. })), "{refused}");
        fs::write(log.join("checkpoint"), old).expect("writes");
        let refused = Store::open(root.path()).await.expect_err("is refused");
        assert!(matches!(refused, StoreError::Log(LogError::Shrunk { size: 3, known: 4 })), "{refused}");
        fs::write(log.join("checkpoint"), newest).expect("writes");
        assert!(Store::open(root.path()).await.is_ok());
    });
}

#[test]
fn key_and_name_of_the_log_may_be_given_and_stay() {
    run(async {
        let root = folder();
        let key = std::sync::Arc::new(SigningKey::generate(Scheme::Ed25519).expect("a key"));
        let options = Options { origin: Some("log.example/one".into()), log_key: Some(key.clone()) };
        let store = Store::open_with(root.path(), options.clone()).await.expect("opens");
        assert_eq!(store.log().checkpoint().expect("holds").origin, "log.example/one");
        assert_eq!(Some(store.log().verifier().key().clone()), key.public().ok());
        drop(store);
        assert!(Store::open_with(root.path(), options).await.is_ok());
        assert!(Store::open(root.path()).await.is_err());
    });
}

fn witness(root: &Path) -> Witness {
    let path = root.join("witness.pem");
    if !path.exists() {
        let key = SigningKey::generate(Scheme::Ed25519).expect("a key");
        fs::write(&path, key.to_pem().expect("is written")).expect("writes");
    }
    let key = SigningKey::from_pem(&fs::read(path).expect("is there"), None).expect("is a key");
    Witness::open("witness.example/w1", key, &root.join("seen.json")).expect("opens")
}

#[test]
fn a_witness_signs_what_grows_and_its_signature_lies_with_the_log() {
    run(async {
        let (root, elsewhere) = (folder(), folder());
        let store = filled(root.path(), 300).await;
        let log = store.log();
        for size in [300, 310] {
            let mut witness = witness(elsewhere.path());
            let (note, line) = witness.cosign(log.folder(), log.verifier(), 1_700_000_000).expect("signs");
            log.add_cosignature(&note, line).await.expect("keeps it");
            let tree = log.tree().expect("holds");
            assert_eq!(witness.verifier().expect("a key").time_of(tree.note()).expect("is there"), 1_700_000_000);
            assert_eq!(witness.seen(log.verifier().name()).expect("is known").size, size);
            log.append(&envelopes(size as u32..size as u32 + 10)).await.expect("appends");
        }
        // The newest checkpoint is not witnessed, but one that covers these entries is.
        let receipt = log.receipt(305).expect("proves");
        let key = witness(elsewhere.path()).verifier().expect("a key");
        assert_eq!(key.kind(), SignatureKind::Cosignature);
        assert!(key.time_of(&receipt.checkpoint).is_ok());
        assert!(key.time_of(&log.receipt(315).expect("proves").checkpoint).is_err());
        assert!(faults(root.path()).await.is_empty());
        flip(&log.folder().join("witnessed"));
        let found = faults(root.path()).await;
        assert!(found.len() == 1 && found[0].contains("log/witnessed"), "{found:?}");
    });
}

/// Makes a log of the same name and key anew, with other entries.
async fn another_log(root: &Path, entries: std::ops::Range<u32>) {
    for gone in ["log", "index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] {
        let path = root.join(gone);
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    let store = Store::open(root).await.expect("opens");
    store.log().append(&envelopes(entries)).await.expect("appends");
}

fn cosign(root: &Path, elsewhere: &Path) -> Result<(), WitnessError> {
    witness(elsewhere).cosign(&root.join("log"), &verifier(root), 1).map(drop)
}

#[test]
fn a_witness_refuses_a_rewritten_log() {
    run(async {
        let (root, elsewhere) = (folder(), folder());
        another_log(root.path(), 0..300).await;
        cosign(root.path(), elsewhere.path()).expect("signs the first time");
        cosign(root.path(), elsewhere.path()).expect("signs what is unchanged");
        another_log(root.path(), 0..320).await;
        assert!(matches!(cosign(root.path(), elsewhere.path()), Err(WitnessError::Rewritten { known: 300, .. })));
        another_log(root.path(), 0..300).await;
        assert!(matches!(cosign(root.path(), elsewhere.path()), Err(WitnessError::Rewritten { known: 300, .. })));
    });
}

#[test]
fn a_witness_refuses_a_truncated_log() {
    run(async {
        let (root, elsewhere) = (folder(), folder());
        another_log(root.path(), 0..300).await;
        cosign(root.path(), elsewhere.path()).expect("signs the first time");
        another_log(root.path(), 0..299).await;
        let refused = cosign(root.path(), elsewhere.path());
        assert!(matches!(refused, Err(WitnessError::Shrunk { size: 299, known: 300, .. })), "{refused:?}");
    });
}

#[test]
fn a_witness_refuses_a_log_that_was_rolled_back_and_went_on() {
    run(async {
        let (root, elsewhere, backup) = (folder(), folder(), folder());
        let key = SigningKey::generate(Scheme::Ed25519).expect("a key");
        let log = |root: &Path| root.join("log");
        drop(filled(root.path(), 200).await);
        copy(root.path(), backup.path());
        let store = Store::open(root.path()).await.expect("opens");
        store.log().append(&[envelope(&key, 1)]).await.expect("appends");
        cosign(root.path(), elsewhere.path()).expect("signs what grew");
        drop(store);
        fs::remove_dir_all(root.path()).expect("is there");
        copy(backup.path(), root.path());
        let refused = cosign(root.path(), elsewhere.path());
        assert!(matches!(refused, Err(WitnessError::Shrunk { size: 200, known: 201, .. })), "{refused:?}");
        let store = Store::open(root.path()).await.expect("opens");
        store.log().append(&[envelope(&key, 2), envelope(&key, 3)]).await.expect("appends");
        let refused = cosign(root.path(), elsewhere.path());
        assert!(matches!(refused, Err(WitnessError::Rewritten { known: 201, .. })), "{refused:?}");
        // The witness's own copy of what it saw convicts the log as well.
        assert!(log(root.path()).exists());
    });
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("creates");
    for entry in fs::read_dir(from).expect("is there") {
        let entry = entry.expect("reads");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { drop(fs::copy(entry.path(), target)) }
    }
}

#[test]
fn an_export_holds_by_itself() {
    run(async {
        let (root, elsewhere) = (folder(), folder());
        let store = filled(root.path(), 600).await;
        assert_eq!(store.log().export(elsewhere.path()).expect("exports"), 600);
        let tree = Tree::open(elsewhere.path(), store.log().verifier()).expect("holds");
        assert_eq!(tree.faults().count(), 0);
        let names: Vec<String> = tree_files(elsewhere.path());
        assert_eq!(names.iter().filter(|name| name.starts_with("envelopes/")).count(), 600);
        assert!(names.contains(&"tile/entries/002.p/88".to_owned()) && names.contains(&"vkey".to_owned()));
    });
}

/// Runs the independent verifier, which has no code of ours; what it says, or its complaint.
fn independent(log: &Path, more: &[&str]) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_log.py");
    let vkey = fs::read_to_string(log.join("vkey")).expect("is there");
    let mut command = std::process::Command::new("python3");
    let ended = command.arg(script).arg(log).arg(vkey.trim()).args(more).output().expect("python3 runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("is UTF-8");
    if ended.status.success() { Ok(text(ended.stdout)) } else { Err(text(ended.stderr)) }
}

#[test]
fn an_independent_verifier_agrees_about_every_entry_and_about_growth() {
    use base64::Engine as _;
    run(async {
        let (root, elsewhere) = (folder(), folder());
        let log = root.path().join("log");
        let store = filled(root.path(), 259).await;
        let old = store.log().checkpoint().expect("holds");
        let old_root = base64::engine::general_purpose::STANDARD.encode(old.root.as_bytes());
        assert!(independent(&log, &[]).expect("holds").starts_with("ok 259 "));
        store.log().append(&envelopes(1000..1600)).await.expect("appends");
        store.log().export(elsewhere.path()).expect("exports");
        for log in [&log, elsewhere.path()] {
            assert!(independent(log, &["259", &old_root]).expect("holds").starts_with("ok 859 "));
        }
        assert!(independent(&log, &["260", &old_root]).expect_err("is another").contains("does not extend"));
        let refusals = [
            ("tile/entries/001", "is not in the log"),
            ("tile/0/001", "is not in the log"),
            ("tile/1/000.p/3", "another root"),
            ("checkpoint", "Error"),
        ];
        for (file, complaint) in refusals {
            flip(&log.join(file));
            let said = independent(&log, &[]).expect_err("does not hold");
            assert!(said.contains(complaint), "{file}: {said}");
            flip(&log.join(file));
        }
        assert!(independent(&log, &[]).is_ok());
    });
}

/// What appending costs; it prints and demands nothing, because machines differ.
#[test]
#[ignore = "a measurement; run with --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the numbers are what it is for")]
fn cost_of_appending() {
    run(async {
        let root = folder();
        let store = Store::open(root.path()).await.expect("opens");
        let all = envelopes(0..10_000);
        let began = std::time::Instant::now();
        for batch in all.chunks(500) {
            store.log().append(batch).await.expect("appends");
        }
        println!("10,000 entries in batches of 500: {:?}", began.elapsed());
        let began = std::time::Instant::now();
        for number in 0..100 {
            store.append(&record(number)).await.expect("appends");
        }
        println!("one record with its verdict: {:?}", began.elapsed() / 100);
        let began = std::time::Instant::now();
        assert!(store.log().audit().await.expect("audits").faults.is_empty());
        println!("audit of 10,100 entries: {:?}", began.elapsed());
        drop(store);
        let began = std::time::Instant::now();
        Store::rebuild(root.path(), Options::default()).await.expect("rebuilds");
        println!("rebuild from 10,100 entries: {:?}", began.elapsed());
    });
}

fn tree_files(root: &Path) -> Vec<String> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("is there") {
            let path = entry.expect("reads").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root).expect("lies below").display().to_string());
            }
        }
    }
    files
}

/// Kept so that the types that other crates build on do not change by accident.
#[expect(dead_code, reason = "it is only to compile")]
async fn interface(log: &Log, envelope: &Envelope) -> Result<(), StoreError> {
    let entries = log.append(std::slice::from_ref(envelope)).await?;
    let (_, _): (u64, Digest) = (entries[0].index, entries[0].leaf.envelope);
    let _: String = log.receipt(entries[0].index)?.to_string();
    Ok(())
}
