//! What a record says about the parts of an artifact.

mod data;
mod files;
mod models;
mod range;
mod software;

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::{
    AssessedPackage, Basis as Held, Examination, Fact, FactKind, Outcome, Record, Requirement, Severity, Understanding,
    fact::CardFact,
};

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
    examination: &'a Examination,
    requirements: &'a [Requirement],
    files: Vec<FileOf>,
    /// Where files of one folder begin and end in `files`, which are sorted by folder.
    folders: BTreeMap<String, Vec<usize>>,
    /// Facts that describe a model or a dataset, by the folder of their file.
    described: BTreeMap<&'a str, Vec<&'a Fact>>,
    /// Which component a file belongs to.
    owners: BTreeMap<String, String>,
    references: BTreeSet<String>,
    related: BTreeSet<(String, Relation, String)>,
    bom: Bom,
}

impl Bom {
    /// The bill of materials of what a record is about.
    pub fn of_record(record: &Record, surroundings: &Surroundings) -> Self {
        Self::of(&record.examination, &record.verdict.requirements, &record.inputs.engine, surroundings)
    }

    /// The bill of materials of what was examined, with what was decided of it.
    pub fn of(
        examination: &Examination,
        requirements: &[Requirement],
        engine: &str,
        surroundings: &Surroundings,
    ) -> Self {
        let mut learnt = Learnt::new(examination, requirements, empty(examination, engine, surroundings));
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

fn empty(examination: &Examination, engine: &str, surroundings: &Surroundings) -> Bom {
    let known_as = &examination.history.known_as;
    let called = if known_as.is_empty() { &examination.artifact.name } else { known_as };
    let name = last_part(called.split('@').next().unwrap_or(called));
    let mut system = Component::new(Kind::System, format!("system:{}", examination.artifact.digest), name);
    system.digests = vec![examination.artifact.digest];
    Bom {
        authors: surroundings.author.iter().map(|name| Claim::new(Basis::Declared, name, "command line")).collect(),
        created_ms: surroundings.created_ms,
        tool_version: engine.to_owned(),
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
    fn new(examination: &'a Examination, requirements: &'a [Requirement], bom: Bom) -> Self {
        let files = files::list(examination);
        let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            folders.entry(folder(&file.path).to_owned()).or_default().push(index);
        }
        let mut described: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
        for fact in &examination.facts {
            let describes = matches!(
                fact.kind,
                FactKind::Card(_) | FactKind::Tensor(_) | FactKind::Repository(_) | FactKind::Configuration(_)
            );
            if describes {
                described.entry(folder(fact.location.place.file_path())).or_default().push(fact);
            }
        }
        let (owners, references, related) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { examination, requirements, files, folders, described, owners, references, related, bom }
    }

    /// The files that lie in a folder itself.
    fn files_in(&self, folder: &str) -> impl Iterator<Item = &FileOf> {
        let indexes = self.folders.get(folder).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().filter_map(|index| self.files.get(*index))
    }

    /// What describes the model or the dataset in a folder.
    fn described(&self, folder: &str) -> impl Iterator<Item = &'a Fact> + use<'a, '_> {
        self.described.get(folder).into_iter().flatten().copied()
    }

    fn facts(&self) -> impl Iterator<Item = &'a Fact> + use<'a> {
        self.examination.facts.iter()
    }

    /// What a field of the record's provenance says, the best founded first; cards speak for their own folders only.
    fn provenance(&self, field: &str) -> Vec<Claim> {
        let fields = self.examination.provenance.iter();
        let values = fields.filter(|known| known.field == field).flat_map(|known| &known.values);
        let is_card = |source: &str| self.files_in(folder(source)).any(|file| file.path == source);
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

    fn cards<'s>(&'s self, of: &str) -> impl Iterator<Item = (&'a str, &'a CardFact)> + use<'a, 's> {
        self.described(of).filter_map(move |fact| match &fact.kind {
            FactKind::Card(card) => Some((fact.location.place.file_path(), card)),
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
        if from != to && self.related.insert((from.to_owned(), relation, to.to_owned())) {
            let (from, to) = (from.to_owned(), to.to_owned());
            self.bom.edges.push(Edge { from, relation, to, basis: claim.basis, source: claim.source.clone() });
        }
    }

    /// Adds a component, unless one of this reference is there.
    fn add(&mut self, component: Component) {
        if self.references.insert(component.reference.clone()) {
            for file in &component.files {
                self.owners.entry(file.path.clone()).or_insert_with(|| component.reference.clone());
            }
            self.bom.components.push(component);
        }
    }

    /// Findings from medium on, with what they are about; a lesser one is no weakness of a component.
    fn weaknesses(&mut self) {
        let mut found: BTreeMap<(String, String), Weakness> = BTreeMap::new();
        for finding in &self.examination.findings {
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
        self.advisories();
    }

    /// What copies of advisories say of its packages, and of which of them they can say nothing.
    fn advisories(&mut self) {
        let assessed = self.examination.vulnerabilities.iter().flat_map(|assessment| &assessment.packages);
        for AssessedPackage { package, affected_by, undetermined } in assessed {
            let known = self.bom.components.iter_mut().find(|component| component.purl.as_ref() == Some(package));
            let open = undetermined
                .iter()
                .map(|reason| ("headworks:advisories".to_owned(), format!("undetermined: {reason}")));
            let reference = match known {
                Some(component) => {
                    component.properties.extend(open);
                    component.reference.clone()
                }
                None => self.bom.system.reference.clone(),
            };
            self.bom.weaknesses.extend(affected_by.iter().map(|advisory| Weakness {
                id: advisory.id.clone(),
                source: "OSV".into(),
                severity: advisory.severity,
                description: advisory.summary.clone(),
                affects: vec![reference.clone()],
            }));
        }
    }

    /// The component that a file belongs to.
    fn owner(&self, path: &str) -> String {
        self.owners.get(path).unwrap_or(&self.bom.system.reference).clone()
    }

    /// What is left: controls, files of no component, gaps, and what people declare.
    fn finish(mut self, surroundings: &Surroundings) -> Bom {
        let requirements = self.requirements.iter();
        self.bom.controls =
            requirements.map(|r| (r.control.clone(), outcome(r.outcome).to_owned(), r.title.clone())).collect();
        let coverage = self.examination.coverage.iter();
        let gaps = coverage.filter(|file| file.understanding != Understanding::Whole).map(|file| file.path.clone());
        self.bom.incomplete = gaps.collect();
        self.bom.incomplete.extend(self.examination.artifact.excluded.iter().cloned());
        self.system();
        surroundings.overlay.apply(&mut self.bom);
        self.bom.components.sort_by(|a, b| (a.kind, &a.reference).cmp(&(b.kind, &b.reference)));
        self.bom.edges.sort();
        self.bom
    }

    fn system(&mut self) {
        let rest = self.files.iter().filter(|file| !self.owners.contains_key(&file.path)).cloned().collect();
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
