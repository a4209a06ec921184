//! A report as JSON with a published schema.
//!
//! Names are never reused; readers must tolerate names they do not know.

use headworks_types::{
    Artifact, Attestation, Digest, Fault, FileCoverage, Finding, History, Inputs, Location, ProvenanceField, Record,
    Verdict, record,
};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::{Logged, Outcome, Report, Suppressed};

/// Name and version of the report's layout.
pub const SCHEMA: &str = "headworks/report/v1";

/// What one run of `check` or `scan` has to say.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Report")]
struct Document<'a> {
    /// Always `headworks/report/v1`.
    schema: &'static str,
    /// Version of headworks.
    engine: &'static str,
    /// One for each artifact that was examined, in the order they were named.
    results: Vec<Entry<'a>>,
    /// Targets that could not be examined at all.
    errors: Vec<Failure<'a>>,
}

/// What came of one artifact.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Result")]
struct Entry<'a> {
    /// The target as it was typed.
    target: &'a str,
    /// What was examined.
    artifact: &'a Artifact,
    /// What was decided; absent after a scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a Verdict>,
    /// What the rules found, worst first.
    findings: &'a [Finding],
    /// Findings that do not count, each with the reason.
    suppressed: &'a [Suppressed],
    /// What was understood of each file.
    coverage: &'a [FileCoverage],
    /// What was not understood, and where.
    not_understood: Vec<NotUnderstood<'a>>,
    /// What others signed about it, whatever that is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    attestations: Option<&'a [Attestation]>,
    /// What is known of where it comes from, by field; a field without values is unknown. Absent after a scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a [ProvenanceField]>,
    /// What the store knew of it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a History>,
    /// What the verdict depends on besides the artifact; absent after a scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<&'a Inputs>,
    /// Where the record lies; absent when none was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordEntry>,
}

/// Bytes that were not understood.
#[derive(Debug, Serialize, JsonSchema)]
struct NotUnderstood<'a> {
    /// Where.
    location: &'a Location,
    /// Why, in one line.
    reason: String,
    /// Why, for machines.
    fault: &'a Fault,
}

/// Where a record lies.
#[derive(Debug, Serialize, JsonSchema)]
struct RecordEntry {
    /// Position in the order of recording, from 1.
    seq: i64,
    /// Digest of the record.
    digest: Digest,
    /// Whether an earlier record already said the same about the same bytes.
    reused: bool,
    /// Where its verdict is in the evidence log.
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogEntry>,
}

/// Where a verdict is in the evidence log.
#[derive(Debug, Serialize, JsonSchema)]
struct LogEntry {
    /// Index of the entry, from 0.
    index: u64,
    /// The proof that it is there, in the form of a `.tlog-proof` file (C2SP tlog-proof).
    receipt: String,
}

/// A record and where its verdict is.
#[derive(Debug, Serialize)]
struct LoggedRecord<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogEntry>,
}

/// A target that could not be examined.
#[derive(Debug, Serialize, JsonSchema)]
struct Failure<'a> {
    /// The target as it was typed.
    target: &'a str,
    /// Why.
    message: &'a str,
}

/// The report as one JSON document.
pub fn render(report: &Report) -> String {
    let errors = report.errors.iter().map(|error| Failure { target: &error.target, message: &error.message });
    let document = Document {
        schema: SCHEMA,
        engine: env!("CARGO_PKG_VERSION"),
        results: report.outcomes.iter().map(entry).collect(),
        errors: errors.collect(),
    };
    pretty(&document)
}

/// The report as one line of JSON for each artifact, then one for each error.
pub fn render_lines(report: &Report) -> String {
    let line = |value: serde_json::Result<String>| value.expect("a report is plain data with string keys") + "\n";
    let results = report.outcomes.iter().map(|outcome| line(serde_json::to_string(&entry(outcome))));
    let errors = report
        .errors
        .iter()
        .map(|error| line(serde_json::to_string(&Failure { target: &error.target, message: &error.message })));
    results.chain(errors).collect()
}

/// A record as it is stored, indented for people, and beside its fields the place of its verdict in the log.
pub fn render_record(record: &Record, logged: Option<&Logged>) -> String {
    pretty(&LoggedRecord { record, log: logged.map(log_entry) })
}

/// JSON Schema of [`render`]'s document.
pub fn report_schema() -> Schema {
    schema_for!(Document<'static>)
}

/// JSON Schema of a stored record, `headworks/record/v1`.
pub fn record_schema() -> Schema {
    schema_for!(record::Record)
}

fn entry(outcome: &Outcome) -> Entry<'_> {
    let faults = outcome.faults();
    let recorded = outcome.recorded.as_ref();
    Entry {
        target: &outcome.target,
        artifact: &outcome.examination.artifact,
        verdict: outcome.verdict(),
        findings: &outcome.examination.findings,
        suppressed: &outcome.suppressed,
        coverage: &outcome.examination.coverage,
        attestations: Some(outcome.examination.attestations.as_slice()).filter(|all| !all.is_empty()),
        provenance: Some(outcome.examination.provenance.as_slice()).filter(|fields| !fields.is_empty()),
        history: Some(&outcome.examination.history).filter(|history| !history.is_empty()),
        not_understood: faults
            .map(|(location, fault)| NotUnderstood { location, reason: fault.to_string(), fault })
            .collect(),
        inputs: outcome.decision.as_ref().map(|(_, inputs)| inputs),
        record: recorded.map(|at| RecordEntry {
            seq: at.seq,
            digest: at.digest,
            reused: at.reused,
            log: at.logged.as_ref().map(log_entry),
        }),
    }
}

fn log_entry(logged: &Logged) -> LogEntry {
    LogEntry { index: logged.index, receipt: logged.receipt.clone() }
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("a report is plain data with string keys") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_document_has_the_names_its_schema_requires() {
        let document: serde_json::Value = serde_json::from_str(&render(&sample::report())).expect("it is JSON");
        let schema = serde_json::to_value(report_schema()).expect("it is JSON");
        let required = |of: &serde_json::Value| -> Vec<String> {
            of["required"].as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
        };
        assert!(required(&schema).iter().all(|name| document.get(name).is_some()), "{document}");
        let entry = required(&schema["$defs"]["Result"]);
        assert!(!entry.is_empty() && entry.iter().all(|name| document["results"][0].get(name).is_some()));
    }

    #[test]
    fn lines_are_one_value_each() {
        let lines = render_lines(&sample::report());
        assert_eq!(lines.lines().count(), 1);
        assert!(serde_json::from_str::<serde_json::Value>(lines.trim()).is_ok());
    }
}
