//! What a policy sees: the document `input` of its rules.
//!
//! It is derived from the examination and is small beside it: facts stay behind, and faults and formats are
//! counted over all files, each with the first few of them. So the cost of a decision hardly grows with what
//! is wrong with an artifact. The layout is versioned, because policies are written against it.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::fact::FileFact;
use headworks_types::{
    Attestation, Confidence, Digest, Examination, Fact, FactKind, Fault, History, Place, ProvenanceValue, Severity,
    Understanding, VulnerabilityAssessment,
};
use serde::Serialize;

/// Name and version of the layout.
pub const SCHEMA: &str = "headworks/policy-input/v1";

/// Paths kept as examples of a format or a fault.
const PATHS_MAX: usize = 4;

/// The document that a policy judges, as it appears in Rego under `input`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyInput {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Tier to apply.
    pub tier: String,
    /// The time of the decision, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// What is judged.
    pub artifact: ArtifactInput,
    /// Every file, sorted by path.
    pub files: Vec<FileInput>,
    /// Every format that was recognised, at any depth of nesting, by its id.
    pub formats: BTreeMap<String, FormatInput>,
    /// What the rules found, worst first.
    pub findings: Vec<FindingInput>,
    /// What was not understood, by kind and by the formats it concerns.
    pub faults: Vec<FaultInput>,
    /// Signatures over its files, whatever they are worth.
    pub signatures: Vec<Attestation>,
    /// Statements of others about it, whatever they are worth.
    pub attestations: Vec<Attestation>,
    /// What is known of signers; null without a trust store.
    pub trust: Option<TrustInput>,
    /// What is known of where it comes from, by field.
    pub provenance: BTreeMap<String, Vec<ProvenanceValue>>,
    /// What copies of advisories say of the packages that it names; null when none were asked.
    pub vulnerabilities: Option<VulnerabilityAssessment>,
    /// What the store knew of it before; empty without a store.
    pub history: History,
    /// Whether the verdict is signed and logged.
    pub recorded: bool,
    /// Why the gate could not sign its files, were it admitted; null when it can.
    pub unsignable: Option<String>,
    /// The minimum elements of a bill of materials, by their ids: `present`, `stated`, `contradicted` or `absent`.
    pub elements: BTreeMap<String, String>,
}

/// The trust store, as far as a policy needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustInput {
    /// Its version.
    pub version: u64,
    /// Digest of its text.
    pub digest: Digest,
    /// Who signed artifacts of this name before, when that is not who signs now.
    pub signed_before_by: Option<String>,
}

/// The artifact as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArtifactInput {
    /// What it is called here; a name, not an identity.
    pub name: String,
    /// How it was given: `file`, `directory`, `hub-snapshot` or `stream`.
    pub kind: headworks_types::ArtifactKind,
    /// Its tree digest.
    pub digest: Digest,
    /// Bytes of all files.
    pub bytes: u64,
    /// Directories below the root that are no part of it.
    pub excluded: Vec<String>,
}

/// One file of the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileInput {
    /// Path within the artifact.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, or null when it could not be read to its end.
    pub digest: Option<Digest>,
    /// Formats whose parsers ran on the file itself.
    pub formats: Vec<String>,
    /// `whole`, `partial` or `none`.
    pub understanding: Understanding,
    /// How many faults were met in it.
    pub faults: u64,
}

/// How often a format occurs, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FormatInput {
    /// Files and container members of the format.
    pub times: u64,
    /// Files that are, or hold, one.
    pub files: u64,
    /// The first few files that are, or hold, one.
    pub paths: Vec<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingInput {
    /// Id of the rule.
    pub rule: String,
    /// `critical`, `high`, `medium`, `low` or `info`.
    pub severity: Severity,
    /// `high`, `medium` or `low`.
    pub confidence: Confidence,
    /// Controls it speaks against.
    pub controls: Vec<String>,
    /// Path of the file.
    pub path: String,
    /// The file and the container members on the way in, as one text.
    pub place: String,
    /// One sentence.
    pub message: String,
    /// Identity of the finding.
    pub fingerprint: Digest,
}

/// What was not understood: all faults of one kind that concern the same formats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultInput {
    /// `unrecognised`, `truncated`, `malformed`, `unsupported`, `budget`, `unexplained`, `encrypted`,
    /// `unreadable` or `absent`.
    pub kind: &'static str,
    /// Formats of the file, of the place and of the fault itself: whose inspection is incomplete.
    pub formats: BTreeSet<String>,
    /// How many files they are in.
    pub files: u64,
    /// The first few of these files.
    pub paths: Vec<String>,
    /// Place of the first: the file and the container members on the way in, as one text.
    pub place: String,
    /// The first in words.
    pub description: String,
    /// How many there are.
    pub times: u64,
}

impl PolicyInput {
    /// The document for an examination, to be judged at `tier` at the time `now_ms`.
    pub fn new(examination: &Examination, tier: &str, now_ms: i64) -> Self {
        let artifact = &examination.artifact;
        let formats = formats_by_place(&examination.facts);
        Self {
            schema: SCHEMA,
            tier: tier.to_owned(),
            now_ms,
            artifact: ArtifactInput {
                name: artifact.name.clone(),
                kind: artifact.kind,
                digest: artifact.digest,
                bytes: artifact.bytes,
                excluded: artifact.excluded.clone(),
            },
            files: files(examination),
            formats: count_formats(&formats),
            findings: examination.findings.iter().map(FindingInput::of).collect(),
            faults: faults(&examination.facts, &formats),
            signatures: examination.attestations.iter().filter(|each| each.is_signature()).cloned().collect(),
            attestations: examination.attestations.iter().filter(|each| !each.is_signature()).cloned().collect(),
            trust: None,
            provenance: examination
                .provenance
                .iter()
                .map(|field| (field.field.clone(), field.values.clone()))
                .collect(),
            vulnerabilities: examination.vulnerabilities.clone(),
            history: examination.history.clone(),
            recorded: false,
            unsignable: None,
            elements: BTreeMap::new(),
        }
    }

    /// The same with what is known of signers.
    pub fn with_trust(self, trust: Option<TrustInput>) -> Self {
        Self { trust, ..self }
    }

    /// The same with whether the verdict is signed and logged, and why its files could not be signed.
    pub fn with_recording(self, recorded: bool, unsignable: Option<String>) -> Self {
        Self { recorded, unsignable, ..self }
    }

    /// The same with how much a bill of materials would say.
    pub fn with_elements(self, elements: BTreeMap<String, String>) -> Self {
        Self { elements, ..self }
    }

    /// The document as if the rules had not counted these findings against these controls.
    pub(crate) fn without(&self, excused: &BTreeSet<(Digest, &str)>) -> Self {
        let mut input = self.clone();
        input.findings.retain_mut(|finding| {
            let (fingerprint, before) = (finding.fingerprint, finding.controls.len());
            finding.controls.retain(|control| !excused.contains(&(fingerprint, control.as_str())));
            // A finding that counts against nothing any more has been excused altogether.
            before == 0 || !finding.controls.is_empty()
        });
        input
    }
}

impl FindingInput {
    fn of(finding: &headworks_types::Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            severity: finding.severity,
            confidence: finding.confidence,
            controls: finding.controls.clone(),
            path: finding.location.place.file_path().to_owned(),
            place: finding.location.place.to_string(),
            message: finding.message.clone(),
            fingerprint: finding.fingerprint,
        }
    }
}

/// Every path that is a file, or that something was said about.
fn files(examination: &Examination) -> Vec<FileInput> {
    let unknown = |path: &str| FileInput {
        path: path.to_owned(),
        bytes: 0,
        digest: None,
        formats: Vec::new(),
        understanding: Understanding::None,
        faults: 0,
    };
    let mut files: BTreeMap<&str, FileInput> = BTreeMap::new();
    for entry in &examination.artifact.files {
        let file = files.entry(&entry.path).or_insert_with(|| unknown(&entry.path));
        (file.bytes, file.digest) = (entry.bytes, entry.digest);
    }
    let mut covered = BTreeSet::new();
    for coverage in &examination.coverage {
        let file = files.entry(&coverage.path).or_insert_with(|| unknown(&coverage.path));
        file.formats.extend(coverage.formats.iter().cloned());
        // One file can be covered twice, by the walk and by the parsers; the worse of the two holds.
        let known = covered.insert(coverage.path.as_str());
        file.understanding =
            if known { coverage.understanding } else { worse(file.understanding, coverage.understanding) };
    }
    for fault in examination.facts.iter().filter(|fact| matches!(fact.kind, FactKind::Fault(_))) {
        let path = fault.location.place.file_path();
        let file = files.entry(path).or_insert_with(|| unknown(path));
        file.faults = file.faults.saturating_add(fault.times);
    }
    files.into_values().collect()
}

fn worse(a: Understanding, b: Understanding) -> Understanding {
    match (a, b) {
        (Understanding::None, _) | (_, Understanding::None) => Understanding::None,
        (Understanding::Partial, _) | (_, Understanding::Partial) => Understanding::Partial,
        (Understanding::Whole, Understanding::Whole) => Understanding::Whole,
    }
}

type FormatsByPlace<'a> = BTreeMap<&'a Place, BTreeSet<&'a str>>;

fn formats_by_place(facts: &[Fact]) -> FormatsByPlace<'_> {
    let mut formats = FormatsByPlace::new();
    for fact in facts {
        if let FactKind::File(FileFact::Identified { format, .. }) = &fact.kind {
            formats.entry(&fact.location.place).or_default().insert(format);
        }
    }
    formats
}

fn count_formats(by_place: &FormatsByPlace<'_>) -> BTreeMap<String, FormatInput> {
    let mut counted: BTreeMap<&str, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for (place, formats) in by_place {
        for format in formats {
            let (times, files) = counted.entry(format).or_default();
            *times += 1;
            files.insert(place.file_path());
        }
    }
    let counted = counted.into_iter().map(|(format, (times, files))| {
        let paths = files.iter().take(PATHS_MAX).map(|path| (*path).to_owned()).collect();
        (format.to_owned(), FormatInput { times, files: files.len() as u64, paths })
    });
    counted.collect()
}

/// By kind and formats: what is said of the first fault, and the files that have one.
type FaultsByFormats<'a> = BTreeMap<(&'static str, BTreeSet<String>), (FaultInput, BTreeSet<&'a str>)>;

fn faults(facts: &[Fact], by_place: &FormatsByPlace<'_>) -> Vec<FaultInput> {
    let mut faults = FaultsByFormats::new();
    for fact in facts {
        let FactKind::Fault(fault) = &fact.kind else { continue };
        let place = &fact.location.place;
        let mut formats = formats_on_the_way(place, by_place);
        formats.extend(format(fault).map(str::to_owned));
        let (entry, files) = faults
            .entry((kind(fault), formats))
            .or_insert_with_key(|(kind, formats)| (first_fault(kind, formats.clone(), place, fault), BTreeSet::new()));
        entry.times = entry.times.saturating_add(fact.times);
        files.insert(place.file_path());
    }
    let complete = |(fault, files): (FaultInput, BTreeSet<&str>)| FaultInput {
        files: files.len() as u64,
        paths: files.into_iter().take(PATHS_MAX).map(str::to_owned).collect(),
        ..fault
    };
    faults.into_values().map(complete).collect()
}

fn first_fault(kind: &'static str, formats: BTreeSet<String>, place: &Place, fault: &Fault) -> FaultInput {
    let (place, description) = (place.to_string(), describe(fault));
    FaultInput { kind, formats, files: 0, paths: Vec::new(), place, description, times: 0 }
}

/// Formats of the file and of each container member down to the place.
fn formats_on_the_way(place: &Place, by_place: &FormatsByPlace<'_>) -> BTreeSet<String> {
    let outer = Place::file(place.file_path());
    let members = place.members().iter().scan(outer.clone(), |at, member| {
        *at = at.member(member.clone());
        Some(at.clone())
    });
    let way = std::iter::once(outer).chain(members);
    way.filter_map(|place| by_place.get(&place)).flatten().map(|format| (*format).to_owned()).collect()
}

fn kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unrecognised => "unrecognised",
        Fault::Truncated { .. } => "truncated",
        Fault::Malformed { .. } => "malformed",
        Fault::Unsupported { .. } => "unsupported",
        Fault::Budget { .. } => "budget",
        Fault::Unexplained { .. } => "unexplained",
        Fault::Encrypted { .. } => "encrypted",
        Fault::Unreadable { .. } => "unreadable",
        Fault::Absent { .. } => "absent",
    }
}

fn format(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::Truncated { format, .. }
        | Fault::Malformed { format, .. }
        | Fault::Unsupported { format, .. }
        | Fault::Unexplained { format }
        | Fault::Encrypted { format } => Some(format),
        Fault::Unrecognised | Fault::Budget { .. } | Fault::Unreadable { .. } | Fault::Absent { .. } => None,
    }
}

fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Unrecognised => "no known format claims the bytes".to_owned(),
        Fault::Truncated { format, wanted } => format!("the {format} ends before {wanted}"),
        Fault::Malformed { format, problem } => format!("the {format} is malformed: {problem}"),
        Fault::Unsupported { format, feature } => format!("{feature} of {format} is not read by this version"),
        Fault::Budget { limit, max } => format!("the limit `{limit}` of {max} was reached"),
        Fault::Unexplained { format } => format!("it holds bytes that the {format} does not account for"),
        Fault::Encrypted { format } => format!("the {format} is encrypted"),
        Fault::Unreadable { reason } => format!("it could not be read: {reason}"),
        Fault::Absent { stand_in } => format!("its bytes are elsewhere: {stand_in}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(place: &Place, kind: impl Into<FactKind>) -> Fact {
        Fact { location: place.at(0..1), times: 1, kind: kind.into() }
    }

    fn identified(format: &str) -> FileFact {
        FileFact::Identified { format: format.into(), summary: String::new() }
    }

    #[test]
    fn a_fault_counts_against_every_format_on_the_way_to_it() {
        let file = Place::file("model.bin");
        let member = file.member("data.pkl");
        let unreadable = Fault::Budget { limit: "opcodes_max".into(), max: 1 };
        let facts = [fact(&file, identified("zip")), fact(&member, identified("pickle")), fact(&member, unreadable)];
        let faults = faults(&facts, &formats_by_place(&facts));
        assert_eq!(faults[0].formats, BTreeSet::from(["pickle".to_owned(), "zip".to_owned()]));
        assert_eq!(faults[0].place, "model.bin > data.pkl");
    }

    #[test]
    fn faults_of_one_kind_and_format_are_one_entry_however_many_there_are() {
        let files: Vec<Place> = (0..9).map(|i| Place::file(format!("{i}.bin"))).collect();
        let twice = files.iter().chain(&files);
        let facts: Vec<Fact> = twice.map(|file| fact(file, Fault::Unexplained { format: "zip".into() })).collect();
        let faults = faults(&facts, &formats_by_place(&facts));
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert_eq!((fault.times, fault.files, fault.place.as_str()), (18, 9, "0.bin"));
        assert_eq!(fault.paths, ["0.bin", "1.bin", "2.bin", "3.bin"]);
    }
}
