//! SLSA provenance v1 and v0.2: who built it, how, and from what.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PredicateError, malformed, read, text};
use crate::encoding::null_is_default;
use crate::statement::{ResourceDescriptor, Statement};

/// Type of SLSA provenance v1.
pub const V1: &str = "https://slsa.dev/provenance/v1";

/// Type of SLSA provenance v0.2.
pub const V0_2: &str = "https://slsa.dev/provenance/v0.2";

/// How something was built, in the terms of v1. It is what the signer says; the level follows from policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    /// Who built it.
    pub builder: String,
    /// What the parameters mean.
    pub build_type: String,
    /// What the caller of the build chose.
    pub parameters: Value,
    /// What the builder chose.
    pub internal_parameters: Value,
    /// What went in.
    pub dependencies: Vec<ResourceDescriptor>,
    /// Whether the builder claims that the dependencies are complete; only v0.2 says.
    pub complete: bool,
    /// What it was built from, if that is clear.
    pub source: Option<Source>,
    /// The very run.
    pub invocation: Option<String>,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub finished: Option<String>,
}

/// A repository at a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Where it is, without `git+` and without the ref.
    pub repository: String,
    /// The commit.
    pub commit: Option<String>,
    /// The ref that the caller named.
    pub git_ref: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PredicateV1 {
    build_definition: BuildDefinition,
    run_details: RunDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    external_parameters: Value,
    #[serde(default)]
    internal_parameters: Value,
    #[serde(default, deserialize_with = "null_is_default")]
    resolved_dependencies: Vec<ResourceDescriptor>,
}

#[derive(Deserialize)]
struct RunDetails {
    builder: Builder,
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Builder {
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    invocation_id: Option<String>,
    started_on: Option<String>,
    finished_on: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PredicateV02 {
    builder: Builder,
    build_type: String,
    #[serde(default, deserialize_with = "null_is_default")]
    invocation: Invocation,
    #[serde(default, deserialize_with = "null_is_default")]
    metadata: MetadataV02,
    #[serde(default, deserialize_with = "null_is_default")]
    materials: Vec<ResourceDescriptor>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Invocation {
    config_source: ResourceDescriptor,
    parameters: Value,
    environment: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MetadataV02 {
    build_invocation_id: Option<String>,
    build_started_on: Option<String>,
    build_finished_on: Option<String>,
    completeness: Completeness,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Completeness {
    materials: bool,
}

impl Provenance {
    /// Reads a statement of how something was built.
    ///
    /// # Errors
    /// When it is of another type, or names no builder or no kind of build.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let provenance = match statement.predicate_type.as_str() {
            V0_2 => Self::from_v0_2(read(statement, &[V0_2])?),
            _ => Self::from_v1(read(statement, &[V1])?),
        };
        match provenance.builder.is_empty() || provenance.build_type.is_empty() {
            true => Err(malformed(statement, "builder and build type are not to be empty")),
            false => Ok(provenance),
        }
    }

    fn from_v1(PredicateV1 { build_definition, run_details }: PredicateV1) -> Self {
        let source = source(&build_definition);
        Self {
            builder: run_details.builder.id,
            build_type: build_definition.build_type,
            parameters: build_definition.external_parameters,
            internal_parameters: build_definition.internal_parameters,
            dependencies: build_definition.resolved_dependencies,
            complete: false,
            source,
            invocation: run_details.metadata.invocation_id,
            started: run_details.metadata.started_on,
            finished: run_details.metadata.finished_on,
        }
    }

    fn from_v0_2(predicate: PredicateV02) -> Self {
        let PredicateV02 { builder, build_type, invocation, metadata, materials } = predicate;
        Self {
            builder: builder.id,
            build_type,
            source: Source::of_descriptor(&invocation.config_source),
            parameters: invocation.parameters,
            internal_parameters: invocation.environment,
            dependencies: materials,
            complete: metadata.completeness.materials,
            invocation: metadata.build_invocation_id,
            started: metadata.build_started_on,
            finished: metadata.build_finished_on,
        }
    }
}

/// The source by the parameters, which the workflow and cloud build types name alike, with the commit by the
/// dependency of that very name; or the one repository among the dependencies. Two make it unclear.
fn source(build: &BuildDefinition) -> Option<Source> {
    let parameters = &build.external_parameters;
    let sources = || build.resolved_dependencies.iter().filter_map(Source::of_descriptor);
    for place in ["workflow", "sourceToBuild"] {
        let Some(repository) = text(parameters, &format!("/{place}/repository")) else { continue };
        let repository = repository.strip_prefix("git+").unwrap_or(repository);
        let git_ref = text(parameters, &format!("/{place}/ref")).map(str::to_owned);
        let same =
            |found: &Source| found.repository == repository && (found.git_ref.is_none() || found.git_ref == git_ref);
        let commit = sources().find(same).and_then(|found| found.commit);
        return Some(Source { repository: repository.to_owned(), commit, git_ref });
    }
    let mut all = sources();
    all.next().filter(|_| all.next().is_none())
}

impl Source {
    /// A repository as `git+https://host/path@ref` names it.
    fn of_descriptor(descriptor: &ResourceDescriptor) -> Option<Self> {
        let uri = descriptor.uri.strip_prefix("git+")?;
        let (scheme, rest) = uri.split_once("://")?;
        let (place, git_ref) = match rest.split_once('/') {
            // An `@` before the path is a user's name, not a ref.
            Some((host, path)) => match path.split_once('@') {
                Some((path, git_ref)) => (format!("{host}/{path}"), Some(git_ref.to_owned())),
                None => (rest.to_owned(), None),
            },
            None => (rest.to_owned(), None),
        };
        let commit = ["gitCommit", "sha1"].iter().find_map(|name| descriptor.digest.get(*name)).cloned();
        Some(Self { repository: format!("{scheme}://{place}"), commit, git_ref })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    fn v1(parameters: &Value, dependencies: &Value) -> Value {
        json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": parameters,
                "resolvedDependencies": dependencies,
            },
            "runDetails": { "builder": { "id": "https://github.com/actions/runner/github-hosted" } },
        })
    }

    #[test]
    fn the_source_of_a_workflow_is_its_repository_at_the_commit_that_was_resolved() {
        let parameters =
            json!({ "workflow": { "repository": "https://github.com/acme/model", "ref": "refs/tags/v1" } });
        let dependencies = json!([
            { "uri": "git+https://github.com/acme/other@refs/tags/v1", "digest": { "gitCommit": "bad" } },
            { "uri": "git+https://github.com/acme/model@refs/tags/v1", "digest": { "gitCommit": "c0ffee" } },
        ]);
        let read = Provenance::of(&statement(V1, v1(&parameters, &dependencies))).unwrap();
        let source = read.source.unwrap();
        assert_eq!(source.repository, "https://github.com/acme/model");
        assert_eq!((source.commit.as_deref(), source.git_ref.as_deref()), (Some("c0ffee"), Some("refs/tags/v1")));
    }

    #[test]
    fn two_repositories_without_a_named_one_leave_the_source_unclear() {
        let one = json!([{ "uri": "git+https://x.invalid/a", "digest": { "gitCommit": "1" } }]);
        let two = json!([{ "uri": "git+https://x.invalid/a" }, { "uri": "git+https://x.invalid/b" }]);
        let source = |dependencies| Provenance::of(&statement(V1, v1(&json!({}), dependencies))).unwrap().source;
        assert_eq!(source(&one).unwrap().repository, "https://x.invalid/a");
        assert_eq!(source(&two), None);
    }

    #[test]
    fn v0_2_is_read_in_the_terms_of_v1() {
        let predicate = json!({
            "builder": { "id": "https://builder.invalid@v1" },
            "buildType": "https://build.invalid/v1",
            "invocation": {
                "configSource": { "uri": "git+https://github.com/acme/model@refs/heads/main", "digest": { "sha1": "c0ffee" } },
                "parameters": { "a": 1 },
            },
            "materials": [{ "uri": "git+https://github.com/acme/model", "digest": { "sha1": "c0ffee" } }],
            "metadata": { "completeness": { "materials": true } },
        });
        let read = Provenance::of(&statement(V0_2, predicate)).unwrap();
        let source = read.source.unwrap();
        assert_eq!(
            (source.repository.as_str(), source.commit.as_deref()),
            ("https://github.com/acme/model", Some("c0ffee"))
        );
        assert!(read.complete && read.dependencies.len() == 1 && read.parameters == json!({ "a": 1 }));
    }

    #[test]
    fn provenance_without_a_builder_or_a_build_type_is_refused() {
        let whole = v1(&json!({}), &json!([]));
        assert!(Provenance::of(&statement(V1, whole.clone())).is_ok());
        let without: [fn(&mut Value); 4] = [
            |v| v["runDetails"]["builder"]["id"] = "".into(),
            |v| v["runDetails"] = json!({}),
            |v| v["buildDefinition"]["buildType"] = "".into(),
            |v| *v = Value::Null,
        ];
        for edit in without {
            let mut predicate = whole.clone();
            edit(&mut predicate);
            assert!(matches!(Provenance::of(&statement(V1, predicate)), Err(PredicateError::Malformed { .. })));
        }
    }
}
