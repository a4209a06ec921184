//! Blobs of an OCI layout under the names that their manifest gives them.
//!
//! Some formats are known by their name alone: source code, settings, templates. A blob is named by its
//! digest, and the client that pulls it writes it under the path that the manifest states, so that is the
//! name by which it is inspected as well. What was seen under the bare digest is dropped only where all of
//! its formats were seen again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headworks_types::fact::{ArchiveFact, BlobRole, FileFact, OciFact, digest_in_path};
use headworks_types::{Digest, Fact, FactKind, Fault, Limits, Place, ReadAt as _};

use crate::acquire::Source;
use crate::examine::{Idle, each, parse};

/// What a blob that only its names explain is called in a verdict.
const FORMAT: &str = "blob";

/// Names of one blob that are looked at; equal files in several folders have one.
const NAMES_MAX: usize = 16;

/// Paths of one blob by their last part, which is all that a format goes by.
type Names = BTreeMap<String, String>;

/// Inspects every blob again that a manifest of the same layout names, and keeps what is seen then.
pub(crate) fn inspect_named(files: &mut [(String, Vec<Fact>)], sources: &[Source], limits: &Limits) {
    let names = names(files);
    if names.is_empty() {
        return;
    }
    let by_path: HashMap<&str, &Source> = sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let wanted: Vec<(usize, &Source, &Names)> = files
        .iter()
        .enumerate()
        .filter_map(|(index, (path, _))| Some((index, *by_path.get(path.as_str())?, names.get(path.as_str())?)))
        .collect();
    let seen = each(&wanted, |(_, source, names), idle| inspect(source, names, limits, idle));
    for ((index, _, names), named) in wanted.into_iter().zip(seen) {
        if let Some((_, facts)) = files.get_mut(index) {
            merge(facts, named, names);
        }
    }
}

/// The names of each blob, by its path in the artifact.
fn names(files: &[(String, Vec<Fact>)]) -> BTreeMap<String, Names> {
    let by_digest: HashMap<Digest, Vec<&str>> = files.iter().fold(HashMap::new(), |mut map, (path, _)| {
        if let Some(digest) = digest_in_path(path) {
            map.entry(digest).or_insert_with(Vec::new).push(path.as_str());
        }
        map
    });
    let mut names = BTreeMap::<String, Names>::new();
    for fact in files.iter().flat_map(|(_, facts)| facts) {
        let FactKind::Oci(OciFact::Descriptor { role: BlobRole::Layer, media_type, digest, path, .. }) = &fact.kind
        else {
            continue;
        };
        // Of an archive the path names the folder or file it is unpacked to.
        if path.is_empty() || media_type.contains(".tar") || !fact.location.place.members().is_empty() {
            continue;
        }
        for blob in digest.parse().ok().and_then(|digest: Digest| by_digest.get(&digest)).into_iter().flatten() {
            let base = path.rsplit('/').next().unwrap_or(path).to_owned();
            names.entry((*blob).to_owned()).or_default().entry(base).or_insert_with(|| path.clone());
        }
    }
    names
}

fn inspect(source: &Source, names: &Names, limits: &Limits, idle: &Idle) -> Vec<Fact> {
    let Ok(file) = source.open() else { return Vec::new() };
    let place = Place::file(source.path.clone());
    let mut facts = Vec::new();
    for name in names.values().take(NAMES_MAX) {
        facts.extend(parse(&file, place.member(name.clone()), limits, idle).0);
    }
    let location = place.at(0..file.size());
    if names.len() > NAMES_MAX {
        let fault = Fault::Unsupported { format: FORMAT.into(), feature: format!("a blob with {} names", names.len()) };
        facts.push(Fact { location, times: 1, kind: fault.into() });
    }
    facts
}

/// Puts what was seen under the names in place of what was seen under the digest, as far as it is the same.
fn merge(facts: &mut Vec<Fact>, named: Vec<Fact>, names: &Names) {
    let under_names = formats(&named, 1);
    if under_names.is_empty() {
        return;
    }
    let under_digest = formats(facts, 0);
    if under_digest.is_subset(&under_names) {
        let first = facts.first().map(|fact| fact.location.clone());
        facts.retain(is_of_the_file);
        if let Some(location) = first.filter(|_| under_digest.is_empty()) {
            let summary = format!("blob, {}", Vec::from_iter(names.values().map(String::as_str)).join(", "));
            let kind = FileFact::Identified { format: FORMAT.into(), summary }.into();
            facts.insert(0, Fact { location, times: 1, kind });
        }
    }
    facts.extend(named);
}

/// The formats of the bytes themselves, which lie at this depth.
fn formats(facts: &[Fact], depth: usize) -> BTreeSet<String> {
    let of = |fact: &Fact| match &fact.kind {
        FactKind::File(FileFact::Identified { format, .. }) if fact.location.place.members().len() == depth => {
            Some(format.clone())
        }
        _ => None,
    };
    facts.iter().filter_map(of).collect()
}

/// What the file is, what the sweep over its bytes found, and that it could not be read, is told once.
fn is_of_the_file(fact: &Fact) -> bool {
    match &fact.kind {
        FactKind::File(FileFact::Identified { .. }) => fact.location.place.members().is_empty(),
        FactKind::Archive(ArchiveFact::ChecksumMismatch { .. }) | FactKind::Fault(Fault::Unreadable { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use headworks_rules::Profiles;

    use super::*;
    use crate::acquire::acquire;
    use crate::{Digests, examine};

    /// What is said of a layout whose one layer has these bytes and this name.
    fn facts(name: &str, media_type: &str, bytes: &[u8]) -> Vec<(String, FactKind)> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let blobs = folder.path().join("blobs/sha256");
        std::fs::create_dir_all(&blobs).expect("is made");
        let digest = Digest::of(bytes);
        std::fs::write(blobs.join(digest.hex()), bytes).expect("writes");
        let annotations = format!(r#"{{"org.cncf.model.filepath": "{name}"}}"#);
        let size = bytes.len();
        let layer = format!(
            r#"{{"mediaType": "{media_type}", "digest": "{digest}", "size": {size}, "annotations": {annotations}}}"#
        );
        let manifest = format!(r#"{{"schemaVersion": 2, "layers": [{layer}]}}"#);
        std::fs::write(folder.path().join("manifest.json"), manifest).expect("writes");
        let acquired = acquire(folder.path(), &Limits::default()).expect("is there");
        let examination = examine(&acquired, &Profiles::default(), &Limits::default(), Digests::Computed, &|_| {});
        let facts = examination.facts.into_iter().filter(|fact| fact.location.place.file_path().starts_with("blobs/"));
        facts.map(|fact| (fact.location.place.innermost().to_owned(), fact.kind)).collect()
    }

    const RAW: &str = "application/vnd.cncf.model.code.v1.raw";

    #[test]
    fn a_source_file_is_read_as_one_by_the_name_that_its_manifest_gives() {
        let code = b"import os\nos.system('echo headworks-marker')\n";
        let is_code = |(place, kind): &(String, FactKind)| place == "train.py" && matches!(kind, FactKind::Code(_));
        assert!(facts("train.py", RAW, code).iter().any(is_code));
        assert!(!facts("train.txt", RAW, code).iter().any(|(_, kind)| matches!(kind, FactKind::Code(_))));
    }

    #[test]
    fn facts_under_the_name_stand_in_place_of_those_under_the_digest() {
        let text = facts("README.md", RAW, b"one line\n");
        let places: Vec<&str> = text.iter().map(|(place, _)| place.rsplit('/').next().unwrap_or_default()).collect();
        assert_eq!(places, [&Digest::of(b"one line\n").hex(), "README.md"]);
    }

    /// A manifest cannot take back what the bytes are.
    #[test]
    fn a_name_hides_no_format_of_the_bytes() {
        let pickle = b"cbuiltins\nprint\n(S'headworks-marker'\ntR.";
        let is_pickle = |(_, kind): &(String, FactKind)| matches!(kind, FactKind::Pickle(_));
        assert!(facts("weights.py", RAW, pickle).iter().any(is_pickle));
    }

    #[test]
    fn the_name_of_an_archive_is_that_of_what_it_unpacks_to() {
        let tar = "application/vnd.cncf.model.code.v1.tar";
        assert!(facts("train.py", tar, b"import os\n").iter().all(|(place, _)| place != "train.py"));
    }
}
