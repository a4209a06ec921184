//! The provenance record of a model (HW-PRV-01): what is known of where it comes from, and what is not.

use std::collections::{BTreeMap, BTreeSet};

use headworks_attest::provenance::types;
use headworks_types::fact::{CardFact, ConfigurationFact, ReferenceKind};
use headworks_types::{Attestation, Basis, Examination, Fact, FactKind, ProvenanceField, ProvenanceValue, Standing};

use crate::attestations::Assessment;

/// Every field of the record, known or not.
const FIELDS: [&str; 7] = ["origin", "version", "publisher", "licence", "base_model", "datasets", "evaluation"];

/// Values that are kept of one field.
const VALUES_MAX: usize = 8;

/// Longest value that is kept, in characters.
const VALUE_CHARS_MAX: usize = 256;

/// What it is called, and who says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    /// A purl, or its own name.
    pub(crate) name: &'a str,
    /// The revision that the place where it lies shows.
    pub(crate) revision: Option<&'a str>,
    /// Whether somebody named it so, in place of where it lies.
    pub(crate) given: bool,
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, BTreeSet<ProvenanceValue>>);

/// What is known, field by field.
pub(crate) fn record(name: Name<'_>, examination: &Examination, assessments: &[Assessment]) -> Vec<ProvenanceField> {
    let mut fields = Fields::default();
    fields.named(name);
    examination.facts.iter().for_each(|fact| fields.stated(fact));
    for assessment in assessments.iter().filter(|each| each.attestation.standing == Standing::Enrolled) {
        fields.attested(assessment);
    }
    let mut take =
        |field: &&'static str| fields.0.remove(field).unwrap_or_default().into_iter().take(VALUES_MAX).collect();
    FIELDS.iter().map(|field| ProvenanceField { field: (*field).to_owned(), values: take(field) }).collect()
}

impl Fields {
    fn put(&mut self, field: &'static str, basis: Basis, value: &str, source: &str) {
        let value: String = value.chars().take(VALUE_CHARS_MAX).collect();
        if !value.trim().is_empty() {
            let source = source.to_owned();
            self.0.entry(field).or_default().insert(ProvenanceValue { basis, value, source });
        }
    }

    /// A purl names origin and owner, and a version behind its `@`; a bare name shows nothing.
    fn named(&mut self, Name { name, revision, given }: Name<'_>) {
        let (basis, source) = if given { (Basis::Stated, "its given name") } else { (Basis::Observed, "its place") };
        let Some(path) = name.strip_prefix("pkg:") else { return };
        let (path, version) = match path.rsplit_once('@') {
            Some((path, version)) if !version.contains('/') => (path, Some(version)),
            _ => (path, None),
        };
        self.put("origin", basis, &format!("pkg:{path}"), source);
        if let [_kind, .., owner, _name] = path.split('/').collect::<Vec<_>>().as_slice() {
            self.put("publisher", basis, owner, source);
        }
        if let Some(version) = version.or(revision) {
            self.put("version", basis, version, source);
        }
    }

    /// What cards and configurations claim.
    fn stated(&mut self, fact: &Fact) {
        let source = fact.location.place.file_path();
        match &fact.kind {
            FactKind::Card(CardFact::Field { key, value }) => {
                let field = match key.as_str() {
                    "license" => "licence",
                    "base_model" => "base_model",
                    "datasets" => "datasets",
                    _ => return,
                };
                self.put(field, Basis::Stated, value, source);
            }
            FactKind::Configuration(ConfigurationFact::Reference { key, kind: ReferenceKind::Repository, value })
                if key.contains("base_model") =>
            {
                self.put("base_model", Basis::Stated, value, source);
            }
            _ => {}
        }
    }

    fn attested(&mut self, Assessment { attestation, materials, .. }: &Assessment) {
        let Attestation { source, claims, predicate_type, publisher, .. } = attestation;
        let whole = attestation.uncovered.is_empty() && attestation.problems.is_empty();
        if let (true, Some(publisher)) = (whole && attestation.is_signature(), publisher) {
            self.put("publisher", Basis::Verified, publisher, source);
        }
        for (claim, field) in [("source_repository", "origin"), ("source_commit", "version"), ("licences", "licence")] {
            if let Some(value) = claims.get(claim) {
                self.put(field, Basis::Verified, value, source);
            }
        }
        for material in materials {
            let field = match material.role {
                "base" => "base_model",
                "data" => "datasets",
                _ => continue,
            };
            self.put(field, Basis::Verified, &material.name, source);
        }
        if let (types::TEST_RESULT, Some(result)) = (predicate_type.as_str(), claims.get("result")) {
            self.put("evaluation", Basis::Verified, result, source);
        }
    }
}
