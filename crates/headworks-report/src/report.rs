//! What a report is about: artifacts with what was found and, after a check, what was decided.

use headworks_types::{
    Digest, Examination, Fact, FactKind, Fault, Finding, Inputs, Location, Record, Severity, Verdict,
};
use schemars::JsonSchema;
use serde::Serialize;

/// All that one run has to say.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One for each artifact that was examined, in the order they were named.
    pub outcomes: Vec<Outcome>,
    /// Targets that could not be examined at all.
    pub errors: Vec<TargetError>,
}

/// What came of one artifact.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The target as it was typed.
    pub target: String,
    /// What was seen and found.
    pub examination: Examination,
    /// Findings that somebody has answered for; they count for nothing and are told all the same.
    pub suppressed: Vec<Suppressed>,
    /// What was decided; absent after a scan, which decides nothing.
    pub decision: Option<(Verdict, Inputs)>,
    /// Where the record lies, when it was stored.
    pub recorded: Option<Recorded>,
}

/// A finding that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What suppresses it: a baseline with its last day, or a remark with its line.
    pub by: String,
    /// The reason that was given.
    pub reason: String,
}

/// Where a record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the order of recording, from 1.
    pub seq: i64,
    /// Digest of the record.
    pub digest: Digest,
    /// Whether an earlier record already said the same about the same bytes.
    pub reused: bool,
    /// Where its verdict is in the evidence log.
    pub logged: Option<Logged>,
}

/// Where a verdict is in the evidence log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Index of the entry.
    pub index: u64,
    /// The proof that it is there, in the form of a `.tlog-proof` file.
    pub receipt: String,
}

/// A target that could not be examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError {
    /// The target as it was typed.
    pub target: String,
    /// Why.
    pub message: String,
}

impl Outcome {
    /// The outcome that a stored record holds.
    pub fn of_record(target: &str, record: Record, recorded: Option<Recorded>) -> Self {
        let Record { verdict, examination, inputs, .. } = record;
        Self {
            target: target.to_owned(),
            examination,
            suppressed: Vec::new(),
            decision: Some((verdict, inputs)),
            recorded,
        }
    }

    /// The verdict, when one was given.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.decision.as_ref().map(|(verdict, _)| verdict)
    }

    /// Where a file of the artifact lies for whoever gave the target: below it, or the target itself.
    pub(crate) fn path(&self, file: &str) -> String {
        let target = self.target.trim_end_matches('/');
        let is_folder = matches!(
            self.examination.artifact.kind,
            headworks_types::ArtifactKind::Directory | headworks_types::ArtifactKind::HubSnapshot
        );
        let path = if is_folder { format!("{target}/{file}") } else { target.to_owned() };
        path.trim_start_matches("./").to_owned()
    }

    /// What was not understood, in the order it was met.
    pub fn faults(&self) -> impl Iterator<Item = (&Location, &Fault)> {
        self.examination.facts.iter().filter_map(|Fact { location, kind, .. }| match kind {
            FactKind::Fault(fault) => Some((location, fault)),
            _ => None,
        })
    }

    /// The number of findings of each severity that has any, worst first.
    pub(crate) fn counts(&self) -> Vec<(Severity, usize)> {
        let count = |severity| self.examination.findings.iter().filter(|finding| finding.severity == severity).count();
        Severity::WORST_FIRST.into_iter().map(|s| (s, count(s))).filter(|(_, count)| *count > 0).collect()
    }

    /// `3 findings (1 critical, 2 low)`.
    pub(crate) fn counted(&self) -> String {
        let counts: Vec<String> = self.counts().iter().map(|(severity, count)| format!("{count} {severity}")).collect();
        let total = crate::size::counted(self.examination.findings.len() as u64, "finding");
        if counts.is_empty() { total } else { format!("{total} ({})", counts.join(", ")) }
    }
}
