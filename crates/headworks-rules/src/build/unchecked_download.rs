use headworks_types::fact::{BuildFact, Deed};
use headworks_types::{Confidence, FactKind, Severity};

use super::commands;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for downloads of a build that nothing checks: `ADD` of a URL without `--checksum`, of a repository at no
    /// fixed commit, commands and variables that switch the check of the other end off, packages that are installed
    /// without their signature.
    ///
    /// **Why it matters.** The bytes end up in the image, whatever they are on the day of the build. A repository at a
    /// branch or tag can move; a certificate that nobody checks protects from nobody.
    ///
    /// **Example.** `ADD https://example.invalid/model.bin /models/`; `RUN curl -k …`;
    /// `RUN apt-get install --allow-unauthenticated …`.
    ///
    /// **What it misses.** Downloads by `curl` and `wget` over TLS that are not run, which no reader of the file can
    /// tell from the ones that a later step checks.
    UNCHECKED_DOWNLOAD {
        id: "unchecked-download",
        title: "A build takes in what nobody checks",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-04"],
        references: &["CWE-494", "CWE-295", "CWE-347"],
        hint: "pin the bytes: `ADD --checksum=sha256:…`, a full commit id, or signed packages",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let mut found: Vec<Judgement> = commands(evidence)
        .filter_map(|(fact, at, deed, excerpt)| {
            let what = match deed {
                Deed::FetchUnprotected => "fetches without checking the other end",
                Deed::InstallUnsigned => "installs packages without checking their signature",
                _ => return None,
            };
            Some(Judgement::of(fact, format!("{at} {excerpt}"), format!("`{at}` {what}: `{excerpt}`")))
        })
        .collect();
    found.extend(evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Build(BuildFact::RemoteAdd { url, is_pinned: false }) => {
            Some(Judgement::of(fact, url, format!("`ADD` takes `{url}` as it is on the day of the build")))
        }
        _ => None,
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{command, severities};
    use super::*;

    fn added(is_pinned: bool) -> BuildFact {
        BuildFact::RemoteAdd { url: "https://x.invalid/a".into(), is_pinned }
    }

    #[test]
    fn what_is_added_without_a_digest_holds_and_what_has_one_does_not() {
        assert_eq!(severities(&UNCHECKED_DOWNLOAD, added(false)), [Severity::Medium]);
        assert_eq!(severities(&UNCHECKED_DOWNLOAD, added(true)), []);
    }

    #[test]
    fn checks_that_are_switched_off_hold() {
        assert_eq!(severities(&UNCHECKED_DOWNLOAD, command(Deed::InstallUnsigned)), [Severity::Medium]);
        assert_eq!(severities(&UNCHECKED_DOWNLOAD, command(Deed::FetchUnprotected)), [Severity::Medium]);
        assert_eq!(severities(&UNCHECKED_DOWNLOAD, command(Deed::RunFetched)), []);
    }
}
