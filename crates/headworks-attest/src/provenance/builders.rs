//! Levels of builds: what a policy grants to builders that verifiably spoke.

use headworks_types::Digest;

use super::slsa::Provenance;
use crate::keyless::{Identity, San, SanRule, Signer};
use crate::trust::SignedBy;

/// A builder that policy grants a level.
///
/// Anybody can write the name of a builder into a statement, so a rule says also who speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderRule {
    /// The builder's id: exactly, or a workflow with a pattern of refs.
    pub builder: SanRule,
    /// The kind of build, where only one is granted.
    pub build_type: Option<String>,
    /// Who speaks for it.
    pub entitled: Entitled,
    /// The level that its builds have.
    pub level: u8,
}

/// Who speaks for a builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entitled {
    /// The holder of this key.
    Key(Digest),
    /// This identity.
    Identity(Identity),
    /// The workflow that is the builder, as this issuer vouches.
    Itself {
        /// The issuer.
        issuer: String,
    },
    /// Any workflow that ran on the issuer's own machines, as the issuer vouches in the certificate.
    Hosted {
        /// The issuer.
        issuer: String,
    },
}

/// The level of a build by the best rule that fits; none when no rule does.
pub fn level(provenance: &Provenance, signer: SignedBy<'_>, rules: &[BuilderRule]) -> Option<u8> {
    rules.iter().filter(|rule| rule.fits(provenance, signer)).map(|rule| rule.level).max()
}

impl BuilderRule {
    fn fits(&self, provenance: &Provenance, signer: SignedBy<'_>) -> bool {
        let builder = San::Uri(provenance.builder.clone());
        let same_type = self.build_type.as_ref().is_none_or(|wanted| *wanted == provenance.build_type);
        same_type && self.builder.admits(&builder) && self.entitled.admits(signer, &builder)
    }
}

impl Entitled {
    fn admits(&self, signer: SignedBy<'_>, builder: &San) -> bool {
        match (self, signer) {
            (Self::Key(wanted), SignedBy::Key(found)) => *wanted == found,
            (Self::Identity(wanted), SignedBy::Identity(found)) => wanted.admits(found),
            (Self::Itself { issuer }, SignedBy::Identity(found)) => *issuer == found.issuer && *builder == found.san,
            (Self::Hosted { issuer }, SignedBy::Identity(found)) => *issuer == found.issuer && is_hosted(found),
            _ => false,
        }
    }
}

fn is_hosted(signer: &Signer) -> bool {
    signer.claims.runner_environment.as_deref() == Some("github-hosted")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;
    use crate::keyless::Claims;

    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    const GENERATOR: &str = "https://github.com/acme/builders/.github/workflows/train.yml@refs/tags/v1";

    fn built_by(builder: &str) -> Provenance {
        let predicate = json!({
            "buildDefinition": { "buildType": "https://build.invalid/v1", "externalParameters": {} },
            "runDetails": { "builder": { "id": builder } },
        });
        Provenance::of(&statement(super::super::slsa::V1, predicate)).unwrap()
    }

    fn signer(name: &str, issuer: &str, environment: Option<&str>) -> Signer {
        let claims = Claims { runner_environment: environment.map(str::to_owned), ..Claims::default() };
        Signer { san: San::parse(name).unwrap(), issuer: issuer.into(), claims }
    }

    fn rule(builder: &str, entitled: Entitled) -> BuilderRule {
        BuilderRule { builder: SanRule::parse(builder).unwrap(), build_type: None, entitled, level: 3 }
    }

    #[test]
    fn a_builder_has_a_level_only_when_it_speaks_itself() {
        let rules = [rule(&GENERATOR.replace("v1", "*"), Entitled::Itself { issuer: ISSUER.into() })];
        let ask = |name: &str, issuer: &str| {
            level(&built_by(GENERATOR), SignedBy::Identity(&signer(name, issuer, None)), &rules)
        };
        assert_eq!(ask(GENERATOR, ISSUER), Some(3));
        assert_eq!(ask("https://github.com/mallory/x/.github/workflows/train.yml@refs/tags/v1", ISSUER), None);
        assert_eq!(ask(GENERATOR, "https://issuer.invalid"), None);
        assert_eq!(level(&built_by(GENERATOR), SignedBy::Key(Digest::of(b"k")), &rules), None);
    }

    #[test]
    fn a_hosted_builder_needs_the_word_of_the_issuer() {
        const HOSTED: &str = "https://github.com/actions/runner/github-hosted";
        let rules = [rule(HOSTED, Entitled::Hosted { issuer: ISSUER.into() })];
        let ask =
            |environment| level(&built_by(HOSTED), SignedBy::Identity(&signer(GENERATOR, ISSUER, environment)), &rules);
        assert_eq!(ask(Some("github-hosted")), Some(3));
        assert_eq!([ask(Some("self-hosted")), ask(None)], [None, None]);
    }

    #[test]
    fn a_key_speaks_for_its_builder_and_its_kind_of_build() {
        let key = Entitled::Key(Digest::of(b"k"));
        let typed = |build_type: &str| BuilderRule {
            build_type: Some(build_type.into()),
            ..rule("https://builder.invalid", key.clone())
        };
        let ask = |rule| level(&built_by("https://builder.invalid"), SignedBy::Key(Digest::of(b"k")), &[rule]);
        assert_eq!(ask(typed("https://build.invalid/v1")), Some(3));
        assert_eq!(ask(typed("https://build.invalid/v2")), None);
        assert_eq!(ask(rule("https://builder.invalid/x", key)), None);
    }
}
