//! Ecosystems by the names that OSV gives them, with how each orders versions and compares names.

use std::borrow::Cow;
use std::fmt;

use crate::versions::Scheme;

/// An ecosystem, and the release of it where it has several: `PyPI`, `Debian:12`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ecosystem {
    name: String,
    release: Option<String>,
    known: Option<Known>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Known {
    name: &'static str,
    order: Order,
    names: Names,
}

/// How versions of an ecosystem are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// They have an order.
    By(Scheme),
    /// They are commits, and an advisory lists those that are affected.
    Commits,
}

/// When two names are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Names {
    Exact,
    /// Without regard to case.
    Caseless,
    /// PEP 503: without regard to case, and runs of `-`, `_` and `.` are one hyphen.
    Pep503,
    /// Without regard to case, and `-` is `_`.
    Cargo,
}

/// The ecosystem of models and datasets on a hub, which OSV does not have: versions are commits.
pub const HUGGING_FACE: &str = "Hugging Face";

const fn known(name: &'static str, scheme: Scheme, names: Names) -> Known {
    Known { name, order: Order::By(scheme), names }
}

/// Ecosystems whose versions are understood. All others of OSV end in "undetermined".
const KNOWN: &[Known] = &[
    known("PyPI", Scheme::Pep440, Names::Pep503),
    known("npm", Scheme::Npm, Names::Exact),
    known("crates.io", Scheme::Cargo, Names::Cargo),
    known("Go", Scheme::Go, Names::Exact),
    known("Maven", Scheme::Maven, Names::Exact),
    known("RubyGems", Scheme::RubyGems, Names::Exact),
    known("NuGet", Scheme::NuGet, Names::Caseless),
    known("Packagist", Scheme::Packagist, Names::Caseless),
    known("Hex", Scheme::Hex, Names::Exact),
    known("Pub", Scheme::Pub, Names::Exact),
    known("CRAN", Scheme::Cran, Names::Exact),
    known("Hackage", Scheme::Dotted, Names::Exact),
    known("Debian", Scheme::Debian, Names::Exact),
    known("Ubuntu", Scheme::Debian, Names::Exact),
    known("Alpine", Scheme::Alpine, Names::Exact),
    known("Alpaquita", Scheme::Alpine, Names::Exact),
    known("BellSoft Hardened Containers", Scheme::Alpine, Names::Exact),
    known("Chainguard", Scheme::Alpine, Names::Exact),
    known("MinimOS", Scheme::Alpine, Names::Exact),
    known("Wolfi", Scheme::Alpine, Names::Exact),
    known("AlmaLinux", Scheme::Rpm, Names::Exact),
    known("Mageia", Scheme::Rpm, Names::Exact),
    known("Photon OS", Scheme::Rpm, Names::Exact),
    known("Red Hat", Scheme::Rpm, Names::Exact),
    known("Rocky Linux", Scheme::Rpm, Names::Exact),
    known("SUSE", Scheme::Rpm, Names::Exact),
    known("openEuler", Scheme::Rpm, Names::Exact),
    known("openSUSE", Scheme::Rpm, Names::Exact),
    known("Bitnami", Scheme::SemVer, Names::Exact),
    known("GitHub Actions", Scheme::SemVer, Names::Caseless),
    known("Julia", Scheme::SemVer, Names::Exact),
    known("SwiftURL", Scheme::SemVer, Names::Exact),
    Known { name: HUGGING_FACE, order: Order::Commits, names: Names::Caseless },
];

impl Ecosystem {
    /// The ecosystem of this name; what is before the first colon may be written in any case.
    pub fn parse(text: &str) -> Self {
        let (name, release) = match text.split_once(':') {
            Some((name, release)) if !release.is_empty() => (name, Some(release.to_owned())),
            Some((name, _)) => (name, None),
            None => (text, None),
        };
        let known = KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(name)).copied();
        let name = known.map_or(name, |known| known.name).to_owned();
        Self { name, release, known }
    }

    /// Its name without a release, as OSV writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The release of a distribution, or the registry, when one is named.
    pub fn release(&self) -> Option<&str> {
        self.release.as_deref()
    }

    /// How its versions are told apart; none when that is not known.
    pub fn order(&self) -> Option<Order> {
        self.known.map(|known| known.order)
    }

    /// The one spelling of a package's name.
    pub fn normalize<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match self.known.map_or(Names::Exact, |known| known.names) {
            Names::Exact => Cow::Borrowed(name),
            Names::Caseless if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(name.to_ascii_lowercase())
            }
            Names::Caseless => Cow::Borrowed(name),
            Names::Cargo if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'-') => {
                Cow::Owned(name.to_ascii_lowercase().replace('-', "_"))
            }
            Names::Cargo => Cow::Borrowed(name),
            Names::Pep503 => pep503(name),
        }
    }
}

fn pep503(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normal.push(character.to_ascii_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    Cow::Owned(normal)
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        match &self.release {
            Some(release) => write!(formatter, ":{release}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(ecosystem: &str, name: &str) -> String {
        Ecosystem::parse(ecosystem).normalize(name).into_owned()
    }

    #[test]
    fn a_name_has_one_spelling_in_each_ecosystem() {
        assert_eq!(normal("PyPI", "Foo__Bar.-baz"), "foo-bar-baz");
        assert_eq!(normal("npm", "JSONStream"), "JSONStream");
        assert_eq!(normal("crates.io", "Serde-JSON"), "serde_json");
        assert_eq!(normal("NuGet", "Newtonsoft.Json"), "newtonsoft.json");
        assert_eq!(normal("Hugging Face", "Acme/Model"), "acme/model");
        assert_eq!(normal("Nobody knows", "Name"), "Name");
    }

    #[test]
    fn a_release_is_no_part_of_the_name() {
        let debian = Ecosystem::parse("debian:12");
        assert_eq!((debian.name(), debian.release()), ("Debian", Some("12")));
        assert_eq!(debian.to_string(), "Debian:12");
        assert_eq!(Ecosystem::parse("Ubuntu:22.04:LTS").release(), Some("22.04:LTS"));
        assert_eq!(Ecosystem::parse("Atlantis").order(), None);
    }
}
