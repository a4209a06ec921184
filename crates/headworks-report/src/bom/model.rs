//! Components, what is known of them, and how they hang together.

use headworks_types::{Digest, Severity};

/// What a value rests on, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// An enrolled signer says so.
    Verified,
    /// The bytes, or the place where they lie, show it.
    Observed,
    /// It follows from other values by a rule that is stated.
    Inferred,
    /// The artifact says so of itself.
    Stated,
    /// Somebody wrote it into the overlay.
    Declared,
}

impl Basis {
    /// The word for it in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Stated => "stated",
            Self::Declared => "declared",
        }
    }
}

/// A value, what it rests on and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// What it rests on.
    pub basis: Basis,
    /// The value.
    pub value: String,
    /// A file, an attestation, or `overlay`.
    pub source: String,
}

impl Claim {
    pub(crate) fn new(basis: Basis, value: impl Into<String>, source: impl Into<String>) -> Self {
        Self { basis, value: value.into(), source: source.into() }
    }
}

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What is delivered as a whole.
    System,
    /// Weights and the files that belong to them.
    Model,
    /// Weights that change another model's.
    Adapter,
    /// Records that a model learns from or is measured on.
    Dataset,
    /// A software package.
    Library,
    /// An image that something is built from or runs in.
    Container,
    /// A tool server that an agent starts, or another program.
    Application,
    /// Something reached over a network.
    Service,
    /// A machine or a part of one.
    Device,
    /// A set of libraries that software is built upon.
    Framework,
    /// An operating system.
    OperatingSystem,
    /// What software runs on, besides an operating system.
    Platform,
    /// Software of a machine.
    Firmware,
    /// One file.
    File,
    /// Something that other tools list and none of the above.
    Other,
}

/// One thing that an artifact consists of or rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Names it within the document.
    pub reference: String,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The owner's part of its name, as in `org` of `org/model`.
    pub group: Option<String>,
    /// Exactly one version: a release, or a full revision.
    pub version: Option<Claim>,
    /// The versions that are admissible, in the notation of `vers`, where no single one is stated.
    pub range: Option<String>,
    /// Package URL, without a version where none is known.
    pub purl: Option<String>,
    /// What it is, in words.
    pub description: Option<Claim>,
    /// Licences as SPDX expressions, or names where there is none.
    pub licences: Vec<Claim>,
    /// Who supplies it.
    pub supplier: Option<Claim>,
    /// Digests of the component as one thing: of its only file of weights, or of its set of files.
    pub digests: Vec<Digest>,
    /// Digests by other algorithms, as other tools wrote them: the algorithm and the digits.
    pub other_digests: Vec<(String, String)>,
    /// Identifiers besides the purl, as other tools wrote them: `cpe`, `swid`, `swhid`, and the text.
    pub identifiers: Vec<(String, String)>,
    /// When it was made or published, as RFC 3339.
    pub released: Option<Claim>,
    /// Where more can be found.
    pub links: Vec<Link>,
    /// Its files.
    pub files: Vec<FileOf>,
    /// What is known of a model or an adapter.
    pub model: Option<ModelDescription>,
    /// What is known of a dataset.
    pub data: Option<DataDescription>,
    /// More, under names of our own.
    pub properties: Vec<(String, String)>,
    /// It is no part of what is delivered.
    pub is_external: bool,
}

impl Component {
    pub(crate) fn new(kind: Kind, reference: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            kind,
            name: name.into(),
            group: None,
            version: None,
            range: None,
            purl: None,
            description: None,
            licences: Vec::new(),
            supplier: None,
            digests: Vec::new(),
            other_digests: Vec::new(),
            identifiers: Vec::new(),
            released: None,
            links: Vec::new(),
            files: Vec::new(),
            model: None,
            data: None,
            properties: Vec::new(),
            is_external: false,
        }
    }

    /// Whether it is weights of its own or for another model.
    pub fn is_model(&self) -> bool {
        matches!(self.kind, Kind::Model | Kind::Adapter)
    }
}

/// Where more can be found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// A type of external reference of CycloneDX.
    pub kind: String,
    /// A URL, or a path within the artifact.
    pub url: String,
}

/// A file of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOf {
    /// Path within the artifact.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, when it could be read to its end.
    pub digest: Option<Digest>,
    /// What it is for: `weights`, `tokenizer`, `chat-template`, `configuration`, `card`, `code`, `data`, `other`.
    pub role: String,
    /// Id of its format.
    pub format: String,
}

/// What is known of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelDescription {
    /// What it is for, in the Hub's words, as in `text-generation`.
    pub task: Option<Claim>,
    /// The family, as in `llama`.
    pub family: Option<Claim>,
    /// The class that implements it, as in `LlamaForCausalLM`.
    pub architecture: Option<Claim>,
    /// What goes in: `text`, `image`, `audio`.
    pub inputs: Vec<Claim>,
    /// What comes out.
    pub outputs: Vec<Claim>,
    /// Number of parameters, and settings such as layers and widths.
    pub hyperparameters: Vec<(String, Claim)>,
    /// Results that are claimed or were measured.
    pub metrics: Vec<Metric>,
    /// What it is meant for.
    pub uses: Vec<Claim>,
    /// What it cannot do.
    pub limitations: Vec<Claim>,
    /// Risks and biases.
    pub risks: Vec<Claim>,
    /// How it was trained, in words.
    pub training: Vec<Claim>,
    /// What making it cost: `emissions`, `energy`.
    pub environment: Vec<(String, Claim)>,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// What was measured.
    pub name: String,
    /// The value as written.
    pub value: String,
    /// On what.
    pub dataset: String,
    /// What it rests on.
    pub claim: Claim,
}

/// What is known of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataDescription {
    /// What the records are: tasks, languages, modalities, sizes.
    pub content: Vec<(String, Claim)>,
    /// Where the records come from.
    pub provenance: Vec<Claim>,
    /// Personal or otherwise sensitive data in it.
    pub sensitivity: Vec<Claim>,
    /// Who answers for it.
    pub owner: Option<Claim>,
}

/// How one component hangs together with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The first has the second as a part.
    Contains,
    /// The first does not work without the second.
    DependsOn,
    /// The first was made from the second.
    DerivedFrom,
    /// The first learnt from the second.
    TrainedOn,
    /// The first was measured on the second.
    TestedOn,
}

/// A relation between two components.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Reference of the one that the sentence begins with.
    pub from: String,
    /// How they hang together.
    pub relation: Relation,
    /// Reference of the other.
    pub to: String,
    /// What it rests on.
    pub basis: Basis,
    /// Where it was found.
    pub source: String,
}

/// Something wrong with a component: a finding of ours, or an advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// Id of the rule or the advisory.
    pub id: String,
    /// Who names it so.
    pub source: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in words.
    pub description: String,
    /// References of the components that it affects.
    pub affects: Vec<String>,
}

/// When in the life of the artifact the document was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// From source files.
    PreBuild,
    /// From what was built, without running it.
    PostBuild,
}

/// A bill of materials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bom {
    /// Who made the document.
    pub authors: Vec<Claim>,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Version of headworks.
    pub tool_version: String,
    /// What it was made from.
    pub phase: Phase,
    /// Identity of the artifact that it describes, in documents of headworks.
    pub artifact: Option<Digest>,
    /// What it describes as a whole.
    pub system: Component,
    /// What that consists of and rests on, by reference.
    pub components: Vec<Component>,
    /// How they hang together.
    pub edges: Vec<Edge>,
    /// What is wrong with them.
    pub weaknesses: Vec<Weakness>,
    /// Controls that were found to be met or not: id, outcome, in words.
    pub controls: Vec<(String, String, String)>,
    /// Files and places that could not be understood, so that the document may lack something.
    pub incomplete: Vec<String>,
}

impl Bom {
    /// The system and its components.
    pub fn all(&self) -> impl Iterator<Item = &Component> {
        std::iter::once(&self.system).chain(&self.components)
    }

    /// The component of a reference.
    pub fn component(&self, reference: &str) -> Option<&Component> {
        self.all().find(|component| component.reference == reference)
    }

    /// What a component is in a relation with.
    pub fn related<'a>(&'a self, from: &'a str, relation: Relation) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |edge| edge.from == from && edge.relation == relation)
    }
}
