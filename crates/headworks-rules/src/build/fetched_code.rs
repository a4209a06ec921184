use headworks_types::fact::Deed;
use headworks_types::{Confidence, Severity};

use super::commands;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for commands of a build, and of a container that starts, that fetch code and run or install it with no
    /// check of a digest or a signature in between; worse, over a connection that anybody on the way can change; and
    /// for commands that decode data and run it.
    ///
    /// **Why it matters.** Whoever controls the place, or the name that leads to it, decides what runs: each build may
    /// get other code, and no lock file, scan or bill of materials sees it. Installers by `curl … | sh` are common and
    /// mostly honest, so over TLS they hold for a person's decision and do not refuse.
    ///
    /// **Example.** `RUN curl -LsSf https://example.invalid/install.sh | sh`;
    /// `RUN wget http://example.invalid/tool -O /usr/bin/tool && chmod +x /usr/bin/tool`.
    ///
    /// **What it misses.** Archives that are unpacked and built. Programs that fetch by themselves, such as package
    /// managers. PowerShell that keeps what it fetches in a file first. Scripts of the build context, which are files of
    /// their own. Whether a check compares the right file.
    FETCHED_CODE {
        id: "fetched-code",
        title: "A build or a container runs what it fetches",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-04"],
        references: &["CWE-494", "CWE-829", "AML.T0010.001"],
        hint: "pin the download to a digest and check it before it runs, or take it from a controlled package source",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let running = commands(evidence).filter_map(|(fact, at, deed, excerpt)| {
        let (severity, what) = weigh(deed)?;
        let judgement = Judgement::of(fact, format!("{at} {excerpt}"), format!("`{at}` {what}: `{excerpt}`"));
        Some(judgement.with_severity(severity))
    });
    running.collect()
}

fn weigh(deed: Deed) -> Option<(Severity, &'static str)> {
    match deed {
        Deed::RunFetched => Some((Severity::Medium, "runs what it fetches, unchecked")),
        Deed::RunFetchedUnprotected => {
            Some((Severity::High, "runs what it fetches over a connection that nobody protects"))
        }
        Deed::RunDecoded => Some((Severity::High, "runs what it decodes")),
        Deed::FetchUnprotected | Deed::InstallUnsigned | Deed::CloneUnpinned | Deed::OpenToAll => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{command, severities};
    use super::*;

    #[test]
    fn an_installer_over_tls_holds_and_one_without_refuses() {
        assert_eq!(severities(&FETCHED_CODE, command(Deed::RunFetched)), [Severity::Medium]);
        assert_eq!(severities(&FETCHED_CODE, command(Deed::RunFetchedUnprotected)), [Severity::High]);
        assert_eq!(severities(&FETCHED_CODE, command(Deed::RunDecoded)), [Severity::High]);
    }

    #[test]
    fn a_clone_is_another_rules_business() {
        assert_eq!(severities(&FETCHED_CODE, command(Deed::CloneUnpinned)), []);
    }
}
