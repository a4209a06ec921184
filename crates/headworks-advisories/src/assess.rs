//! Whether a version of a package is affected, by the algorithm of the OSV format.

use std::cmp::Ordering;

use crate::claim::{Claim, Event, Range};
use crate::ecosystem::{Ecosystem, Order};
use crate::versions::{Scheme, Version, VersionError};

/// What an advisory says of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assessment {
    /// It is affected.
    Affected,
    /// It is not.
    NotAffected,
    /// That cannot be said.
    Undetermined(Reason),
}

/// Why it cannot be said whether a version is affected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Nobody told this program how the ecosystem orders versions.
    #[error("how `{0}` orders versions is not known")]
    UnknownEcosystem(String),
    /// The version has no place in the order.
    #[error("the version has no place in the order: {0}")]
    Version(VersionError),
    /// The version is a branch or a tag, and the advisory lists commits.
    #[error("`{0}` is no full commit id, and the advisory lists commits")]
    NoCommit(String),
    /// A bound has no place in the order.
    #[error("a bound has no place in the order: {0}")]
    Bound(VersionError),
    /// It names commits of a repository only.
    #[error("it names commits of a repository only")]
    CommitsOnly,
    /// It names no versions.
    #[error("it names no versions")]
    NoVersions,
    /// One of its ranges says nothing.
    #[error("it has {0}")]
    BrokenRange(String),
    /// It could not be read.
    #[error("it could not be read: {0}")]
    Unreadable(String),
    /// It is about one release of a distribution, and which one is asked about was not said.
    #[error("it is about release `{0}`, and no release was named")]
    Release(String),
}

/// One version of a package, read once and compared often.
#[derive(Debug)]
pub struct Candidate<'a> {
    text: &'a str,
    own: Option<Result<Version<'a>, VersionError>>,
    semantic: Option<Result<Version<'a>, VersionError>>,
}

/// Digits of a full commit id; a hub's are SHA-1, and git also has SHA-256.
const COMMIT_DIGITS: [usize; 2] = [40, 64];

impl<'a> Candidate<'a> {
    /// The version of a package of this ecosystem.
    pub fn new(ecosystem: &Ecosystem, text: &'a str) -> Self {
        let scheme = scheme(ecosystem);
        let own = scheme.map(|scheme| scheme.parse(text));
        let semantic = match scheme {
            Some(scheme) if scheme.is_semantic() => None,
            _ => Some(Scheme::SemVer.parse(text)),
        };
        Self { text, own, semantic }
    }

    /// The version for ranges of Semantic Versioning, which those of an ecosystem that uses it are.
    fn semantic(&self) -> Option<&Result<Version<'a>, VersionError>> {
        self.semantic.as_ref().or(self.own.as_ref())
    }
}

fn scheme(ecosystem: &Ecosystem) -> Option<Scheme> {
    match ecosystem.order() {
        Some(Order::By(scheme)) => Some(scheme),
        Some(Order::Commits) | None => None,
    }
}

/// What a claim says of a version.
pub fn assess(claim: &Claim<'_>, ecosystem: &Ecosystem, candidate: &Candidate<'_>) -> Assessment {
    if claim.is_withdrawn {
        return Assessment::NotAffected;
    }
    if let Some(reason) = &claim.unreadable {
        return Assessment::Undetermined(Reason::Unreadable(reason.to_string()));
    }
    match (claim.release.as_deref(), ecosystem.release()) {
        (Some(claimed), Some(asked)) if claimed != asked => Assessment::NotAffected,
        (Some(claimed), None) => match within_release(claim, ecosystem, candidate) {
            Assessment::NotAffected => Assessment::NotAffected,
            _ => Assessment::Undetermined(Reason::Release(claimed.to_owned())),
        },
        _ => within_release(claim, ecosystem, candidate),
    }
}

fn within_release(claim: &Claim<'_>, ecosystem: &Ecosystem, candidate: &Candidate<'_>) -> Assessment {
    if is_listed(claim, ecosystem, candidate) {
        return Assessment::Affected;
    }
    let mut open: Option<Reason> = None;
    let mut has_order = false;
    for range in &claim.ranges {
        let inside = match range {
            Range::Ecosystem(events) => inside(events, scheme(ecosystem), candidate.own.as_ref(), ecosystem),
            Range::Semantic(events) => inside(events, Some(Scheme::SemVer), candidate.semantic(), ecosystem),
            Range::Broken(why) => Err(Reason::BrokenRange(why.to_string())),
            Range::Commits => continue,
        };
        has_order = true;
        match inside {
            Ok(true) => return Assessment::Affected,
            Ok(false) => {}
            Err(reason) => drop(open.get_or_insert(reason)),
        }
    }
    match open.or_else(|| left_open(claim, ecosystem, candidate, has_order)) {
        Some(reason) => Assessment::Undetermined(reason),
        None => Assessment::NotAffected,
    }
}

/// Whether a list of versions has this one, in whatever spelling.
fn is_listed(claim: &Claim<'_>, ecosystem: &Ecosystem, candidate: &Candidate<'_>) -> bool {
    if claim.versions.iter().any(|version| version == candidate.text) {
        return true;
    }
    if ecosystem.order() == Some(Order::Commits) {
        return claim.versions.iter().any(|version| version.eq_ignore_ascii_case(candidate.text));
    }
    let (Some(scheme), Some(Ok(own))) = (scheme(ecosystem), &candidate.own) else { return false };
    let is_same = |version: &str| {
        scheme.parse(version).is_ok_and(|version| own.compare_to_bound(&version) == Some(Ordering::Equal))
    };
    scheme.has_spellings() && claim.versions.iter().any(|version| is_same(version))
}

/// What keeps "in no range and in no list" from meaning "not affected".
fn left_open(claim: &Claim<'_>, ecosystem: &Ecosystem, candidate: &Candidate<'_>, has_order: bool) -> Option<Reason> {
    if claim.versions.is_empty() && !has_order {
        let commits = claim.ranges.contains(&Range::Commits);
        return Some(if commits { Reason::CommitsOnly } else { Reason::NoVersions });
    }
    match ecosystem.order() {
        None => Some(Reason::UnknownEcosystem(ecosystem.name().to_owned())),
        Some(Order::Commits) => {
            let is_commit = COMMIT_DIGITS.contains(&candidate.text.len())
                && candidate.text.bytes().all(|byte| byte.is_ascii_hexdigit());
            (!is_commit).then(|| Reason::NoCommit(candidate.text.escape_debug().collect()))
        }
        Some(Order::By(_)) => match &candidate.own {
            Some(Err(error)) => Some(Reason::Version(error.clone())),
            _ => None,
        },
    }
}

/// Whether a version is between the bounds: the highest bound that it has reached decides.
fn inside(
    events: &[(Event, std::borrow::Cow<'_, str>)],
    scheme: Option<Scheme>,
    candidate: Option<&Result<Version<'_>, VersionError>>,
    ecosystem: &Ecosystem,
) -> Result<bool, Reason> {
    let (Some(scheme), Some(candidate)) = (scheme, candidate) else {
        return Err(Reason::UnknownEcosystem(ecosystem.name().to_owned()));
    };
    let candidate = candidate.as_ref().map_err(|error| Reason::Version(error.clone()))?;
    let mut limits = (false, false);
    let mut reached: Option<(Option<Version<'_>>, Event)> = None;
    for (event, text) in events {
        let bound = match (event, text.as_ref()) {
            (Event::Introduced, "0") => None,
            (Event::Limit, "*") => {
                limits = (true, true);
                continue;
            }
            (_, text) => Some(scheme.parse(text).map_err(Reason::Bound)?),
        };
        let order = bound.as_ref().map_or(Some(Ordering::Greater), |bound| candidate.compare_to_bound(bound));
        let order = order.ok_or_else(|| Reason::UnknownEcosystem(ecosystem.name().to_owned()))?;
        match event {
            Event::Limit => limits = (true, limits.1 || order == Ordering::Less),
            Event::LastAffected if order != Ordering::Greater => {}
            _ if order == Ordering::Less => {}
            _ if is_higher(&bound, *event, &reached) => reached = Some((bound, *event)),
            _ => {}
        }
    }
    let is_before_limits = !limits.0 || limits.1;
    Ok(is_before_limits && matches!(reached, Some((_, Event::Introduced))))
}

/// Of two bounds at one version the later in the record decides, except that `last_affected` is after it and
/// `introduced` before.
fn is_higher(bound: &Option<Version<'_>>, event: Event, reached: &Option<(Option<Version<'_>>, Event)>) -> bool {
    let Some((before, earlier)) = reached else { return true };
    let order = match (bound, before) {
        (None, None) => Some(Ordering::Equal),
        (None, Some(_)) => Some(Ordering::Less),
        (Some(_), None) => Some(Ordering::Greater),
        (Some(bound), Some(before)) => bound.compare(before),
    };
    match order {
        Some(Ordering::Less) | None => false,
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => *earlier != Event::LastAffected || event != Event::Introduced,
    }
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
