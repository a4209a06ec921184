//! The graph of a store: filled from the log, the same after a rebuild, and held against the log by an audit.

use std::collections::BTreeSet;
use std::path::Path;

use headworks_attest::provenance::types;
use headworks_attest::training::{Chain, Event, EventKind};
use headworks_attest::{ResourceDescriptor, Scheme, SigningKey, Statement};
use headworks_store::relations::NodeKind;
use headworks_store::{Node, Options, Store, StoredGraph};
use headworks_types::fact::{BuildFact, CardFact, Ecosystem, ImagePin, PackageFact, RequirementKind};
use headworks_types::{
    Ancestor, Ancestors, Artifact, ArtifactKind, Attestation, Basis, Digest, Examination, Fact, FactKind, FileEntry,
    History, Inputs, Outcome, Place, ProvenanceField, ProvenanceValue, Record, Requirement, Standing, Verdict,
};
use serde_json::json;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(work)
}

/// The verdict on an artifact with these files.
fn record(name: &str, files: &[(&str, &str)], outcome: Outcome) -> Record {
    let entry = |(path, content): &(&str, &str)| FileEntry {
        path: (*path).into(),
        bytes: content.len() as u64,
        digest: Some(Digest::of(content.as_bytes())),
    };
    let files: Vec<FileEntry> = files.iter().map(entry).collect();
    let requirement = Requirement {
        control: "HW-SER-02".into(),
        title: String::new(),
        outcome,
        mandatory: true,
        reasons: Vec::new(),
        solution: String::new(),
        findings: Vec::new(),
        waiver: None,
    };
    let artifact = Artifact {
        name: name.into(),
        kind: ArtifactKind::Directory,
        digest: headworks_types::artifact::tree_digest(&files),
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        excluded: Vec::new(),
    };
    let examination = Examination {
        artifact,
        findings: Vec::new(),
        coverage: Vec::new(),
        facts: Vec::new(),
        attestations: Vec::new(),
        provenance: Vec::new(),
        vulnerabilities: None,
        history: History::default(),
    };
    let any = Digest::of(b"any");
    Record {
        schema: headworks_types::record::SCHEMA.into(),
        verdict: Verdict::decide("standard".into(), vec![requirement]),
        examination,
        inputs: Inputs { engine: "0".into(), rules: any, policy: Digest::of(b"policy"), limits: any, decided_at_ms: 7 },
    }
}

/// A model with everything that a record can say of where it comes from.
fn tuned(base_file: Digest) -> Record {
    let mut record = record("tuned", &[("model.safetensors", "tuned"), ("__init__.py", "")], Outcome::Pass);
    let examination = &mut record.examination;
    examination.history.known_as = "pkg:huggingface/acme/tuned@4f2a".into();
    examination.history.ancestors.push(Ancestors {
        source: "run.json".into(),
        role: "base".into(),
        admitted: 1,
        refused: 0,
        unknown: 0,
        named: Vec::new(),
        things: vec![Ancestor { name: "base".into(), digest: Some(base_file) }],
    });
    let attestation = |standing, signer: &str| Attestation {
        source: "model.sig".into(),
        digest: Digest::of(b"signature"),
        predicate_type: headworks_attest::oms::PREDICATE_TYPE.into(),
        method: "key".into(),
        signer: Some(signer.to_owned()),
        publisher: Some("acme".into()),
        standing,
        reason: String::new(),
        signed_at_ms: None,
        problems: Vec::new(),
        uncovered: Default::default(),
        claims: Default::default(),
    };
    examination.attestations.push(attestation(Standing::Enrolled, "sha256:aa"));
    examination.attestations.push(attestation(Standing::Revoked, "sha256:bb"));
    let value = |basis, value: &str| ProvenanceValue { basis, value: value.into(), source: "README.md".into() };
    let field = |field: &str, values| ProvenanceField { field: field.into(), values };
    examination.provenance = vec![
        field("licence", vec![value(Basis::Stated, "mit")]),
        field("base_model", vec![value(Basis::Verified, "base"), value(Basis::Stated, "acme/base")]),
        field("datasets", vec![value(Basis::Stated, "squad")]),
        field("origin", vec![value(Basis::Stated, "elsewhere")]),
    ];
    let asked = |name: &str, target: &str, kind| PackageFact::Requirement {
        ecosystem: Ecosystem::Python,
        name: name.into(),
        target: target.into(),
        kind,
    };
    let image = |image: &str, pin| BuildFact::Image { by: "FROM".into(), image: image.into(), pin };
    let kinds = [
        FactKind::Package(asked("Torch", "==2.1.0", RequirementKind::Pinned)),
        FactKind::Package(asked("peft", ">=0.12,<0.14", RequirementKind::Open)),
        FactKind::Package(asked("", "./local", RequirementKind::Path)),
        FactKind::Build(image("nvidia/cuda:12.1", ImagePin::Tag)),
        FactKind::Build(image("${BASE}", ImagePin::Variable)),
        FactKind::Card(CardFact::Field { key: "tags".into(), value: "squad2".into() }),
    ];
    let location = Place::file("a").at(0..0);
    examination.facts = kinds.map(|kind| Fact { location: location.clone(), times: 1, kind }).to_vec();
    record
}

/// All edges by words, with confidence and entry.
fn edges(graph: &StoredGraph) -> BTreeSet<String> {
    run(async {
        let (_, edges) = graph.since(0).await.expect("reads");
        let mut lines = BTreeSet::new();
        for edge in edges {
            let ends = graph.nodes(&[edge.from, edge.to]).await.expect("reads");
            let (from, to) = (&ends[0], &ends[1]);
            let (kind, stated) = (edge.kind.word(), edge.stated);
            lines.insert(format!(
                "{} {} -{kind}-> {} {} {:?} {} {}",
                from.kind.word(),
                from.key,
                to.kind.word(),
                to.key,
                stated.confidence,
                stated.evidence,
                stated.attrs
            ));
        }
        lines
    })
}

fn one(graph: &StoredGraph, wanted: &str) -> Node {
    let mut found = run(graph.find(wanted)).expect("reads");
    assert_eq!(found.len(), 1, "{wanted}: {found:?}");
    found.remove(0)
}

fn says(edges: &BTreeSet<String>, from: &str, kind: &str, to: &str) -> bool {
    edges.iter().any(|edge| edge.contains(&format!("{from} -{kind}-> {to} ")))
}

#[test]
fn a_record_becomes_edges_from_what_the_artifact_depends_on() {
    let root = tempfile::tempdir().expect("a folder");
    let base_file = Digest::of(b"base");
    let tuned = tuned(base_file);
    let store = run(Store::open(root.path())).expect("opens");
    let entry = run(store.append(&tuned)).expect("appends");
    let graph = run(store.graph()).expect("loads");
    let edges = edges(&graph);
    let artifact = format!("artifact {}", tuned.examination.artifact.digest);
    for (from, kind) in [
        (format!("material material:{base_file}"), "derived_from"),
        ("model pkg:huggingface/acme/base".into(), "derived_from"),
        ("dataset pkg:huggingface/datasets/squad".into(), "trained_on"),
        (format!("file {}", Digest::of(b"tuned")), "contains"),
        ("package pkg:pypi/torch@2.1.0".into(), "depends_on"),
        ("package pkg:pypi/peft".into(), "depends_on"),
        ("image image:nvidia/cuda:12.1".into(), "depends_on"),
        ("licence licence:mit".into(), "licensed_under"),
        ("key sha256:aa".into(), "signed_by"),
        ("publisher publisher:acme".into(), "published_by"),
        ("publisher publisher:pkg:huggingface/acme".into(), "published_by"),
    ] {
        assert!(says(&edges, &from, kind, &artifact), "{from} -{kind}->: {edges:#?}");
    }
    assert!(says(&edges, &format!("content {base_file}"), "given_as", &format!("material material:{base_file}")));
    assert!(says(&edges, "publisher publisher:acme", "key_of", "key sha256:aa"));
    assert!(says(&edges, &artifact, "known_as", "model pkg:huggingface/acme/tuned@4f2a"));
    assert!(says(&edges, "model pkg:huggingface/acme/tuned@4f2a", "version_of", "model pkg:huggingface/acme/tuned"));
    assert!(says(&edges, &artifact, "decided_by", &format!("verdict {}", entry.digest)));
    // No version is made up, no label becomes a model, no path a package, and who was revoked stands for nothing.
    let all = edges.iter().cloned().collect::<String>();
    for absent in
        ["0.12 ", "0.14 ", "name:base", "huggingface/base ", "./local", "BASE", "sha256:bb", "squad2", "elsewhere"]
    {
        assert!(!all.contains(absent), "{absent}: {edges:#?}");
    }
    assert!(all.contains(">=0.12,<0.14"), "the range is kept as it was asked");
}

#[test]
fn an_artifact_with_the_file_that_a_statement_names_is_an_ancestor_in_either_order() {
    let base = record("base", &[("base.safetensors", "base"), ("__init__.py", "")], Outcome::Pass);
    let other = record("other", &[("model.safetensors", "other"), ("__init__.py", "")], Outcome::Pass);
    let tuned = tuned(Digest::of(b"base"));
    for order in [[&base, &tuned, &other], [&tuned, &other, &base]] {
        let root = tempfile::tempdir().expect("a folder");
        let store = run(Store::open(root.path())).expect("opens");
        order.iter().for_each(|record| drop(run(store.append(record)).expect("appends")));
        let graph = run(store.graph()).expect("loads");
        let number = |record: &Record| one(&graph, &record.examination.artifact.digest.to_string()).number;
        let reached = |record: &Record| {
            let query = headworks_store::graph::Query { sources: vec![number(record)], ..Default::default() };
            graph.engine().reach(&query).expect("is known").contains(number(&tuned))
        };
        assert!(reached(&base));
        // It shares a file too, but one without content.
        assert!(!reached(&other));
    }
}

#[test]
fn a_name_stands_for_its_versions_and_for_what_goes_by_it() {
    let root = tempfile::tempdir().expect("a folder");
    let store = run(Store::open(root.path())).expect("opens");
    run(store.append(&tuned(Digest::of(b"base")))).expect("appends");
    run(store.append(&record("other", &[("a", "b")], Outcome::Fail))).expect("appends");
    let graph = run(store.graph()).expect("loads");
    let stands_for = |wanted: &str| {
        let numbers = graph.stands_for(one(&graph, wanted).number).expect("is known");
        let kinds = run(graph.nodes(&numbers)).expect("reads").into_iter().map(|node| node.kind).collect::<Vec<_>>();
        (kinds.len(), kinds.contains(&NodeKind::Artifact))
    };
    assert_eq!(stands_for("pkg:huggingface/acme/tuned"), (3, true));
    assert_eq!(stands_for("acme/tuned"), (3, true));
    assert_eq!(stands_for("pkg:huggingface/acme/base"), (1, false));
    assert_eq!(one(&graph, "acme").key, "publisher:acme");
    assert_eq!(one(&graph, "other").kind, NodeKind::Artifact);
    assert_eq!(one(&graph, "pkg:huggingface/acme").kind, NodeKind::Publisher);
    assert!(run(graph.find("pkg:huggingface/acm")).expect("reads").is_empty());
    assert_eq!(run(graph.admitted()).expect("reads").len(), 1);
}

#[test]
fn a_rebuilt_index_has_the_same_graph_and_an_audit_finds_what_was_changed_in_it() {
    let root = tempfile::tempdir().expect("a folder");
    let before = {
        let store = run(Store::open(root.path())).expect("opens");
        run(store.append(&tuned(Digest::of(b"base")))).expect("appends");
        run(store.append(&record("base", &[("base.safetensors", "base")], Outcome::Pass))).expect("appends");
        let statement = Statement::new(
            vec![ResourceDescriptor::sha256("model", Digest::of(b"built").hex())],
            "https://slsa.dev/provenance/v1",
            json!({
                "buildDefinition": { "buildType": "t", "externalParameters": {}, "resolvedDependencies": [
                    { "name": "rows", "digest": { "sha256": Digest::of(b"rows").hex() }, "annotations": { "role": "data" } },
                ] },
                "runDetails": { "builder": { "id": "https://ci.invalid" } },
            }),
        );
        let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
        run(store.log().append(&[statement.sign(&key).expect("signs")])).expect("appends");
        let edges = edges(&run(store.graph()).expect("loads"));
        assert!(run(store.log().audit()).expect("audits").faults.is_empty());
        edges
    };
    let (rows, built) = (Digest::of(b"rows"), Digest::of(b"built"));
    assert!(before.iter().any(
        |edge| edge.contains(&format!("material material:{rows} -trained_on-> build ")) && edge.contains("Stated")
    ));
    assert!(before.iter().any(|edge| edge.contains(&format!("-produced-> content {built} "))));
    run(Store::rebuild(root.path(), Options::default())).expect("rebuilds");
    let mut store = run(Store::open(root.path())).expect("opens");
    assert_eq!(edges(&run(store.graph()).expect("loads")), before);
    for meddled in [
        "delete from edge where kind = 'trained_on' and confidence = 'stated'",
        "update edge set confidence = 'verified' where kind = 'depends_on'",
        "insert into edge select dst, 'depends_on', src, evidence, confidence, attrs from edge where kind = 'trained_on'",
        "update node set evidence = 7 where kind = 'artifact'",
        "update node set key = key || 'x' where kind = 'publisher'",
    ] {
        assert!(meddle(root.path(), &[meddled]) > 0, "{meddled}");
        let faults = run(store.log().audit()).expect("audits").faults;
        assert!(faults.len() == 1 && faults[0].to_string().contains("the graph"), "{meddled}: {faults:?}");
        run(Store::rebuild(root.path(), Options::default())).expect("rebuilds");
        store = run(Store::open(root.path())).expect("opens");
        assert!(run(store.log().audit()).expect("audits").faults.is_empty());
    }
}

/// Changes rows behind the store's back; how many the last statement met.
fn meddle(root: &Path, statements: &[&str]) -> u64 {
    use sqlx::Connection as _;
    run(async {
        let path = format!("sqlite:{}", root.join("index.sqlite").display());
        let mut connection = sqlx::SqliteConnection::connect(&path).await.expect("opens");
        let mut rows = 0;
        for statement in statements {
            let done = sqlx::query(sqlx::AssertSqlSafe((*statement).to_owned())).execute(&mut connection).await;
            rows = done.expect("executes").rows_affected();
        }
        connection.close().await.expect("closes");
        rows
    })
}

#[test]
fn a_store_from_before_the_graph_gets_the_graph_of_its_log() {
    let root = tempfile::tempdir().expect("a folder");
    let store = run(Store::open(root.path())).expect("opens");
    run(store.append(&tuned(Digest::of(b"base")))).expect("appends");
    let before = edges(&run(store.graph()).expect("loads"));
    drop(store);
    meddle(root.path(), &["drop table edge", "drop table node", "delete from _sqlx_migrations where version = 4"]);
    let store = run(Store::open(root.path())).expect("opens");
    assert_eq!(edges(&run(store.graph()).expect("loads")), before);
    assert!(run(store.log().audit()).expect("audits").faults.is_empty());
}

#[test]
fn runs_and_evaluations_in_the_log_are_stated_and_other_statements_say_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let store = run(Store::open(root.path())).expect("opens");
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    let (weights, rows) = (Digest::of(b"weights"), Digest::of(b"rows"));
    let event = Event { root: Some(weights), kind: EventKind::Save, ..Chain::start("bert-7", "s", None, 0) };
    let about = |kind: &str, predicate| {
        let subject = vec![ResourceDescriptor::sha256("model", weights.hex())];
        Statement::new(subject, kind, predicate).sign(&key).expect("signs")
    };
    let used = json!([{ "name": "dataset", "digest": { "sha256": rows.hex() } }, { "name": "without digest" }]);
    let result = about(types::TEST_RESULT, json!({ "result": "PASSED", "configuration": used }));
    let evaluation = format!("evaluation {}", Digest::of(&result.to_json()));
    let unread = about("https://example.invalid/v1", json!({ "materials": used }));
    let envelopes = [event.sign(&key).expect("signs"), result, unread];
    run(store.log().append(&envelopes)).expect("appends");
    let edges = edges(&run(store.graph()).expect("loads"));
    let weights = format!("content {weights}");
    assert!(says(&edges, "run run:bert-7", "checkpoint_of", &weights), "{edges:#?}");
    assert!(says(&edges, &format!("material material:{rows}"), "evaluated_on", &evaluation), "{edges:#?}");
    assert!(says(&edges, &evaluation, "evaluated_by", &weights), "{edges:#?}");
    // With the one from the rows to the material that is all.
    assert_eq!(edges.len(), 4, "{edges:#?}");
    assert!(edges.iter().all(|edge| edge.contains("Stated") || edge.contains("-given_as->")));
}
