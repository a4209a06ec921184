//! Two bills of materials beside each other, and one beside an artifact.

use std::collections::{BTreeMap, BTreeSet};

use headworks_types::{Artifact, Digest};

use super::model::{Basis, Bom, Claim, Component, Edge, Kind, Relation};

/// What changed from one document to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Components that only the second has.
    pub added: Vec<String>,
    /// Components that only the first has.
    pub removed: Vec<String>,
    /// Components that both have: the component, the field, the value before and after.
    pub changed: Vec<(String, &'static str, String, String)>,
    /// Relations that only the second has.
    pub relations_added: Vec<String>,
    /// Relations that only the first has.
    pub relations_removed: Vec<String>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a component is, whatever its version and whatever a document calls it.
fn identity(component: &Component) -> String {
    match &component.purl {
        Some(purl) => {
            let path = purl.split(['?', '#']).next().unwrap_or(purl);
            let versionless =
                path.rsplit_once('@').filter(|(before, _)| !before.ends_with('/')).map_or(path, |(before, _)| before);
            versionless.to_owned()
        }
        None => {
            let group = component.group.as_ref().map(|group| format!("{group}/")).unwrap_or_default();
            format!("{:?} {group}{}", component.kind, component.name)
        }
    }
}

/// The components of a document by what they are; several of one name are told apart by their versions.
fn by_identity(bom: &Bom) -> BTreeMap<String, &Component> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    bom.components.iter().for_each(|component| *count.entry(identity(component)).or_default() += 1);
    let (mut all, mut seen) = (BTreeMap::new(), BTreeMap::<String, usize>::new());
    for component in &bom.components {
        let identity = identity(component);
        let mut name = match (count.get(&identity), &component.version) {
            (Some(2..), Some(version)) => format!("{identity}@{}", version.value),
            _ => identity,
        };
        // What cannot be told apart is still as many as it is.
        let before = seen.entry(name.clone()).or_default();
        if *before > 0 {
            name = format!("{name} (number {})", *before + 1);
        }
        *before += 1;
        all.insert(name, component);
    }
    all
}

/// What the second document says differently from the first.
pub fn difference(before: &Bom, after: &Bom) -> Difference {
    let (old, new) = (by_identity(before), by_identity(after));
    let only = |these: &BTreeMap<String, &Component>, those: &BTreeMap<String, &Component>| {
        these.keys().filter(|name| !those.contains_key(*name)).cloned().collect::<Vec<_>>()
    };
    let mut changed = Vec::new();
    for (name, first) in &old {
        let Some(second) = new.get(name) else { continue };
        for (field, first, second) in fields(first, second) {
            if first != second {
                changed.push((name.clone(), field, first, second));
            }
        }
    }
    let (first, second) = (relations(before), relations(after));
    Difference {
        added: only(&new, &old),
        removed: only(&old, &new),
        changed,
        relations_added: second.difference(&first).cloned().collect(),
        relations_removed: first.difference(&second).cloned().collect(),
    }
}

fn fields(first: &Component, second: &Component) -> [(&'static str, String, String); 5] {
    let version = |c: &Component| {
        c.version.as_ref().map(|claim| claim.value.clone()).or_else(|| c.range.clone()).unwrap_or_default()
    };
    let licence = |c: &Component| joined(c.licences.iter().map(|claim| claim.value.to_lowercase()));
    let digests = |c: &Component| joined(c.digests.iter().map(Digest::to_string));
    let supplier = |c: &Component| c.supplier.as_ref().map(|claim| claim.value.clone()).unwrap_or_default();
    let files =
        |c: &Component| {
            joined(c.files.iter().map(|file| {
                format!("{} {}", file.path, file.digest.map(|digest| digest.to_string()).unwrap_or_default())
            }))
        };
    [
        ("version", version(first), version(second)),
        ("licence", licence(first), licence(second)),
        ("digest", digests(first), digests(second)),
        ("supplier", supplier(first), supplier(second)),
        ("files", files(first), files(second)),
    ]
}

fn joined(values: impl Iterator<Item = String>) -> String {
    let sorted: BTreeSet<String> = values.collect();
    sorted.into_iter().collect::<Vec<_>>().join(", ")
}

fn relations(bom: &Bom) -> BTreeSet<String> {
    let names: BTreeMap<&str, String> =
        bom.all().map(|component| (component.reference.as_str(), identity(component))).collect();
    let system = bom.system.reference.as_str();
    let name = |reference: &str| match names.get(reference) {
        _ if reference == system => "the system".to_owned(),
        Some(name) => name.clone(),
        None => reference.to_owned(),
    };
    let word = |relation: Relation| match relation {
        Relation::Contains => "contains",
        Relation::DependsOn => "depends on",
        Relation::DerivedFrom => "was made from",
        Relation::TrainedOn => "learnt from",
        Relation::TestedOn => "was measured on",
    };
    bom.edges.iter().map(|edge| format!("{} {} {}", name(&edge.from), word(edge.relation), name(&edge.to))).collect()
}

/// Several documents as one, about a new system that contains what each is about.
pub fn merge(boms: &[Bom], name: &str, created_ms: i64) -> Option<Bom> {
    let mut merged = boms.first()?.clone();
    let mut system = Component::new(Kind::System, format!("system:{name}"), name);
    system.files = Vec::new();
    (merged.components, merged.edges, merged.artifact, merged.created_ms) = (Vec::new(), Vec::new(), None, created_ms);
    merged.weaknesses.clear();
    merged.controls.clear();
    merged.incomplete.clear();
    merged.authors.clear();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (number, bom) in boms.iter().enumerate() {
        let bom = &apart(bom, number, &places, &merged.components);
        for component in bom.all() {
            match places.get(&component.reference).and_then(|place| merged.components.get_mut(*place)) {
                Some(known) => unite(known, component),
                None => {
                    places.insert(component.reference.clone(), merged.components.len());
                    merged.components.push(component.clone());
                }
            }
        }
        merged.authors.extend(bom.authors.iter().cloned());
        merged.edges.extend(bom.edges.iter().cloned());
        merged.weaknesses.extend(bom.weaknesses.iter().cloned());
        merged.incomplete.extend(bom.incomplete.iter().cloned());
        merged.edges.push(Edge {
            from: system.reference.clone(),
            relation: Relation::Contains,
            to: bom.system.reference.clone(),
            basis: Basis::Stated,
            source: "merge".into(),
        });
    }
    // What one document only names, another describes.
    merged.components.iter_mut().filter(|c| c.kind == Kind::System).for_each(|c| c.kind = Kind::Application);
    merged.authors.sort();
    merged.authors.dedup();
    merged.edges.sort();
    merged.edges.dedup();
    merged.incomplete.sort();
    merged.incomplete.dedup();
    merged.components.sort_by(|a, b| (a.kind, &a.reference).cmp(&(b.kind, &b.reference)));
    merged.system = system;
    Some(merged)
}

/// A document in which nothing is called as another thing is that is there already: references are a document's own.
fn apart(bom: &Bom, number: usize, places: &BTreeMap<String, usize>, known: &[Component]) -> Bom {
    let differs = |component: &&Component| {
        let there = places.get(&component.reference).and_then(|place| known.get(*place));
        there.is_some_and(|there| identity(there) != identity(component))
    };
    let renamed: BTreeMap<String, String> = bom
        .all()
        .filter(differs)
        .map(|component| (component.reference.clone(), format!("{number}:{}", component.reference)))
        .collect();
    let mut bom = bom.clone();
    let rename = |reference: &mut String| {
        if let Some(new) = renamed.get(reference) {
            reference.clone_from(new);
        }
    };
    rename(&mut bom.system.reference);
    bom.components.iter_mut().for_each(|component| rename(&mut component.reference));
    bom.edges.iter_mut().for_each(|edge| {
        rename(&mut edge.from);
        rename(&mut edge.to);
    });
    bom.weaknesses.iter_mut().flat_map(|weakness| &mut weakness.affects).for_each(rename);
    bom
}

/// One component as two documents describe it: what one lacks the other gives, and lists are united.
fn unite(known: &mut Component, other: &Component) {
    let Component { version, range, purl, description, supplier, released, model, data, group, .. } = known;
    let take = |field: &mut Option<Claim>, value: &Option<Claim>| {
        if field.is_none() {
            field.clone_from(value);
        }
    };
    take(version, &other.version);
    take(description, &other.description);
    take(supplier, &other.supplier);
    take(released, &other.released);
    *range = range.take().or_else(|| other.range.clone());
    *purl = purl.take().or_else(|| other.purl.clone());
    *group = group.take().or_else(|| other.group.clone());
    *model = model.take().or_else(|| other.model.clone());
    *data = data.take().or_else(|| other.data.clone());
    known.is_external &= other.is_external;
    extend(&mut known.licences, &other.licences);
    extend(&mut known.digests, &other.digests);
    extend(&mut known.other_digests, &other.other_digests);
    extend(&mut known.identifiers, &other.identifiers);
    extend(&mut known.links, &other.links);
    extend(&mut known.files, &other.files);
    extend(&mut known.properties, &other.properties);
}

fn extend<T: Clone + PartialEq>(known: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !known.contains(item) {
            known.push(item.clone());
        }
    }
}

/// Where an artifact is not what a document describes.
pub fn disagreements(bom: &Bom, artifact: &Artifact) -> Vec<String> {
    let listed = bom.all().flat_map(|component| &component.files).map(|file| (file.path.as_str(), file.digest));
    // Other tools list files as components.
    let files = bom.components.iter().filter(|component| component.kind == Kind::File);
    let files = files.map(|file| (file.name.trim_start_matches("./"), file.digests.first().copied()));
    let stated: BTreeMap<&str, Option<Digest>> = listed.chain(files).collect();
    let mut found = Vec::new();
    for file in &artifact.files {
        match (stated.get(file.path.as_str()), file.digest) {
            (Some(Some(stated)), Some(actual)) if *stated == actual => {}
            (Some(Some(stated)), Some(actual)) => {
                found.push(format!("`{}` has the digest {actual}, and not {stated}", file.path));
            }
            (Some(_), _) => found.push(format!("`{}` has no digest to compare", file.path)),
            (None, _) => found.push(format!("`{}` is not in the document", file.path)),
        }
    }
    let present: BTreeSet<&str> = artifact.files.iter().map(|file| file.path.as_str()).collect();
    let missing = stated.keys().filter(|path| !present.contains(*path));
    found.extend(missing.map(|path| format!("`{path}` is in the document and not in the artifact")));
    if stated.is_empty() {
        found.push("the document names no file with its digest".into());
    }
    found
}
