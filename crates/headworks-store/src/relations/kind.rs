//! The kinds of nodes and edges, by the words that are stored and shown.

/// A kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// Something that was checked here, by its tree digest.
    Artifact,
    /// Content of a file of an artifact.
    File,
    /// Content that is known by its digest alone, or by the digest of a model signature.
    Content,
    /// Content by its digest as something that others were made from.
    Material,
    /// A model by name.
    Model,
    /// A dataset by name.
    Dataset,
    /// A package by name, with its version or without.
    Package,
    /// A container image by its reference.
    Image,
    /// Something by a name that says nothing of what it is.
    Name,
    /// A key or an identity that signs.
    Key,
    /// Who publishes: by the trust store, or by the namespace of a name.
    Publisher,
    /// What builds.
    Builder,
    /// A build or a training, by the statement about it.
    Build,
    /// A place from which sources come, at a revision or not.
    Source,
    /// A licence expression.
    Licence,
    /// The result of an evaluation.
    Evaluation,
    /// A training run.
    Run,
    /// A policy with its data, by digest.
    Policy,
    /// A verdict, by the digest of its record.
    Verdict,
}

/// In which way something is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The content is in the artifact.
    Contains,
    /// Two digests stand for the same bytes.
    SameAs,
    /// The material is this content, or a file of the artifact.
    GivenAs,
    /// The artifact goes by the name.
    KnownAs,
    /// Who asks for the name may get the version.
    VersionOf,
    /// The artifact provides the package.
    Provides,
    /// The artifact needs the package or the image.
    DependsOn,
    /// The model was made from the other one.
    DerivedFrom,
    /// The data went into it.
    TrainedOn,
    /// The material or source went into it.
    BuiltFrom,
    /// The builder made it.
    BuiltBy,
    /// The build made it.
    Produced,
    /// The data were measured on.
    EvaluatedOn,
    /// The result speaks of it.
    EvaluatedBy,
    /// It is a checkpoint of the run.
    CheckpointOf,
    /// The publisher stands for it.
    PublishedBy,
    /// The key is the publisher's.
    KeyOf,
    /// The key signed its files.
    SignedBy,
    /// The key signed a statement that counted for it.
    AttestedBy,
    /// The licence applies to it.
    LicensedUnder,
    /// The verdict is on the artifact.
    DecidedBy,
    /// The verdict rests on the policy.
    JudgedBy,
}

impl NodeKind {
    /// Every kind with its word, in the order of their numbers.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::Artifact, "artifact"),
        (Self::File, "file"),
        (Self::Content, "content"),
        (Self::Material, "material"),
        (Self::Model, "model"),
        (Self::Dataset, "dataset"),
        (Self::Package, "package"),
        (Self::Image, "image"),
        (Self::Name, "name"),
        (Self::Key, "key"),
        (Self::Publisher, "publisher"),
        (Self::Builder, "builder"),
        (Self::Build, "build"),
        (Self::Source, "source"),
        (Self::Licence, "licence"),
        (Self::Evaluation, "evaluation"),
        (Self::Run, "run"),
        (Self::Policy, "policy"),
        (Self::Verdict, "verdict"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

impl EdgeKind {
    /// Every kind with its word, in the order of their numbers.
    pub const ALL: [(Self, &'static str); 22] = [
        (Self::Contains, "contains"),
        (Self::SameAs, "same_as"),
        (Self::GivenAs, "given_as"),
        (Self::KnownAs, "known_as"),
        (Self::VersionOf, "version_of"),
        (Self::Provides, "provides"),
        (Self::DependsOn, "depends_on"),
        (Self::DerivedFrom, "derived_from"),
        (Self::TrainedOn, "trained_on"),
        (Self::BuiltFrom, "built_from"),
        (Self::BuiltBy, "built_by"),
        (Self::Produced, "produced"),
        (Self::EvaluatedOn, "evaluated_on"),
        (Self::EvaluatedBy, "evaluated_by"),
        (Self::CheckpointOf, "checkpoint_of"),
        (Self::PublishedBy, "published_by"),
        (Self::KeyOf, "key_of"),
        (Self::SignedBy, "signed_by"),
        (Self::AttestedBy, "attested_by"),
        (Self::LicensedUnder, "licensed_under"),
        (Self::DecidedBy, "decided_by"),
        (Self::JudgedBy, "judged_by"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_at_its_number_and_is_had_back_by_its_word() {
        for (number, (kind, word)) in NodeKind::ALL.iter().enumerate() {
            assert_eq!((*kind as usize, kind.word(), NodeKind::parse(word)), (number, *word, Some(*kind)));
        }
        for (number, (kind, word)) in EdgeKind::ALL.iter().enumerate() {
            assert_eq!((*kind as usize, kind.word(), EdgeKind::parse(word)), (number, *word, Some(*kind)));
        }
        assert_eq!((NodeKind::parse("nothing"), EdgeKind::parse("")), (None, None));
    }
}
