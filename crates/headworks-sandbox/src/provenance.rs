//! SLSA provenance of a run, in our own build types.
//!
//! Facts that a policy may refuse upon stand in standard fields or in parameters of the build type, never in
//! extension fields, which a consumer may ignore.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use headworks_attest::statement::{PAYLOAD_TYPE, STATEMENT_V1};
use headworks_attest::{Envelope, EnvelopeError, ResourceDescriptor, SigningKey};
use headworks_types::Digest;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::environment::{self, Environment};
use crate::manifest::{Difference, Input, Manifest};
use crate::recording::{Observation, ReadFile, Recording, Refusal};
use crate::role::role;
use crate::source::Source;
use crate::wheels::Wheel;
use crate::{machine, wheels};

/// Every build type is a page below this; see docs/src/buildtypes.md.
pub const BUILD_TYPES: &str = "https://github.com/headworks/headworks/buildtypes";
/// Who says it: this program, run by whoever holds the key.
pub const BUILDER: &str = "https://github.com/headworks/headworks/run";
/// The predicate.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";

/// What a run makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model from nothing.
    Train,
    /// A model from another one.
    Finetune,
    /// A model from several.
    Merge,
    /// A model with fewer bits.
    Quantize,
    /// A model in another format.
    Convert,
    /// A dataset.
    Dataset,
    /// A judgement of a model.
    Evaluate,
}

impl Kind {
    /// The word of the build type.
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Finetune => "finetune",
            Self::Merge => "merge",
            Self::Quantize => "quantize",
            Self::Convert => "convert",
            Self::Dataset => "dataset",
            Self::Evaluate => "evaluation",
        }
    }

    /// The build type's URI.
    pub fn build_type(self) -> String {
        format!("{BUILD_TYPES}/{}/v1", self.word())
    }
}

/// What was asked for, and what stood around it before it ran.
#[derive(Debug)]
pub struct Request {
    /// What the run makes.
    pub kind: Kind,
    /// The command.
    pub argv: Vec<OsString>,
    /// Where it runs, without links.
    pub folder: PathBuf,
    /// Whether it may read only what is known.
    pub strict: bool,
    /// What cannot be observed.
    pub manifest: Manifest,
    /// The bytes of the manifest's file.
    pub manifest_digest: Option<Digest>,
    /// The working tree.
    pub source: Option<Source>,
    /// Version of the builder.
    pub version: String,
}

/// A statement about a run, as JSON.
#[derive(Debug)]
pub struct Provenance {
    json: Vec<u8>,
    subjects: usize,
}

impl Provenance {
    /// The bare statement.
    pub fn to_json(&self) -> &[u8] {
        &self.json
    }

    /// How many files it is about.
    pub fn subjects(&self) -> usize {
        self.subjects
    }

    /// The statement in a signed envelope.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, EnvelopeError> {
        Envelope::sign(PAYLOAD_TYPE, self.json.clone(), key)
    }
}

/// States what a run was, and the head of the chain of its checkpoints. The order of everything in it is fixed.
pub fn statement(request: &Request, recording: &Recording, checkpoints: Option<&ResourceDescriptor>) -> Provenance {
    let written = recording.written.iter();
    let subject = Each(|| {
        written.clone().map(|file| ResourceDescriptor::sha256(name(&request.folder, &file.path), file.digest.hex()))
    });
    let declared = request.manifest.located(&request.folder);
    let build_definition = build_definition(request, recording, &declared);
    let predicate = Predicate { build_definition, run_details: run_details(request, recording, checkpoints) };
    let statement = Written { type_: STATEMENT_V1, predicate, predicate_type: PREDICATE_TYPE, subject };
    let json = serde_json::to_vec(&statement).unwrap_or_default();
    Provenance { json, subjects: recording.written.len() }
}

/// [`headworks_attest::Statement`], with files that are described one by one: a run may read a million.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<S, B, R> {
    #[serde(rename = "_type")]
    type_: &'static str,
    predicate: Predicate<B, R>,
    predicate_type: &'static str,
    subject: S,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<B, R> {
    build_definition: B,
    run_details: R,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition<D> {
    build_type: String,
    external_parameters: Value,
    internal_parameters: Value,
    resolved_dependencies: D,
}

#[derive(Serialize)]
struct RunDetails<B> {
    builder: Value,
    byproducts: B,
    metadata: Value,
}

/// A list whose items are made when they are written.
struct Each<F>(F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

fn build_definition<'a>(
    request: &'a Request,
    recording: &'a Recording,
    declared: &'a [(PathBuf, &'a Input)],
) -> impl Serialize + 'a {
    let differences = request.manifest.differences(&request.folder, &recording.read);
    let environment = Environment::of(std::env::vars_os());
    let wheels = wheels::in_use(recording.read.iter().map(|file| file.path.as_path()));
    let surroundings = surroundings(request, &wheels);
    BuildDefinition {
        build_type: request.kind.build_type(),
        external_parameters: external(request),
        internal_parameters: internal(request, recording, &environment, &differences),
        resolved_dependencies: Each(move || {
            let files = recording.read.iter().map(|file| read_file(request, declared, file));
            surroundings.clone().into_iter().chain(files)
        }),
    }
}

fn run_details(request: &Request, recording: &Recording, checkpoints: Option<&ResourceDescriptor>) -> impl Serialize {
    RunDetails {
        builder: json!({ "id": BUILDER, "version": { "headworks": request.version } }),
        byproducts: Each(move || byproducts(request, recording).chain(checkpoints.cloned())),
        metadata: json!({
            "invocationId": invocation(request, recording),
            "startedOn": recording.started.to_string(),
            "finishedOn": recording.finished.to_string(),
        }),
    }
}

/// What the person who started the run decided.
fn external(request: &Request) -> Value {
    let Request { kind, argv, folder, strict, manifest, manifest_digest, .. } = request;
    let mut parameters = Map::new();
    let mut put = |name: &str, value: Value| drop(parameters.insert(name.to_owned(), value));
    put("kind", json!(kind.word()));
    put("command", json!(environment::stated_arguments(argv)));
    put("workingDirectory", json!(text(folder)));
    put("strict", json!(strict));
    put("mixture", json!(manifest.mixture));
    put("hyperparameters", json!(manifest.hyperparameters));
    put("seeds", json!(manifest.seeds));
    put("steps", json!(manifest.steps));
    put("licences", json!(manifest.licences));
    put("base", json!(manifest.base));
    put("reviewer", json!(manifest.reviewer));
    put("manifest", json!(manifest_digest.map(|digest| json!({ "sha256": digest.hex() }))));
    Value::Object(parameters)
}

/// What was observed and what surrounded the run.
fn internal(request: &Request, recording: &Recording, environment: &Environment, differences: &[Difference]) -> Value {
    let Recording { ended, endpoints, refused, unseen, programs, survivors, .. } = recording;
    let (observation, reason) = match &recording.observation {
        Observation::SeccompUserNotification => ("seccomp-user-notification", None),
        Observation::None { reason } => ("none", Some(reason)),
    };
    let files =
        |paths: &mut dyn Iterator<Item = &PathBuf>| paths.map(|path| name(&request.folder, path)).collect::<Vec<_>>();
    let uncertain = recording.read.iter().filter(|file| file.digest.is_none());
    json!({
        "observation": observation,
        "observationReason": reason,
        "complete": recording.is_complete(),
        "succeeded": recording.succeeded() && differences.is_empty(),
        "exitCode": ended.code,
        "signal": ended.signal,
        "source": source(request.source.as_ref()),
        "standardInput": recording.standard_input.as_deref().map(|input| name(&request.folder, input)),
        "environment": { "names": environment.names, "values": environment.values },
        "determinism": environment.determinism(),
        "machine": machine::describe(),
        "programs": files(&mut programs.iter()),
        "startedProcesses": recording.started_processes,
        "survivors": survivors,
        "network": endpoints,
        "refused": refused.iter().map(refusal).collect::<Vec<_>>(),
        "unseenCalls": unseen,
        "overflowed": recording.overflowed,
        "unverifiedInputs": differences.iter().map(difference).collect::<Vec<_>>(),
        "uncertainReads": files(&mut uncertain.map(|file| &file.path)),
        "unhashedOutputs": files(&mut recording.unhashed.iter()),
        "unrecordedCheckpoints": files(&mut recording.unrecorded.iter()),
        "removedOutputs": files(&mut recording.removed.iter()),
        "links": recording.links.iter().map(|(path, target)| (name(&request.folder, path), text(target))).collect::<BTreeMap<_, _>>(),
    })
}

fn source(source: Option<&Source>) -> Value {
    let Some(Source { commit, remote, dirty, difference, untracked, .. }) = source else { return Value::Null };
    json!({
        "commit": commit,
        "remote": remote,
        "dirty": dirty,
        "differenceSha256": difference.map(|digest| digest.hex()),
        "untrackedFiles": untracked,
    })
}

fn refusal(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Read { path } => json!({ "kind": "read", "path": text(path) }),
        Refusal::Execute { path } => json!({ "kind": "execute", "path": text(path) }),
        Refusal::Network { action, endpoint } => json!({ "kind": "network", "action": action, "endpoint": endpoint }),
        Refusal::Resume { path } => json!({ "kind": "resume", "path": text(path) }),
        Refusal::Checkpoint { path } => json!({ "kind": "checkpoint", "path": text(path) }),
        Refusal::Escape { call } => json!({ "kind": "escape", "call": call }),
    }
}

fn difference(difference: &Difference) -> Value {
    match difference {
        Difference::NotRead { path } => json!({ "name": text(path), "problem": "notRead" }),
        Difference::Digest { path, declared, read } => json!({
            "name": text(path),
            "problem": "digest",
            "declared": declared.hex(),
            "read": read.map(|digest| digest.hex()),
        }),
    }
}

/// The working tree, the base model, distributions, and declared resources without a path.
fn surroundings(request: &Request, wheels: &[Wheel]) -> Vec<ResourceDescriptor> {
    let source = request.source.iter().map(|source| {
        descriptor(
            &[("dirty", json!(source.dirty)), ("role", json!("source"))],
            ResourceDescriptor {
                uri: source.remote.as_ref().map_or_else(|| "git+local".to_owned(), |remote| format!("git+{remote}")),
                digest: BTreeMap::from([("gitCommit".to_owned(), source.commit.clone())]),
                ..ResourceDescriptor::default()
            },
        )
    });
    let base = request.manifest.base.iter().map(|base| {
        descriptor(
            &[("role", json!("base"))],
            ResourceDescriptor { uri: base.uri.clone(), ..ResourceDescriptor::sha256("", base.digest.hex()) },
        )
    });
    let wheels = wheels.iter().map(|wheel| {
        descriptor(
            &[("recordSha256", json!(wheel.record.hex())), ("role", json!("package"))],
            ResourceDescriptor { uri: wheel.purl(), ..ResourceDescriptor::sha256("RECORD", wheel.record.hex()) },
        )
    });
    let elsewhere = request.manifest.inputs.iter().filter(|input| input.path.is_none());
    let elsewhere = elsewhere.map(|input| {
        let annotations = [("declaredOnly", json!(true)), ("licence", json!(input.licence)), ("role", json!("data"))];
        let mut described = input
            .digest
            .map_or_else(ResourceDescriptor::default, |digest| ResourceDescriptor::sha256("", digest.hex()));
        described.uri = input.uri.clone().unwrap_or_default();
        described.annotations.extend(input.annotations.iter().map(|(key, value)| (key.clone(), json!(value))));
        descriptor(&annotations, described)
    });
    source.chain(base).chain(wheels).chain(elsewhere).collect()
}

fn read_file(request: &Request, declared: &[(PathBuf, &Input)], file: &ReadFile) -> ResourceDescriptor {
    let named = name(&request.folder, &file.path);
    let mut described = match file.digest {
        Some(digest) => ResourceDescriptor::sha256(named, digest.hex()),
        None => ResourceDescriptor { name: named, ..ResourceDescriptor::default() },
    };
    // The file itself, or the nearest folder above it.
    let covering = declared.iter().filter(|(path, _)| file.path.starts_with(path));
    let declared = covering.max_by_key(|(path, _)| path.components().count()).map(|(_, input)| *input);
    if let Some(input) = declared {
        described.uri = input.uri.clone().unwrap_or_default();
        described.annotations.extend(input.annotations.iter().map(|(key, value)| (key.clone(), json!(value))));
    }
    // Ours come last: a declared annotation cannot replace an observed one.
    descriptor(
        &[
            ("declared", json!(declared.is_some())),
            ("licence", json!(declared.and_then(|input| input.licence.as_ref()))),
            ("openedAs", json!(file.opened_as.as_deref().map(text))),
            ("role", json!(role(file))),
            ("state", json!(file.state)),
        ],
        described,
    )
}

/// With annotations that have a value.
fn descriptor(annotations: &[(&str, Value)], mut described: ResourceDescriptor) -> ResourceDescriptor {
    let stated = annotations.iter().filter(|(_, value)| !value.is_null() && *value != json!(false));
    let stated = stated.map(|(key, value)| ((*key).to_owned(), value.clone()));
    // `dirty` is stated even when it is false: its absence must not read as a clean tree.
    let always =
        annotations.iter().filter(|(key, _)| *key == "dirty").map(|(key, value)| ((*key).to_owned(), value.clone()));
    described.annotations.extend(stated.chain(always));
    described
}

/// Sizes of what was written; the output of the command itself is passed through and not kept.
fn byproducts(request: &Request, recording: &Recording) -> impl Iterator<Item = ResourceDescriptor> {
    recording.written.iter().map(|file| {
        let named = ResourceDescriptor { name: name(&request.folder, &file.path), ..ResourceDescriptor::default() };
        descriptor(&[("bytes", json!(file.size))], named)
    })
}

/// One run, and no other: its time to the nanosecond, its command and its machine's boot.
fn invocation(request: &Request, recording: &Recording) -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let words = (recording.started.as_nanosecond(), std::process::id(), &request.argv, boot);
    Digest::of(format!("{words:?}").as_bytes()).to_string()
}

/// Relative to where the command ran, when it lies below.
fn name(folder: &Path, path: &Path) -> String {
    text(path.strip_prefix(folder).unwrap_or(path))
}

/// Text of a path. Bytes that are no UTF-8 are written as `\xNN`, and then every `\` as `\\`.
fn text(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}
