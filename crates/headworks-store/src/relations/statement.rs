//! What a logged statement says that is no verdict. Whose signature it has was not verified here, so it is `stated`.

use std::str::FromStr as _;

use super::{EdgeKind, NodeKind, Relation, Thing, made_from};
use headworks_attest::provenance::Predicate;
use headworks_attest::{Envelope, ResourceDescriptor, Statement, training};
use headworks_types::{Basis, Digest};

/// The relations of the statement in an envelope.
pub(crate) fn of_statement(envelope: &Envelope, statement: &Statement) -> Vec<Relation> {
    if statement.predicate_type == training::PREDICATE_TYPE {
        return of_training(statement);
    }
    let digest = Digest::of(&envelope.to_json()).to_string();
    match Predicate::of(statement) {
        Ok(predicate @ Predicate::Provenance(_)) => of_build(digest, statement, &predicate),
        Ok(Predicate::TestResult(result)) => {
            let evaluation = Thing::new(NodeKind::Evaluation, digest);
            let used = result.configuration.iter().filter_map(|used| {
                let kind = EdgeKind::EvaluatedOn;
                Some(made_from(digest_of(used)?, &used.name, kind, &evaluation, Basis::Stated))
            });
            let used = used.flatten();
            used.chain(to_subjects(&evaluation, EdgeKind::EvaluatedBy, statement)).collect()
        }
        _ => Vec::new(),
    }
}

/// Materials and products meet in the build, so that many of each make no more edges than they are.
fn of_build(digest: String, statement: &Statement, predicate: &Predicate) -> Vec<Relation> {
    let build = Thing::new(NodeKind::Build, digest);
    let mut relations: Vec<Relation> = Vec::new();
    for material in predicate.materials() {
        let kind = match material.role {
            "base" => EdgeKind::DerivedFrom,
            "data" => EdgeKind::TrainedOn,
            _ => EdgeKind::BuiltFrom,
        };
        let Some(digest) = material.sha256 else { continue };
        relations.extend(made_from(digest, &material.name, kind, &build, Basis::Stated));
    }
    if let Predicate::Provenance(provenance) = predicate {
        let builder = Thing::new(NodeKind::Builder, format!("builder:{}", provenance.builder));
        relations.push(Relation::new(builder, EdgeKind::BuiltBy, build.clone(), Basis::Stated));
    }
    relations.extend(to_subjects(&build, EdgeKind::Produced, statement));
    relations
}

fn of_training(statement: &Statement) -> Vec<Relation> {
    let Some(run) = statement.predicate.get("runId").and_then(|run| run.as_str()) else { return Vec::new() };
    let of_run = training::Event::run_subject(run).hex();
    let run = Thing::new(NodeKind::Run, format!("run:{run}"));
    let checkpoints = statement.subject.iter().filter(|subject| subject.digest.get("sha256") != Some(&of_run));
    let relation = |to| Relation::new(run.clone(), EdgeKind::CheckpointOf, to, Basis::Stated);
    checkpoints.filter_map(content).map(relation).collect()
}

fn to_subjects<'a>(from: &'a Thing, kind: EdgeKind, statement: &'a Statement) -> impl Iterator<Item = Relation> + 'a {
    statement.subject.iter().filter_map(content).map(move |to| Relation::new(from.clone(), kind, to, Basis::Stated))
}

fn content(descriptor: &ResourceDescriptor) -> Option<Thing> {
    Some(Thing::new(NodeKind::Content, digest_of(descriptor)?.to_string()))
}

fn digest_of(descriptor: &ResourceDescriptor) -> Option<Digest> {
    Digest::from_str(descriptor.digest.get("sha256")?).ok()
}
