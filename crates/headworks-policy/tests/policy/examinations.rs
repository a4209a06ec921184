//! Examinations to decide on, and shorthands for the verdicts.

use headworks_policy::{Policy, PolicyInput, Waivers};
use headworks_types::artifact::tree_digest;
use headworks_types::fact::FileFact;
use headworks_types::{
    Artifact, ArtifactKind, Confidence, Digest, Examination, Fact, FactKind, FileCoverage, FileEntry, Finding, History,
    Place, Requirement, Severity, Verdict,
};

/// 2026-03-01T00:00:00Z.
pub(crate) const NOW_MS: i64 = 1_772_323_200_000;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// An artifact of files that are wholly understood.
pub(crate) fn artifact(files: &[(&str, &str)]) -> Examination {
    examination(files.iter().map(|(path, format)| (*path, vec![identified(path, format)])).collect())
}

pub(crate) fn examination(files: Vec<(&str, Vec<Fact>)>) -> Examination {
    let entry = |path: &str| FileEntry { path: path.into(), bytes: 8, digest: Some(Digest::of(path.as_bytes())) };
    let entries: Vec<FileEntry> = files.iter().map(|(path, _)| entry(path)).collect();
    let artifact = Artifact {
        name: "bert-tiny".into(),
        kind: ArtifactKind::Directory,
        digest: tree_digest(&entries),
        bytes: 8 * entries.len() as u64,
        files: entries,
        excluded: Vec::new(),
    };
    let coverage = files.iter().map(|(path, facts)| FileCoverage::of(path, facts)).collect();
    Examination {
        artifact,
        findings: Vec::new(),
        coverage,
        facts: files.into_iter().flat_map(|(_, facts)| facts).collect(),
        attestations: Vec::new(),
        provenance: Vec::new(),
        vulnerabilities: None,
        history: History::default(),
    }
}

pub(crate) fn fact(path: &str, kind: impl Into<FactKind>) -> Fact {
    Fact { location: Place::file(path).at(0..8), times: 1, kind: kind.into() }
}

pub(crate) fn identified(path: &str, format: &str) -> Fact {
    fact(path, FileFact::Identified { format: format.into(), summary: String::new() })
}

pub(crate) fn finding(rule: &str, severity: Severity, control: &str, path: &str) -> Finding {
    Finding {
        rule: rule.into(),
        severity,
        confidence: Confidence::High,
        message: format!("`{path}` does what `{rule}` looks for"),
        location: Place::file(path).at(0..8),
        times: 1,
        evidence: Vec::new(),
        hint: None,
        controls: vec![control.into()],
        fingerprint: Digest::of(format!("{rule} {path}").as_bytes()),
    }
}

pub(crate) fn decide(examination: &Examination, tier: &str, waivers: &Waivers) -> Verdict {
    let input = PolicyInput::new(examination, tier, NOW_MS);
    Policy::builtin().decide(&input, waivers, NOW_MS).unwrap()
}

pub(crate) fn requirement<'a>(verdict: &'a Verdict, control: &str) -> &'a Requirement {
    verdict.requirements.iter().find(|requirement| requirement.control == control).unwrap()
}

pub(crate) fn refused() -> Examination {
    let mut examination = artifact(&[("model.bin", "pickle")]);
    examination.findings = vec![
        finding("dangerous-global", Severity::Critical, "HW-SER-02", "model.bin"),
        finding("nested-pickle", Severity::High, "HW-SER-02", "model.bin"),
    ];
    examination
}
