//! One requirement as pip reads it: a name, a place or both.

use headworks_types::fact::{Ecosystem, PackageFact, RequirementKind};

use crate::metadata::shortened;
use crate::text::without_credentials;

const REPOSITORY_SCHEMES: &[&str] = &["git+", "hg+", "svn+", "bzr+", "git://", "git@", "ssh://"];

/// Endings of the files that an installer takes from a path.
const ARCHIVES: &[&str] = &[".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"];

/// The requirement of a line without comment, options and environment marker; `None` for no line at all.
pub(crate) fn read(line: &str, is_hashed: bool) -> Option<PackageFact> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    let (name, place) = match line.split_once('@') {
        Some((name, place)) if is_name(name) => (name.trim(), Some(place.trim())),
        _ if is_place(line) => ("", Some(line)),
        _ => (line, None),
    };
    let (name, target, kind) = match place {
        Some(place) => (name.to_owned(), without_marker(place), place_kind(place, is_hashed)),
        None => by_name(line, is_hashed),
    };
    let name = name.split('[').next().unwrap_or_default().trim().to_owned();
    Some(PackageFact::Requirement {
        ecosystem: Ecosystem::Python,
        name: shortened(&name),
        target: shortened(&without_credentials(&target)),
        kind,
    })
}

/// The fact that a build runs what it fetches from the place that a requirement names.
pub(crate) fn build_code(requirement: &PackageFact, hook: &str) -> Option<PackageFact> {
    match requirement {
        PackageFact::Requirement { target, kind: RequirementKind::Url | RequirementKind::Repository, .. } => {
            Some(PackageFact::BuildCode { hook: hook.to_owned(), target: target.clone() })
        }
        _ => None,
    }
}

fn without_marker(place: &str) -> String {
    place.split(" ;").next().unwrap_or(place).split_whitespace().next().unwrap_or_default().to_owned()
}

fn by_name(line: &str, is_hashed: bool) -> (String, String, RequirementKind) {
    let line = line.split(';').next().unwrap_or(line).trim();
    let end = line.find(['=', '<', '>', '!', '~', '(', ' ']).unwrap_or(line.len());
    let (name, version) = line.split_at_checked(end).unwrap_or((line, ""));
    let version = version.trim().trim_matches(['(', ')']).trim();
    let is_pinned = version.starts_with("==") && !version.contains([',', '*']);
    let kind = match (is_hashed, is_pinned) {
        (true, _) => RequirementKind::Hashed,
        (false, true) => RequirementKind::Pinned,
        (false, false) => RequirementKind::Open,
    };
    (name.trim().to_owned(), version.to_owned(), kind)
}

/// A name, perhaps with extras in brackets, and nothing else.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let name = text.split('[').next().unwrap_or_default().trim();
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && (text.len() == name.len() || text.ends_with(']'))
}

fn is_place(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.contains("://")
        || word.starts_with("git@")
        || word.starts_with("file:")
        || word.starts_with(['.', '/', '~'])
        || ARCHIVES.iter().any(|ending| word.ends_with(ending))
}

/// How a place is asked for.
pub(crate) fn place_kind(place: &str, is_hashed: bool) -> RequirementKind {
    let place = place.split_whitespace().next().unwrap_or_default();
    if REPOSITORY_SCHEMES.iter().any(|scheme| place.starts_with(scheme)) {
        let path = place.split('#').next().unwrap_or(place);
        // A user stands before an `@` too; the revision is behind the last.
        let revision = path.rsplit_once('@').map_or("", |(_, revision)| revision);
        let npm_revision = place.split_once('#').map_or("", |(_, revision)| revision);
        let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        return match is_commit(revision) || is_commit(npm_revision) {
            true => RequirementKind::RepositoryCommit,
            false => RequirementKind::Repository,
        };
    }
    let is_remote = place.contains("://") && !place.starts_with("file:");
    let states_digest = is_hashed || ["#sha256=", "#sha512=", "#sha384="].iter().any(|mark| place.contains(mark));
    match (is_remote, states_digest) {
        (false, _) => RequirementKind::Path,
        (true, true) => RequirementKind::HashedUrl,
        (true, false) => RequirementKind::Url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> Option<(String, RequirementKind)> {
        match read(line, false)? {
            PackageFact::Requirement { name, kind, .. } => Some((name, kind)),
            _ => None,
        }
    }

    #[test]
    fn names_and_places_are_told_apart() {
        use RequirementKind::{HashedUrl, Open, Path, Pinned, Repository, RepositoryCommit, Url};
        let commit = format!("git+https://h.invalid/x@{}", "a1".repeat(20));
        for (line, name, expected) in [
            ("torch>=2.0", "torch", Open),
            ("torch (>=2.0) ; python_version < '3.12'", "torch", Open),
            ("torch[extra]==2.0", "torch", Pinned),
            ("torch==2.*", "torch", Open),
            ("x @ https://h.invalid/x.whl", "x", Url),
            ("x[y] @ https://h.invalid/x.whl#sha256=00", "x", HashedUrl),
            ("git+https://user@h.invalid/x.git@main", "", Repository),
            (&commit, "", RepositoryCommit),
            ("./local/x", "", Path),
            ("x-1.0-py3-none-any.whl", "", Path),
        ] {
            assert_eq!(kind(line), Some((name.into(), expected)), "{line}");
        }
    }
}
