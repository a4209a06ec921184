//! The signed list of files: read strictly, and made in the order of the specification.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use headworks_types::digest::Hasher;
use headworks_types::{Artifact, Digest, FileEntry};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hash::HashType;
use super::name::{self, NameProblem};
use super::{PREDICATE_TYPE, legacy};
use crate::encoding::{from_hex, null_is_default};
use crate::json::JsonError;
use crate::statement::{ResourceDescriptor, STATEMENT_V1, Statement, StatementError};

/// What a model consists of, as its signer saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What the signer called the model; a name, not an identity.
    pub name: String,
    /// How the files were listed and hashed.
    pub serialization: Serialization,
    /// The files, or pieces of them, in the order of the manifest.
    pub resources: Vec<Resource>,
    /// SHA-256 over all digests in that order.
    pub root: Digest,
    /// Which layout it was read from.
    pub layout: Layout,
}

/// How files were listed and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serialization {
    /// The hash of every file.
    pub hash: HashType,
    /// Size of the pieces in bytes, when large files are hashed in pieces.
    pub shard_bytes: Option<u64>,
    /// Whether symbolic links were followed.
    pub allow_symlinks: bool,
    /// What the signer left out, besides the four git paths.
    pub ignore_paths: Vec<String>,
}

/// A file or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Path within the model; `.` for a model of one file in the layout before v1.1.
    pub path: String,
    /// The piece in bytes, when it is one.
    pub range: Option<Range<u64>>,
    /// Digest in hexadecimal.
    pub digest: String,
}

/// The layout a manifest was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// OMS v1.0.
    V1,
    /// The statement of OMS v1.0 beside a key or an envelope of an earlier form.
    BeforeV1_1,
    /// `Digests/v0.1` of version 0.2.0 of the reference implementation.
    Digests,
}

/// Why a manifest says nothing.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is in no in-toto statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is of another predicate type.
    #[error("it is a statement of type `{0}`, not a model signature")]
    PredicateType(String),
    /// It is of a layout that is read on request only.
    #[error("it has the layout of signers before OMS v1.0, which is read on request only")]
    LegacyLayout,
    /// It is not about exactly one model.
    #[error("it is about {0} subjects instead of one")]
    Subjects(usize),
    /// Its predicate is malformed.
    #[error("its predicate is malformed: {0}")]
    Malformed(#[from] JsonError),
    /// It lists no file.
    #[error("it lists no file")]
    Empty,
    /// A parameter has a value that is not known.
    #[error("its parameter `{parameter}` is `{value}`")]
    Parameter {
        /// Which.
        parameter: &'static str,
        /// What it is.
        value: String,
    },
    /// A name cannot be one of a file in the model.
    #[error("the name `{name}` {problem}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: NameProblem,
    },
    /// Two entries have one name, or names that some file systems take for one.
    #[error("the names `{0}` and `{1}` are one file on some systems")]
    Twins(String, String),
    /// A digest is no digest of the stated algorithm.
    #[error("the digest of `{0}` is none of the stated algorithm")]
    BadDigest(String),
    /// Pieces of a file overlap, leave a gap or have another size than stated.
    #[error("the pieces of `{0}` do not cover it in the stated size")]
    Pieces(String),
    /// The digest over all digests is another than stated.
    #[error("the root digest is {found}, the statement says `{stated}`")]
    Root {
        /// What the digests give.
        found: Digest,
        /// What is stated.
        stated: String,
    },
}

#[derive(Deserialize)]
struct Predicate {
    serialization: SerializationDocument,
    resources: Vec<ResourceDocument>,
}

#[derive(Deserialize)]
struct SerializationDocument {
    method: String,
    hash_type: String,
    allow_symlinks: bool,
    #[serde(default)]
    shard_size: Value,
    #[serde(default, deserialize_with = "null_is_default")]
    ignore_paths: Vec<String>,
}

#[derive(Deserialize)]
struct ResourceDocument {
    name: String,
    digest: String,
    algorithm: String,
}

#[derive(Serialize)]
struct SignedDocument<'a> {
    #[serde(rename = "_type")]
    type_: &'a str,
    subject: [ResourceDescriptor; 1],
    #[serde(rename = "predicateType")]
    predicate_type: &'a str,
    predicate: SignedPredicate<'a>,
}

#[derive(Serialize)]
struct SignedPredicate<'a> {
    resources: Vec<SignedResource<'a>>,
    serialization: Value,
}

#[derive(Serialize)]
struct SignedResource<'a> {
    algorithm: &'a str,
    digest: &'a str,
    name: Cow<'a, str>,
}

impl Manifest {
    /// Makes a manifest of whole files in the order of the specification.
    ///
    /// # Errors
    /// When there is no file, or a name cannot be signed.
    pub fn new(name: &str, serialization: Serialization, mut resources: Vec<Resource>) -> Result<Self, ManifestError> {
        resources.sort_by(|a, b| a.name().cmp(&b.name()));
        let root = root(&resources).ok_or(ManifestError::Empty)?;
        let manifest = Self { name: name.to_owned(), serialization, resources, root, layout: Layout::V1 };
        manifest.checked()
    }

    /// The manifest of an artifact that was hashed already.
    ///
    /// # Errors
    /// When a file has no digest or a name that cannot be signed, or there is none.
    pub fn of_artifact(artifact: &Artifact) -> Result<Self, ManifestError> {
        let resource = |file: &FileEntry| {
            let digest = file.digest.ok_or_else(|| ManifestError::BadDigest(file.path.clone()))?;
            Ok::<_, ManifestError>(Resource { path: file.path.clone(), range: None, digest: digest.hex() })
        };
        let resources: Vec<Resource> = artifact.files.iter().map(resource).collect::<Result<_, _>>()?;
        let name = artifact.name.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("model");
        Self::new(name, Serialization::files(Vec::new()), resources)
    }

    /// Reads the payload of a signature; `legacy` lets layouts before v1.0 through.
    ///
    /// # Errors
    /// When it is not a manifest with exactly one meaning.
    pub fn from_payload(payload: &[u8], legacy: bool) -> Result<Self, ManifestError> {
        let statement = Statement::from_json(payload)?;
        match statement.predicate_type.as_str() {
            PREDICATE_TYPE if statement.type_ == STATEMENT_V1 => Self::from_statement(statement),
            legacy::PREDICATE_TYPE if !legacy => Err(ManifestError::LegacyLayout),
            legacy::PREDICATE_TYPE => legacy::manifest(statement)?.checked(),
            _ => Err(ManifestError::PredicateType(statement.predicate_type)),
        }
    }

    /// The statement that is signed.
    pub fn statement(&self) -> Statement {
        let subject = ResourceDescriptor::sha256(&self.name, self.root.hex());
        let predicate = serde_json::to_value(self.predicate()).unwrap_or_default();
        Statement::new(vec![subject], PREDICATE_TYPE, predicate)
    }

    /// The bytes of the statement, without a tree of values between: there may be a million files.
    pub fn to_json(&self) -> Vec<u8> {
        let document = SignedDocument {
            type_: STATEMENT_V1,
            subject: [ResourceDescriptor::sha256(&self.name, self.root.hex())],
            predicate_type: PREDICATE_TYPE,
            predicate: self.predicate(),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    fn predicate(&self) -> SignedPredicate<'_> {
        let algorithm = self.serialization.hash.name();
        let resources = self.resources.iter();
        let resources = resources.map(|each| SignedResource { algorithm, digest: &each.digest, name: each.name() });
        SignedPredicate { resources: resources.collect(), serialization: self.serialization.to_json() }
    }

    fn from_statement(statement: Statement) -> Result<Self, ManifestError> {
        let [subject] = statement.subject.as_slice() else {
            return Err(ManifestError::Subjects(statement.subject.len()));
        };
        let predicate: Predicate =
            serde_json::from_value(statement.predicate).map_err(|error| ManifestError::Malformed(error.into()))?;
        let serialization = predicate.serialization.read()?;
        let read = |document: ResourceDocument| document.read(&serialization);
        let resources: Vec<Resource> = predicate.resources.into_iter().map(read).collect::<Result<_, _>>()?;
        let root = root(&resources).ok_or(ManifestError::Empty)?;
        let stated = subject.digest.get("sha256").cloned().unwrap_or_default();
        if stated != root.hex() {
            return Err(ManifestError::Root { found: root, stated });
        }
        Self { name: subject.name.clone(), serialization, resources, root, layout: Layout::V1 }.checked()
    }

    /// Refuses names that are no files of a model and entries that stand for one file twice.
    fn checked(self) -> Result<Self, ManifestError> {
        let lone_file = matches!(self.resources.as_slice(), [Resource { path, .. }] if path == ".");
        for path in self.serialization.ignore_paths.iter().chain(self.resources.iter().map(|each| &each.path)) {
            if let Err(problem) =
                name::check(path).or_else(|problem| if lone_file && path == "." { Ok(()) } else { Err(problem) })
            {
                return Err(ManifestError::Name { name: path.clone(), problem });
            }
        }
        self.refuse_twins()?;
        self.refuse_holes()?;
        Ok(self)
    }

    fn refuse_twins(&self) -> Result<(), ManifestError> {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let mut entries = HashSet::new();
        for resource in &self.resources {
            let twins = |other: &str| ManifestError::Twins(other.to_owned(), resource.path.clone());
            let start = resource.range.as_ref().map(|range| range.start);
            if !entries.insert((&resource.path, start)) {
                return Err(twins(&resource.path));
            }
            match seen.insert(name::folded(&resource.path), &resource.path) {
                Some(other) if other != resource.path => return Err(twins(other)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Pieces of a file follow one another from 0, each of the stated size but the last.
    fn refuse_holes(&self) -> Result<(), ManifestError> {
        let Some(shard) = self.serialization.shard_bytes else { return Ok(()) };
        let mut files: BTreeMap<&str, Vec<&Range<u64>>> = BTreeMap::new();
        for resource in &self.resources {
            files.entry(&resource.path).or_default().extend(&resource.range);
        }
        for (path, mut ranges) in files {
            ranges.sort_by_key(|range| range.start);
            let mut at = 0;
            let mut full = true;
            for range in ranges {
                let length = range.end.checked_sub(range.start).filter(|length| (1..=shard).contains(length));
                if range.start != at || !full || length.is_none() {
                    return Err(ManifestError::Pieces(path.to_owned()));
                }
                (at, full) = (range.end, length == Some(shard));
            }
        }
        Ok(())
    }
}

impl Serialization {
    /// Whole files by SHA-256, links refused.
    pub fn files(ignore_paths: Vec<String>) -> Self {
        Self { hash: HashType::Sha256, shard_bytes: None, allow_symlinks: false, ignore_paths }
    }

    fn to_json(&self) -> Value {
        let method = if self.shard_bytes.is_some() { "shards" } else { "files" };
        let mut document = json!({
            "method": method,
            "hash_type": self.hash.name(),
            "allow_symlinks": self.allow_symlinks,
            "ignore_paths": self.ignore_paths,
        });
        if let (Some(bytes), Some(object)) = (self.shard_bytes, document.as_object_mut()) {
            object.insert("shard_size".to_owned(), bytes.into());
        }
        document
    }
}

impl SerializationDocument {
    fn read(self) -> Result<Serialization, ManifestError> {
        let unknown = |parameter, value: String| ManifestError::Parameter { parameter, value };
        let hash = HashType::from_name(&self.hash_type).ok_or_else(|| unknown("hash_type", self.hash_type.clone()))?;
        let size = whole_number(&self.shard_size).filter(|size| *size > 0);
        let shard_bytes = match (self.method.as_str(), &self.shard_size, size) {
            ("files", Value::Null, _) => None,
            ("shards", _, Some(size)) => Some(size),
            ("files" | "shards", other, _) => return Err(unknown("shard_size", other.to_string())),
            _ => return Err(unknown("method", self.method)),
        };
        Ok(Serialization { hash, shard_bytes, allow_symlinks: self.allow_symlinks, ignore_paths: self.ignore_paths })
    }
}

impl ResourceDocument {
    fn read(self, serialization: &Serialization) -> Result<Resource, ManifestError> {
        let hash = serialization.hash;
        let sharded = serialization.shard_bytes.map(|size| format!("{}-sharded-{size}", hash.name()));
        if self.algorithm != hash.name() && Some(&self.algorithm) != sharded.as_ref() {
            return Err(ManifestError::Parameter { parameter: "algorithm", value: self.algorithm });
        }
        if from_hex(&self.digest).is_none_or(|bytes| bytes.len() != hash.digest_bytes()) {
            return Err(ManifestError::BadDigest(self.name));
        }
        match serialization.shard_bytes.map(|_| piece(&self.name)) {
            None => Ok(Resource { path: self.name, range: None, digest: self.digest }),
            Some(Some((path, range))) => {
                Ok(Resource { path: path.to_owned(), range: Some(range), digest: self.digest })
            }
            Some(None) => Err(ManifestError::Pieces(self.name)),
        }
    }
}

impl Resource {
    /// Its name in the manifest.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.range {
            None => Cow::Borrowed(&self.path),
            Some(range) => Cow::Owned(format!("{}:{}:{}", self.path, range.start, range.end)),
        }
    }
}

/// SHA-256 over the digests in their order (§6.5.1); none over no digests.
pub(super) fn root(resources: &[Resource]) -> Option<Digest> {
    if resources.is_empty() {
        return None;
    }
    let mut hasher = Hasher::default();
    for resource in resources {
        hasher.update(&from_hex(&resource.digest)?);
    }
    Some(hasher.finish())
}

/// The file and the range of `path:start:end`, split at the last two colons (§6.3.2).
fn piece(name: &str) -> Option<(&str, Range<u64>)> {
    let (rest, end) = name.rsplit_once(':')?;
    let (path, start) = rest.rsplit_once(':')?;
    Some((path, decimal(start)?..decimal(end)?))
}

fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    text.parse().ok().filter(|_| canonical)
}

/// An integer, also when it is written as `2.0`, as version 1.1.1 of the reference implementation does.
fn whole_number(value: &Value) -> Option<u64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..EXACT_MAX).contains(number))?;
        format!("{number:.0}").parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Resource {
        Resource { path: path.into(), range: None, digest: Digest::of(path.as_bytes()).hex() }
    }

    fn manifest(paths: &[&str]) -> Result<Manifest, ManifestError> {
        Manifest::new("m", Serialization::files(vec![".git".into()]), paths.iter().map(|path| resource(path)).collect())
    }

    fn edited(edit: impl Fn(&mut Value)) -> Result<Manifest, ManifestError> {
        let mut statement = serde_json::to_value(manifest(&["a", "b"]).unwrap().statement()).unwrap();
        edit(&mut statement);
        Manifest::from_payload(statement.to_string().as_bytes(), false)
    }

    #[test]
    fn resources_are_in_the_order_of_code_points_and_had_back() {
        let manifest = manifest(&["tokenizer/x", "tokenizer.json", "a"]).unwrap();
        let names: Vec<_> = manifest.resources.iter().map(|each| each.path.as_str()).collect();
        assert_eq!(names, ["a", "tokenizer.json", "tokenizer/x"]);
        assert_eq!(Manifest::from_payload(&manifest.statement().to_json(), false).unwrap(), manifest);
    }

    #[test]
    fn another_order_is_accepted_when_its_root_agrees() {
        let swapped = edited(|statement| {
            let resources = statement["predicate"]["resources"].as_array_mut().unwrap();
            resources.swap(0, 1);
            let root = root(&[resource("b"), resource("a")]).unwrap();
            statement["subject"][0]["digest"]["sha256"] = root.hex().into();
        });
        assert_eq!(swapped.unwrap().resources[0].path, "b");
        let stale = edited(|statement| statement["predicate"]["resources"].as_array_mut().unwrap().swap(0, 1));
        assert!(matches!(stale, Err(ManifestError::Root { .. })));
    }

    #[test]
    fn twins_and_names_outside_the_model_are_refused() {
        assert!(matches!(manifest(&["a", "a"]), Err(ManifestError::Twins(..))));
        assert!(matches!(manifest(&["Model.bin", "model.bin"]), Err(ManifestError::Twins(..))));
        assert!(matches!(manifest(&["../a"]), Err(ManifestError::Name { .. })));
        assert!(matches!(manifest(&[]), Err(ManifestError::Empty)));
        assert!(manifest(&["a", "A b"]).is_ok());
    }

    #[test]
    fn a_statement_of_another_kind_is_no_manifest() {
        assert!(matches!(
            edited(|s| s["predicateType"] = "https://slsa.dev/provenance/v1".into()),
            Err(ManifestError::PredicateType(_))
        ));
        assert!(matches!(
            edited(|s| s["_type"] = "https://in-toto.io/Statement/v0.1".into()),
            Err(ManifestError::PredicateType(_))
        ));
        let twice = edited(|s| {
            let one = s["subject"][0].clone();
            s["subject"].as_array_mut().unwrap().push(one);
        });
        assert!(matches!(twice, Err(ManifestError::Subjects(2))));
        assert!(matches!(edited(|s| s["predicate"]["resources"] = json!([])), Err(ManifestError::Empty)));
    }

    #[test]
    fn the_algorithm_of_an_entry_is_the_stated_one() {
        let other = edited(|s| s["predicate"]["resources"][0]["algorithm"] = "blake3".into());
        assert!(matches!(other, Err(ManifestError::Parameter { parameter: "algorithm", .. })));
        let unknown = edited(|s| s["predicate"]["serialization"]["hash_type"] = "md5".into());
        assert!(matches!(unknown, Err(ManifestError::Parameter { parameter: "hash_type", .. })));
        assert!(matches!(
            edited(|s| s["predicate"]["serialization"]["ignore_paths"] = json!(["."])),
            Err(ManifestError::Name { .. })
        ));
    }

    fn sharded(names: &[&str], size: &Value) -> Result<Manifest, ManifestError> {
        let digest = Digest::of(b"").hex();
        let resources: Vec<Value> =
            names.iter().map(|name| json!({"name": name, "digest": digest, "algorithm": "sha256-sharded-2"})).collect();
        let root = Digest::of(&from_hex(&digest.repeat(names.len())).unwrap());
        let statement = json!({
            "_type": STATEMENT_V1, "predicateType": PREDICATE_TYPE,
            "subject": [{"name": "m", "digest": {"sha256": root.hex()}}],
            "predicate": {
                "serialization": {"method": "shards", "hash_type": "sha256", "shard_size": size, "allow_symlinks": false},
                "resources": resources
            },
        });
        Manifest::from_payload(statement.to_string().as_bytes(), false)
    }

    #[test]
    fn shards_are_read_as_the_reference_writes_them() {
        let manifest = sharded(&["a:b:0:2", "a:b:2:3"], &json!(2.0)).unwrap();
        assert_eq!(manifest.serialization.shard_bytes, Some(2));
        assert_eq!(manifest.resources[1].path, "a:b");
        assert_eq!(manifest.resources[1].range, Some(2..3));
    }

    #[test]
    fn shards_with_holes_overlaps_or_odd_sizes_are_refused() {
        for names in
            [&["a:0:2", "a:3:4"][..], &["a:1:2"], &["a:0:3"], &["a:0:1", "a:1:3"], &["a:0:0"], &["a:00:2"], &["a"]]
        {
            assert!(matches!(sharded(names, &json!(2)), Err(ManifestError::Pieces(_))), "{names:?}");
        }
        assert!(matches!(sharded(&["a:0:2"], &json!(2.5)), Err(ManifestError::Parameter { .. })));
        assert!(matches!(sharded(&["a:0:2"], &json!(0)), Err(ManifestError::Parameter { .. })));
    }
}
