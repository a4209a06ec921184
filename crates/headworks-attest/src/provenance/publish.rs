//! What registries attest: that they published this very file under this name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PredicateError, contradiction, malformed, read};
use crate::statement::Statement;

/// Type of npm's publish attestation.
pub const NPM: &str = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";

/// Type of PyPI's publish attestation.
pub const PYPI: &str = "https://docs.pypi.org/attestations/publish/v1";

/// Type of GitHub's release attestation.
pub const RELEASE: &str = "https://in-toto.io/attestation/release/v0.2";

/// That npm published a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpmPublish {
    /// Its name, with its scope.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The registry.
    pub registry: String,
}

/// That PyPI published a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PypiPublish {
    /// The file's name.
    pub file: String,
}

/// That GitHub made a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// What was released.
    pub purl: String,
    /// The repository.
    #[serde(default)]
    pub repository: Option<String>,
    /// The repository's number.
    #[serde(default)]
    pub repository_id: Option<String>,
    /// The owner's number.
    #[serde(default)]
    pub owner_id: Option<String>,
    /// The tag.
    #[serde(default)]
    pub tag: Option<String>,
}

impl NpmPublish {
    /// Reads what npm says.
    ///
    /// # Errors
    /// When it is of another type, or about another package than its subject.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let publish: Self = read(statement, &[NPM])?;
        // A scope's `@` is written `%40` in package URLs (purl-spec, type npm).
        let purl = format!("pkg:npm/{}@{}", publish.name.replacen('@', "%40", 1), publish.version);
        match statement.subject.as_slice() {
            [subject] if subject.name == purl => Ok(publish),
            _ => Err(contradiction(statement, "its only subject is not the package that it names")),
        }
    }
}

impl PypiPublish {
    /// Reads what PyPI says, which is that the one subject is the file it published.
    ///
    /// # Errors
    /// When it is of another type, or about no file or several.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let _: Value = read(statement, &[PYPI])?;
        match statement.subject.as_slice() {
            [subject] if !subject.name.is_empty() => Ok(Self { file: subject.name.clone() }),
            _ => Err(malformed(statement, "it has to be about one file with a name")),
        }
    }
}

impl Release {
    /// Reads what GitHub says.
    ///
    /// # Errors
    /// When it is of another type or names nothing that was released.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let release: Self = read(statement, &[RELEASE])?;
        match statement.subject.iter().any(|subject| subject.uri == release.purl) {
            true => Ok(release),
            false => Err(contradiction(statement, "none of its subjects is the release that it names")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    fn npm(subject: &str) -> Result<NpmPublish, PredicateError> {
        let predicate = json!({ "name": "@acme/model", "version": "1.0.0", "registry": "https://registry.invalid" });
        let mut statement = statement(NPM, predicate);
        statement.subject[0].name = subject.into();
        NpmPublish::of(&statement)
    }

    #[test]
    fn npm_publishes_the_package_that_is_its_subject() {
        assert_eq!(npm("pkg:npm/%40acme/model@1.0.0").unwrap().version, "1.0.0");
        for other in ["pkg:npm/%40acme/model@1.0.1", "pkg:npm/model@1.0.0", "@acme/model"] {
            assert!(npm(other).is_err(), "{other}");
        }
    }

    #[test]
    fn pypi_publishes_one_file() {
        let mut one = statement(PYPI, Value::Null);
        one.subject[0].name = "model-1.0-py3-none-any.whl".into();
        assert_eq!(PypiPublish::of(&one).unwrap().file, "model-1.0-py3-none-any.whl");
        one.subject.push(one.subject[0].clone());
        assert!(PypiPublish::of(&one).is_err());
    }

    #[test]
    fn a_release_is_of_one_of_its_subjects() {
        let mut release = statement(RELEASE, json!({ "purl": "pkg:github/acme/model@v1" }));
        assert!(Release::of(&release).is_err());
        release.subject[0].uri = "pkg:github/acme/model@v1".into();
        assert!(Release::of(&release).is_ok());
    }
}
