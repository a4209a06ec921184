//! What a record says: of the artifact, what it holds, what it was made from, who stands for it, what was decided.

use headworks_attest::oms::Manifest;
use headworks_types::fact::{BuildFact, ImagePin, PackageFact, RequirementKind};
use headworks_types::{
    Ancestors, Attestation, Basis, Digest, FactKind, ProvenanceField, ProvenanceValue, Record, Standing,
};
use serde_json::json;

use super::{EdgeKind, NodeKind, Relation, Thing, made_from, purl};

/// What is said of one artifact.
struct Said {
    artifact: Thing,
    relations: Vec<Relation>,
}

/// The relations of the record under `digest`.
pub(crate) fn of_record(digest: &Digest, record: &Record) -> Vec<Relation> {
    let artifact = &record.examination.artifact;
    let thing = Thing::new(NodeKind::Artifact, artifact.digest.to_string()).with(json!({ "name": artifact.name }));
    let mut said = Said { artifact: thing, relations: Vec::new() };
    said.verdict(digest, record);
    said.content(record);
    said.name(&record.examination.history.known_as);
    record.examination.attestations.iter().for_each(|attestation| said.attestation(attestation));
    record.examination.history.ancestors.iter().for_each(|ancestors| said.ancestors(ancestors));
    said.training(record);
    record.examination.provenance.iter().for_each(|field| said.field(field));
    record.examination.facts.iter().for_each(|fact| said.fact(&fact.kind));
    said.relations
}

impl Said {
    /// Adds that the artifact is affected by something.
    fn by(&mut self, from: Thing, kind: EdgeKind, confidence: Basis) {
        self.relations.push(Relation::new(from, kind, self.artifact.clone(), confidence));
    }

    /// Adds that something is affected by the artifact.
    fn on(&mut self, kind: EdgeKind, to: Thing) {
        self.relations.push(Relation::new(self.artifact.clone(), kind, to, Basis::Observed));
    }

    fn verdict(&mut self, digest: &Digest, record: &Record) {
        let verdict = Thing::new(NodeKind::Verdict, digest.to_string()).with(json!({
            "admission": record.verdict.admission.verb(),
            "tier": record.verdict.tier,
            "decided_at_ms": record.inputs.decided_at_ms,
        }));
        self.on(EdgeKind::DecidedBy, verdict.clone());
        let policy = Thing::new(NodeKind::Policy, record.inputs.policy.to_string());
        self.relations.push(Relation::new(policy, EdgeKind::JudgedBy, verdict, Basis::Observed));
    }

    fn content(&mut self, record: &Record) {
        let artifact = &record.examination.artifact;
        for file in &artifact.files {
            let Some(digest) = file.digest else { continue };
            let from = Thing::new(NodeKind::File, digest.to_string());
            let contains = Relation::new(from, EdgeKind::Contains, self.artifact.clone(), Basis::Observed);
            self.relations.push(contains.with(json!({ "path": file.path })));
        }
        // Statements name a model by the root of its signature as well; it is another digest of the same files.
        if let Ok(Manifest { root, .. }) = Manifest::of_artifact(artifact) {
            let root = Thing::new(NodeKind::Content, root.to_string());
            self.on(EdgeKind::SameAs, root.clone());
            self.by(root, EdgeKind::SameAs, Basis::Observed);
        }
    }

    fn name(&mut self, known_as: &str) {
        let Some(name) = purl::named(known_as) else { return };
        self.relations.extend(purl::version_of(&name));
        if let Some(space) = purl::namespace(&name.key).filter(|_| name.kind != NodeKind::Name) {
            self.by(space, EdgeKind::PublishedBy, Basis::Observed);
        }
        self.on(EdgeKind::KnownAs, name);
    }

    /// Who signed counts only while the trust store says so; what it says is what the verdict rested on.
    fn attestation(&mut self, attestation: &Attestation) {
        let (Some(signer), Standing::Enrolled) = (&attestation.signer, attestation.standing) else { return };
        let key = if attestation.method == "sigstore" { format!("identity:{signer}") } else { signer.clone() };
        let key = Thing::new(NodeKind::Key, key);
        let kind = if attestation.is_signature() { EdgeKind::SignedBy } else { EdgeKind::AttestedBy };
        let signed = Relation::new(key.clone(), kind, self.artifact.clone(), Basis::Verified);
        self.relations.push(signed.with(json!({ "predicate_type": attestation.predicate_type })));
        if let Some(publisher) = &attestation.publisher {
            let publisher = Thing::new(NodeKind::Publisher, format!("publisher:{publisher}"));
            self.relations.push(Relation::new(publisher.clone(), EdgeKind::KeyOf, key, Basis::Verified));
            if attestation.is_signature() && attestation.problems.is_empty() {
                self.by(publisher, EdgeKind::PublishedBy, Basis::Verified);
            }
        }
        let claim = |name: &str| attestation.claims.get(name).filter(|value| !value.is_empty());
        if let Some(builder) = claim("builder") {
            self.by(Thing::new(NodeKind::Builder, format!("builder:{builder}")), EdgeKind::BuiltBy, Basis::Verified);
        }
        if let Some(repository) = claim("source_repository") {
            let commit = claim("source_commit").map(|commit| format!("@{commit}")).unwrap_or_default();
            let source = Thing::new(NodeKind::Source, format!("source:{repository}{commit}"));
            self.by(source, EdgeKind::BuiltFrom, Basis::Verified);
        }
    }

    fn ancestors(&mut self, ancestors: &Ancestors) {
        let kind = match ancestors.role.as_str() {
            "base" => EdgeKind::DerivedFrom,
            "data" => EdgeKind::TrainedOn,
            _ => EdgeKind::BuiltFrom,
        };
        for thing in &ancestors.things {
            // A name beside a digest is a label; without one it is all there is.
            if let Some(digest) = thing.digest {
                let relations = made_from(digest, &thing.name, kind, &self.artifact, Basis::Verified);
                self.relations.extend(relations);
            }
            if thing.digest.is_none() || thing.name.starts_with("pkg:") {
                let Some(from) = purl::named(&thing.name) else { continue };
                self.relations.extend(purl::version_of(&from));
                self.by(from, kind, Basis::Verified);
            }
        }
    }

    fn training(&mut self, record: &Record) {
        let history = &record.examination.history;
        if let Some(checkpoint) = &history.checkpoint {
            let is_enrolled = checkpoint.standing == Standing::Enrolled;
            let confidence = if is_enrolled { Basis::Verified } else { Basis::Stated };
            self.by(Thing::new(NodeKind::Run, format!("run:{}", checkpoint.run)), EdgeKind::CheckpointOf, confidence);
        }
        for plan in &history.plans {
            let result = Thing::new(NodeKind::Evaluation, plan.result.to_string());
            self.by(result, EdgeKind::EvaluatedBy, Basis::Verified);
        }
    }

    /// What the publisher says. What enrolled signers say stands in the ancestors, by digest; its labels say less.
    fn field(&mut self, field: &ProvenanceField) {
        for ProvenanceValue { basis, value, source } in &field.values {
            let (from, kind) = match field.field.as_str() {
                "licence" => (Some(Thing::new(NodeKind::Licence, format!("licence:{value}"))), EdgeKind::LicensedUnder),
                "base_model" if *basis != Basis::Verified => (purl::model(value), EdgeKind::DerivedFrom),
                "datasets" if *basis != Basis::Verified => (purl::dataset(value), EdgeKind::TrainedOn),
                _ => continue,
            };
            let Some(from) = from else { continue };
            self.relations.extend(purl::version_of(&from));
            let relation = Relation::new(from, kind, self.artifact.clone(), *basis);
            self.relations.push(relation.with(json!({ "source": source })));
        }
    }

    fn fact(&mut self, fact: &FactKind) {
        match fact {
            FactKind::Package(PackageFact::Identity { ecosystem, name, version }) => {
                let version = Some(version.as_str()).filter(|version| !version.is_empty());
                let Some(package) = purl::package(*ecosystem, name, version) else { return };
                self.relations.extend(purl::version_of(&package));
                self.on(EdgeKind::Provides, package);
            }
            FactKind::Package(PackageFact::Requirement { ecosystem, name, target, kind }) => {
                let place = |target: &str| Some(Thing::new(NodeKind::Source, format!("source:{target}")));
                let from = match kind {
                    RequirementKind::Open | RequirementKind::Pinned | RequirementKind::Hashed => {
                        purl::package(*ecosystem, name, purl::exact(*ecosystem, target))
                    }
                    // What lies on the installing machine, or goes by another name, is no thing that could be named.
                    RequirementKind::Path | RequirementKind::Alias => None,
                    _ => place(target),
                };
                let Some(from) = from else { return };
                self.relations.extend(purl::version_of(&from));
                let relation = Relation::new(from, EdgeKind::DependsOn, self.artifact.clone(), Basis::Stated);
                self.relations.push(relation.with(json!({ "requirement": format!("{name}{target}") })));
            }
            // A reference with a variable in it names nothing yet.
            FactKind::Build(BuildFact::Image { image, pin, .. }) if *pin != ImagePin::Variable => {
                self.by(Thing::new(NodeKind::Image, format!("image:{image}")), EdgeKind::DependsOn, Basis::Stated);
            }
            _ => {}
        }
    }
}
