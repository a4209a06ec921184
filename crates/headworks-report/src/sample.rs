//! A report whose names are hostile, for the tests of every document.

use headworks_types::{
    Artifact, ArtifactKind, Confidence, Digest, Examination, Fact, Fault, FileCoverage, FileEntry, Finding, History,
    Inputs, Outcome as Result, Place, Requirement, Severity, Understanding, Verdict,
};

use crate::{Catalogue, Outcome, Recorded, Report, RuleText};

/// A file name that would erase a line, claim an admission and break a table if it were printed as it is.
pub(crate) const HOSTILE: &str = "a\x1b[2K\nadmit | `x` <img src=x>\u{202e}.pkl";

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::new(vec![RuleText {
        id: "dangerous-global".into(),
        title: "A pickle imports or calls something dangerous".into(),
        page: "Looks.\n\n**Why it matters.** Loading it runs code. More.\n\n**Example.** x".into(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        references: vec!["AML.T0011.000".into()],
    }])
}

pub(crate) fn report() -> Report {
    let location = Place::file(HOSTILE).member("data.pkl").at(0x15..0x3d);
    let finding = Finding {
        rule: "dangerous-global".into(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        message: format!("`{HOSTILE}` calls `posix.system`"),
        location: location.clone(),
        times: 2,
        evidence: vec!["0x15 GLOBAL posix system".into()],
        hint: Some("use the safetensors file of the same revision".into()),
        controls: vec!["HW-SER-02".into()],
        fingerprint: Digest::of(b"finding"),
    };
    let fault = Fact { location, times: 1, kind: Fault::Unexplained { format: "pickle".into() }.into() };
    let examination = Examination {
        artifact: Artifact {
            name: "model".into(),
            kind: ArtifactKind::Directory,
            digest: Digest::of(b"artifact"),
            bytes: 17_612_000,
            files: vec![FileEntry { path: HOSTILE.into(), bytes: 17_612_000, digest: Some(Digest::of(b"file")) }],
            excluded: Vec::new(),
        },
        findings: vec![finding],
        coverage: vec![FileCoverage {
            path: HOSTILE.into(),
            formats: vec!["pickle".into()],
            summary: "pickle, protocol 2".into(),
            understanding: Understanding::Partial,
        }],
        facts: vec![fault],
        attestations: Vec::new(),
        provenance: Vec::new(),
        vulnerabilities: None,
        history: History::default(),
    };
    let outcome = Outcome {
        target: "./model".into(),
        examination,
        suppressed: Vec::new(),
        decision: Some((Verdict::decide("minimal".into(), vec![requirement()]), inputs())),
        recorded: Some(Recorded { seq: 7, digest: Digest::of(b"record"), reused: false, logged: None }),
    };
    Report { outcomes: vec![outcome], errors: Vec::new() }
}

fn requirement() -> Requirement {
    Requirement {
        control: "HW-SER-02".into(),
        title: "Static inspection of serialized artifacts".into(),
        outcome: Result::Fail,
        mandatory: true,
        reasons: vec![format!("`{HOSTILE}` calls `posix.system`")],
        solution: "remove the call".into(),
        findings: vec![Digest::of(b"finding")],
        waiver: None,
    }
}

fn inputs() -> Inputs {
    Inputs {
        engine: "0.1.0".into(),
        rules: Digest::of(b"rules"),
        policy: Digest::of(b"policy"),
        limits: Digest::of(b"limits"),
        decided_at_ms: 0,
    }
}
