//! Links (in-toto link v0.3): what a step took and, as its subjects, made.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PredicateError, malformed, read};
use crate::encoding::null_is_default;
use crate::statement::{ResourceDescriptor, Statement};

/// Type of links.
pub const V0_3: &str = "https://in-toto.io/attestation/link/v0.3";

/// What a step took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Which step.
    pub name: String,
    /// What ran.
    #[serde(default, deserialize_with = "null_is_default")]
    pub command: Vec<String>,
    /// What it took.
    #[serde(default, deserialize_with = "null_is_default")]
    pub materials: Vec<ResourceDescriptor>,
    /// What else it left.
    #[serde(default)]
    pub byproducts: Value,
    /// Where it ran.
    #[serde(default)]
    pub environment: Value,
}

impl Link {
    /// Reads what a step took.
    ///
    /// # Errors
    /// When it is of another type, or names of materials or products are missing or occur twice.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let link: Self = read(statement, &[V0_3])?;
        let bound = |list: &[ResourceDescriptor]| {
            let names: BTreeSet<&str> = list.iter().map(|descriptor| descriptor.name.as_str()).collect();
            names.len() == list.len() && list.iter().all(|one| !one.name.is_empty() && !one.digest.is_empty())
        };
        match bound(&link.materials) && bound(&statement.subject) {
            true => Ok(link),
            false => Err(malformed(statement, "each material and product needs a digest and a name of its own")),
        }
    }
}

/// How two lists of files differ, by name and by the digests that both state; a pair with no digest in common differs.
pub fn differences(before: &[ResourceDescriptor], after: &[ResourceDescriptor]) -> Vec<String> {
    let by_name = |list: &[ResourceDescriptor]| -> BTreeMap<String, BTreeMap<String, String>> {
        list.iter().map(|one| (one.name.clone(), one.digest.clone())).collect()
    };
    let (before, after) = (by_name(before), by_name(after));
    let altered = before.iter().filter_map(|(name, digest)| match after.get(name) {
        None => Some(format!("`{name}` is missing")),
        Some(other) if !agree(digest, other) => Some(format!("`{name}` is another")),
        Some(_) => None,
    });
    let added = after.keys().filter(|name| !before.contains_key(*name)).map(|name| format!("`{name}` was added"));
    altered.chain(added).collect()
}

/// How `files` differ from what a step made: all of it, or what it made beneath one folder.
///
/// A link names what it made as the next step finds it. Other statements name files from where a command ran, so
/// what is handed on may be a folder of theirs; the bytes are compared all the same.
pub fn not_taken(made: &Statement, files: &[ResourceDescriptor]) -> Vec<String> {
    let whole = differences(&made.subject, files);
    if whole.is_empty() || made.predicate_type == V0_3 {
        return whole;
    }
    let folders: BTreeSet<&str> = made
        .subject
        .iter()
        .flat_map(|one| one.name.match_indices('/').filter_map(|(at, _)| one.name.get(..=at)))
        .collect();
    let beneath = |folder: &str| -> Vec<ResourceDescriptor> {
        let strip = |one: &ResourceDescriptor| {
            Some(ResourceDescriptor { name: one.name.strip_prefix(folder)?.to_owned(), ..one.clone() })
        };
        made.subject.iter().filter_map(strip).collect()
    };
    let each = folders.into_iter().map(|folder| differences(&beneath(folder), files));
    each.chain([whole]).min_by_key(Vec::len).unwrap_or_default()
}

/// Whether two sets of digests have one in common and none at odds.
fn agree(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> bool {
    let shared = a.keys().filter(|name| b.contains_key(*name)).count();
    shared > 0 && a.iter().all(|(name, hex)| b.get(name).is_none_or(|other| other == hex))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    fn files(files: &[(&str, &str)]) -> Vec<ResourceDescriptor> {
        files.iter().map(|(name, hex)| ResourceDescriptor::sha256(*name, *hex)).collect()
    }

    #[test]
    fn files_are_the_same_when_each_name_has_its_bytes_and_there_is_none_more() {
        let before = files(&[("a", "00"), ("b", "11")]);
        assert_eq!(differences(&before, &files(&[("b", "11"), ("a", "00")])), Vec::<String>::new());
        assert_eq!(differences(&before, &files(&[("a", "00")])), ["`b` is missing"]);
        assert_eq!(differences(&before, &files(&[("a", "00"), ("b", "12")])), ["`b` is another"]);
        assert_eq!(differences(&before, &files(&[("a", "00"), ("b", "11"), ("c", "22")])), ["`c` was added"]);
    }

    #[test]
    fn a_folder_of_what_a_run_made_may_be_handed_on_and_nothing_else() {
        let made = |kind: &str| Statement {
            subject: files(&[("log.txt", "33"), ("out/a", "00"), ("out/sub/b", "11")]),
            ..statement(kind, Value::Null)
        };
        let run = made("https://slsa.dev/provenance/v1");
        assert_eq!(not_taken(&run, &files(&[("a", "00"), ("sub/b", "11")])), Vec::<String>::new());
        assert_eq!(not_taken(&run, &files(&[("b", "11")])), Vec::<String>::new());
        assert_eq!(not_taken(&run, &files(&[("a", "00"), ("sub/b", "12")])), ["`sub/b` is another"]);
        assert_eq!(not_taken(&run, &files(&[("a", "00")])), ["`sub/b` is missing"]);
        assert!(!not_taken(&made(V0_3), &files(&[("a", "00"), ("sub/b", "11")])).is_empty());
    }

    #[test]
    fn files_without_a_digest_in_common_are_not_the_same() {
        let other = |name: &str, hex: &str| ResourceDescriptor {
            name: "a".into(),
            digest: [(name.to_owned(), hex.to_owned())].into(),
            ..ResourceDescriptor::default()
        };
        assert_eq!(differences(&files(&[("a", "00")]), &[other("sha512", "00")]), ["`a` is another"]);
        assert_eq!(differences(&files(&[("a", "00")]), &[other("sha256", "00")]), Vec::<String>::new());
    }

    #[test]
    fn a_material_without_digest_or_with_the_name_of_another_is_refused() {
        let with = |list: Value| Link::of(&statement(V0_3, json!({ "name": "deploy", "materials": list })));
        assert!(with(json!([{ "name": "a", "digest": { "sha256": "00" } }])).is_ok());
        assert!(with(json!([{ "name": "a" }])).is_err());
        let twice =
            json!([{ "name": "a", "digest": { "sha256": "00" } }, { "name": "a", "digest": { "sha256": "11" } }]);
        assert!(with(twice).is_err());
    }
}
