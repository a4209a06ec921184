//! What a record says about the parts of an artifact.

mod data;
mod files;
mod models;
mod range;
mod software;

use std::collections::BTreeMap;

use headworks_types::{Basis as Held, Fact, FactKind, Outcome, Record, Severity, Understanding, fact::CardFact};

use super::model::{Basis, Bom, Claim, Component, Edge, FileOf, Kind, Link, Phase, Relation, Weakness};
use super::overlay::Overlay;

/// What a document states besides what the record says.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// What people declare.
    pub overlay: Overlay,
    /// Who makes the document, where the overlay does not say.
    pub author: Option<String>,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
}

/// The facts of a record, by what they are about.
struct Learnt<'a> {
    record: &'a Record,
    files: Vec<FileOf>,
    bom: Bom,
}

impl Bom {
    /// The bill of materials of what a record is about.
    pub fn of_record(record: &Record, surroundings: &Surroundings) -> Self {
        let mut learnt = Learnt { record, files: files::list(record), bom: empty(record, surroundings) };
        learnt.models();
        learnt.datasets();
        learnt.software();
        learnt.weaknesses();
        learnt.finish(surroundings)
    }
}

/// The folder of a path; the artifact's root is the empty one.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn empty(record: &Record, surroundings: &Surroundings) -> Bom {
    let examination = &record.examination;
    let known_as = &examination.history.known_as;
    let called = if known_as.is_empty() { &examination.artifact.name } else { known_as };
    let name = last_part(called.split('@').next().unwrap_or(called));
    let mut system = Component::new(Kind::System, format!("system:{}", examination.artifact.digest), name);
    system.digests = vec![examination.artifact.digest];
    Bom {
        authors: surroundings.author.iter().map(|name| Claim::new(Basis::Declared, name, "command line")).collect(),
        created_ms: surroundings.created_ms,
        tool_version: record.inputs.engine.clone(),
        phase: Phase::PostBuild,
        artifact: Some(examination.artifact.digest),
        system,
        components: Vec::new(),
        edges: Vec::new(),
        weaknesses: Vec::new(),
        controls: Vec::new(),
        incomplete: Vec::new(),
    }
}

fn last_part(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().filter(|part| !part.is_empty()).unwrap_or(path)
}

impl<'a> Learnt<'a> {
    fn facts(&self) -> impl Iterator<Item = &'a Fact> + use<'a> {
        self.record.examination.facts.iter()
    }

    /// What a field of the record's provenance says, the best founded first; cards speak for their own folders only.
    fn provenance(&self, field: &str) -> Vec<Claim> {
        let fields = self.record.examination.provenance.iter();
        let values = fields.filter(|known| known.field == field).flat_map(|known| &known.values);
        let is_card = |source: &str| self.files.iter().any(|file| file.path == source);
        let values = values.filter(|known| known.basis == Held::Verified || !is_card(&known.source));
        values.map(|known| Claim::new(basis(known.basis), &known.value, &known.source)).collect()
    }

    /// Values of a field of the card in a folder.
    fn card<'s>(&'s self, folder: &'s str, key: &'s str) -> impl Iterator<Item = Claim> + 's {
        self.cards(folder).filter_map(move |(path, fact)| match fact {
            CardFact::Field { key: known, value } if known == key && !value.trim().is_empty() => {
                Some(Claim::new(Basis::Stated, value, path))
            }
            _ => None,
        })
    }

    fn cards<'s>(&'s self, of: &'s str) -> impl Iterator<Item = (&'a str, &'a CardFact)> + 's {
        self.facts().filter_map(move |fact| match &fact.kind {
            FactKind::Card(card) if folder(fact.location.place.file_path()) == of => {
                Some((fact.location.place.file_path(), card))
            }
            _ => None,
        })
    }

    /// What stands below the headings of a card that hold one of these words.
    fn sections(&self, of: &str, words: &[&str]) -> Vec<Claim> {
        let mut found = Vec::new();
        for (path, fact) in self.cards(of) {
            let CardFact::Section { title, text } = fact else { continue };
            let title = title.to_lowercase();
            if words.iter().any(|word| title.contains(word)) {
                found.push(Claim::new(Basis::Stated, text, path));
            }
        }
        found
    }

    fn link(&mut self, from: &str, relation: Relation, to: &str, claim: &Claim) {
        let edge =
            Edge { from: from.into(), relation, to: to.into(), basis: claim.basis, source: claim.source.clone() };
        if from != to && !self.bom.edges.iter().any(|known| known.same_as(&edge)) {
            self.bom.edges.push(edge);
        }
    }

    /// Adds a component, unless one of this reference is there.
    fn add(&mut self, component: Component) {
        if !self.bom.components.iter().any(|known| known.reference == component.reference) {
            self.bom.components.push(component);
        }
    }

    /// Findings from medium on, with what they are about; a lesser one is no weakness of a component.
    fn weaknesses(&mut self) {
        let mut found: BTreeMap<(String, String), Weakness> = BTreeMap::new();
        for finding in &self.record.examination.findings {
            if finding.severity < Severity::Medium {
                continue;
            }
            let affects = self.owner(finding.location.place.file_path());
            let weakness = found.entry((finding.rule.clone(), affects.clone())).or_insert_with(|| Weakness {
                id: finding.rule.clone(),
                source: "headworks".into(),
                severity: finding.severity,
                description: finding.message.clone(),
                affects: vec![affects],
            });
            weakness.severity = weakness.severity.max(finding.severity);
        }
        self.bom.weaknesses = found.into_values().collect();
    }

    /// The component that a file belongs to.
    fn owner(&self, path: &str) -> String {
        let holder = self.bom.components.iter().find(|component| component.files.iter().any(|file| file.path == path));
        holder.map_or_else(|| self.bom.system.reference.clone(), |component| component.reference.clone())
    }

    /// What is left: controls, files of no component, gaps, and what people declare.
    fn finish(mut self, surroundings: &Surroundings) -> Bom {
        let requirements = self.record.verdict.requirements.iter();
        self.bom.controls =
            requirements.map(|r| (r.control.clone(), outcome(r.outcome).to_owned(), r.title.clone())).collect();
        let coverage = self.record.examination.coverage.iter();
        let gaps = coverage.filter(|file| file.understanding != Understanding::Whole).map(|file| file.path.clone());
        self.bom.incomplete = gaps.collect();
        self.bom.incomplete.extend(self.record.examination.artifact.excluded.iter().cloned());
        self.system();
        surroundings.overlay.apply(&mut self.bom);
        self.bom.components.sort_by(|a, b| (a.kind, &a.reference).cmp(&(b.kind, &b.reference)));
        self.bom.edges.sort();
        self.bom
    }

    fn system(&mut self) {
        let owned: Vec<&str> =
            self.bom.components.iter().flat_map(|c| &c.files).map(|file| file.path.as_str()).collect();
        let rest = self.files.iter().filter(|file| !owned.contains(&file.path.as_str())).cloned().collect();
        self.bom.system.files = rest;
        let policy = self.files.iter().find(|file| last_part(&file.path).eq_ignore_ascii_case("security.md"));
        self.bom
            .system
            .links
            .extend(policy.map(|file| Link { kind: "security-contact".into(), url: file.path.clone() }));
        if let Some(main) = self.bom.components.iter().find(|component| component.is_model() && !component.is_external)
        {
            let (supplier, description) = (main.supplier.clone(), main.description.clone());
            let (version, released) = (main.version.clone(), main.released.clone());
            let system = &mut self.bom.system;
            (system.supplier, system.description) = (supplier, description);
            (system.version, system.released) = (version, released);
        }
        // Packages, images and servers are what it depends on.
        let parts = self
            .bom
            .components
            .iter()
            .filter(|part| !part.is_external && (part.is_model() || part.kind == Kind::Dataset));
        let parts: Vec<String> = parts.map(|part| part.reference.clone()).collect();
        let system = self.bom.system.reference.clone();
        for part in parts {
            let observed = Claim::new(Basis::Observed, "", "its files");
            self.link(&system, Relation::Contains, &part, &observed);
        }
    }
}

impl Edge {
    fn same_as(&self, other: &Self) -> bool {
        (&self.from, self.relation, &self.to) == (&other.from, other.relation, &other.to)
    }
}

fn basis(held: Held) -> Basis {
    match held {
        Held::Verified => Basis::Verified,
        Held::Observed => Basis::Observed,
        Held::Stated => Basis::Stated,
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::NotEstablished => "not_established",
    }
}
