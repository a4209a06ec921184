//! Facts: what a parser saw, and where.
//!
//! The enum is closed on purpose. Formats produce facts, rules judge them, and neither knows the
//! other; widening this vocabulary is the rare change that deserves a careful review. One file
//! per family.

mod agent;
mod archive;
mod build;
mod card;
mod code;
mod command;
mod configuration;
mod executable;
mod fault;
mod file;
mod graph;
mod oci;
mod package;
mod pickle;
mod repository;
mod template;
mod tensor;
mod text;
mod tokenizer;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use agent::{AgentFact, Order};
pub use archive::{ArchiveFact, link_escapes};
pub use build::{BuildFact, Deed, ImagePin};
pub use card::CardFact;
pub use code::{CodeFact, Effect};
pub use command::command_order;
pub use configuration::{ConfigurationFact, ReferenceKind};
pub use executable::ExecutableFact;
pub use fault::Fault;
pub use file::FileFact;
pub use graph::{ExternalKind, GraphFact};
pub use oci::{BlobRole, OciDocument, OciFact, digest_in_path};
pub use package::{Ecosystem, PackageFact, RequirementKind};
pub use pickle::{Callee, PickleFact, PickleOpcode, Shape};
pub use repository::RepositoryFact;
pub use template::{TemplateConstruct, TemplateFact};
pub use tensor::TensorFact;
pub use text::TextFact;
pub use tokenizer::TokenizerFact;

use crate::Location;

/// One thing a parser saw, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// Where it was seen first.
    pub location: Location,
    /// How often the same thing was seen in this place; the location is that of the first time.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u64,
    /// What was seen.
    #[serde(flatten)]
    pub kind: FactKind,
}

/// What was seen, by family.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "family", content = "fact", rename_all = "kebab-case")]
pub enum FactKind {
    /// The bytes were not, or not wholly, understood.
    Fault(Fault),
    /// About a file as such: its type, its place in the artifact.
    File(FileFact),
    /// About an archive and its members.
    Archive(ArchiveFact),
    /// About a pickle stream.
    Pickle(PickleFact),
    /// About tensors and their tables.
    Tensor(TensorFact),
    /// About configuration that names code, repositories or paths.
    Configuration(ConfigurationFact),
    /// About a chat template.
    Template(TemplateFact),
    /// About source code.
    Code(CodeFact),
    /// About natural-language or other plain text.
    Text(TextFact),
    /// About machine code.
    Executable(ExecutableFact),
    /// About a computation graph, or another file that a loader turns into a program.
    Graph(GraphFact),
    /// About the claims of a model or dataset card.
    Card(CardFact),
    /// About a software package or a list of requirements.
    Package(PackageFact),
    /// About what an agent is given to run and to read.
    Agent(AgentFact),
    /// About the other files of the same repository.
    Repository(RepositoryFact),
    /// About a tokenizer.
    Tokenizer(TokenizerFact),
    /// About a container image, or a model that is packed like one.
    Oci(OciFact),
    /// About how an image is built and started.
    Build(BuildFact),
}

macro_rules! into_fact_kind {
    ($($kind:ident($of:ty)),* $(,)?) => {$(
        impl From<$of> for FactKind {
            fn from(of: $of) -> Self {
                Self::$kind(of)
            }
        }
    )*};
}

into_fact_kind!(
    Fault(Fault),
    File(FileFact),
    Archive(ArchiveFact),
    Pickle(PickleFact),
    Tensor(TensorFact),
    Configuration(ConfigurationFact),
    Template(TemplateFact),
    Code(CodeFact),
    Text(TextFact),
    Executable(ExecutableFact),
    Graph(GraphFact),
    Card(CardFact),
    Package(PackageFact),
    Agent(AgentFact),
    Repository(RepositoryFact),
    Tokenizer(TokenizerFact),
    Oci(OciFact),
    Build(BuildFact),
);

fn once() -> u64 {
    1
}

fn is_once(times: &u64) -> bool {
    *times == 1
}
