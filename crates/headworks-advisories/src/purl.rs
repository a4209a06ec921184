//! Package URLs, as far as advisories need them: whose package, which name, which version.

use crate::ecosystem::Ecosystem;

/// One package URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purl {
    kind: String,
    namespace: String,
    name: String,
    version: Option<String>,
    qualifiers: String,
}

/// Why a text is no package URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurlError {
    /// It does not start with `pkg:`.
    #[error("it does not start with `pkg:`")]
    NoScheme,
    /// It has no type or no name.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// An escape is not two hexadecimal digits, or the bytes are no text.
    #[error("an escape is malformed")]
    Escape,
    /// Its type is none whose advisories are known.
    #[error("advisories have no ecosystem for the type `{0}`")]
    UnknownType(String),
}

impl Purl {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        let rest = text.trim().strip_prefix("pkg:").ok_or(PurlError::NoScheme)?.trim_start_matches('/');
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, path) = rest.split_once('/').ok_or(PurlError::Missing("type"))?;
        // A version is after the last `@`; one at the start of a name is escaped, or belongs to an npm scope.
        let (path, version) = match path.rsplit_once('@') {
            Some((path, version)) if !path.is_empty() && !path.ends_with('/') && !version.contains('/') => {
                (path, Some(decoded(version)?))
            }
            _ => (path, None),
        };
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        if kind.is_empty() || name.is_empty() {
            return Err(PurlError::Missing(if kind.is_empty() { "type" } else { "name" }));
        }
        Ok(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: decoded(namespace)?,
            name: decoded(name)?,
            version: version.filter(|version| !version.is_empty()),
            qualifiers: qualifiers.to_owned(),
        })
    }

    /// The version, when one is named.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Qualifiers as written, which narrow what is meant.
    pub fn qualifiers(&self) -> &str {
        &self.qualifiers
    }

    /// The ecosystem and the name in it.
    ///
    /// # Errors
    /// When no ecosystem of advisories belongs to the type.
    pub fn package(&self) -> Result<(Ecosystem, String), PurlError> {
        let unknown = || PurlError::UnknownType(self.kind.escape_debug().collect());
        let joined = |separator: &str| match self.namespace.as_str() {
            "" => self.name.clone(),
            namespace => format!("{namespace}{separator}{}", self.name),
        };
        let (ecosystem, name) = match self.kind.as_str() {
            "pypi" => ("PyPI", self.name.clone()),
            "npm" => ("npm", joined("/")),
            "cargo" => ("crates.io", self.name.clone()),
            "golang" => ("Go", joined("/")),
            "maven" => ("Maven", joined(":")),
            "gem" => ("RubyGems", self.name.clone()),
            "nuget" => ("NuGet", self.name.clone()),
            "composer" => ("Packagist", joined("/")),
            "hex" => ("Hex", self.name.clone()),
            "pub" => ("Pub", self.name.clone()),
            "cran" => ("CRAN", self.name.clone()),
            "hackage" => ("Hackage", self.name.clone()),
            "julia" => ("Julia", self.name.clone()),
            "githubactions" => ("GitHub Actions", joined("/")),
            "swift" => ("SwiftURL", joined("/")),
            "huggingface" => (crate::ecosystem::HUGGING_FACE, joined("/")),
            "deb" | "apk" | "rpm" => return self.distribution().ok_or_else(unknown),
            _ => return Err(unknown()),
        };
        Ok((Ecosystem::parse(ecosystem), name))
    }

    /// A package of a distribution; the release is in the qualifier `distro`, as in `debian-12`.
    fn distribution(&self) -> Option<(Ecosystem, String)> {
        let name = match self.namespace.to_ascii_lowercase().as_str() {
            "debian" => "Debian",
            "ubuntu" => "Ubuntu",
            "alpine" => "Alpine",
            "wolfi" => "Wolfi",
            "chainguard" => "Chainguard",
            "redhat" => "Red Hat",
            "rocky" | "rocky-linux" => "Rocky Linux",
            "almalinux" => "AlmaLinux",
            "opensuse" => "openSUSE",
            "suse" => "SUSE",
            "openeuler" => "openEuler",
            "mageia" => "Mageia",
            _ => return None,
        };
        let distro = self.qualifiers.split('&').find_map(|pair| pair.strip_prefix("distro="));
        let release = distro.and_then(|distro| distro.rsplit_once('-')).map(|(_, release)| release);
        let release = match (name, release) {
            // OSV names Alpine's releases by their branches.
            ("Alpine", Some(release)) => {
                Some(format!("v{}", release.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")))
            }
            (_, release) => release.map(str::to_owned),
        };
        let ecosystem = release.map_or_else(|| name.to_owned(), |release| format!("{name}:{release}"));
        Some((Ecosystem::parse(&ecosystem), self.name.clone()))
    }
}

fn decoded(text: &str) -> Result<String, PurlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(PurlError::Escape)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(PurlError::Escape);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| PurlError::Escape)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| PurlError::Escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(purl: &str, ecosystem: &str, name: &str, version: Option<&str>) {
        let purl = Purl::parse(purl).expect("is a package URL");
        let (found, of) = purl.package().expect("has an ecosystem");
        assert_eq!((found.to_string().as_str(), of.as_str(), purl.version()), (ecosystem, name, version));
    }

    #[test]
    fn types_have_their_ecosystems_and_names() {
        names("pkg:pypi/torch@2.0.0%2Bcu118", "PyPI", "torch", Some("2.0.0+cu118"));
        names("pkg:npm/%40angular/core@1.0.0", "npm", "@angular/core", Some("1.0.0"));
        names("pkg:npm/@angular/core", "npm", "@angular/core", None);
        names("pkg:maven/org.apache/log4j@2", "Maven", "org.apache:log4j", Some("2"));
        names("pkg:golang/github.com/a/b@v1.2.3", "Go", "github.com/a/b", Some("v1.2.3"));
        names("pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12", "Debian:12", "curl", Some("7.88.1-10"));
        names("pkg:apk/alpine/curl@8.5.0-r0?distro=alpine-3.18.4", "Alpine:v3.18", "curl", Some("8.5.0-r0"));
        names("pkg:huggingface/acme/model@0123", "Hugging Face", "acme/model", Some("0123"));
    }

    #[test]
    fn what_is_no_package_url_says_why() {
        assert_eq!(Purl::parse("torch").expect_err("no scheme"), PurlError::NoScheme);
        assert_eq!(Purl::parse("pkg:pypi/").expect_err("no name"), PurlError::Missing("name"));
        assert_eq!(Purl::parse("pkg:pypi/a%zz").expect_err("bad escape"), PurlError::Escape);
        assert_eq!(Purl::parse("pkg:pypi/a%+1").expect_err("bad escape"), PurlError::Escape);
        let generic = Purl::parse("pkg:generic/a@1").expect("is one");
        assert!(matches!(generic.package(), Err(PurlError::UnknownType(_))));
    }
}
