use headworks_types::fact::PackageFact;
use headworks_types::{Confidence, Fact, FactKind, Place, Severity};

use super::is_outermost;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for programs that a package installs under the name of an interpreter, installer, shell or everyday tool.
    ///
    /// **Why it matters.** Environments put their programs first on the path, so the next `git` or `pip` that anyone
    /// types, or a script calls, is the package's.
    ///
    /// **Example.** `toy-1.0.data/scripts/pip` in a wheel; `"bin": {"git": "x.js"}` in an npm package.
    ///
    /// **What it misses.** Tools that are not on the list, and names that only look alike.
    SHADOWING_COMMAND {
        id: "shadowing-command",
        title: "A package installs a program under the name of a well-known tool",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["CWE-427", "AML.T0010.001"],
        hint: "ask the publisher why it takes the name; install it in an environment of its own",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::Command { name, target })
                if is_tool(name) && !is_own(evidence, fact, name) =>
            {
                let message = format!("the package installs a program named `{name}`");
                Some(Judgement::of(fact, name, message).with_evidence(target))
            }
            _ => None,
        })
        .collect()
}
const TOOLS: &[&str] = &[
    "python", "python3", "pip", "pip3", "uv", "conda", "git", "ssh", "scp", "curl", "wget", "ls", "cat", "cp", "rm",
    "sudo", "su", "sh", "bash", "zsh", "node", "npm", "npx", "docker", "kubectl", "make", "gcc", "cc", "tar", "env",
    "gpg", "find", "grep",
];

fn is_tool(name: &str) -> bool {
    let name = name.trim_end_matches(".exe").to_ascii_lowercase();
    TOOLS.contains(&name.as_str())
}

/// Whether the package is the tool's own: the one whose metadata lie in the same archive, at its outermost.
fn is_own(evidence: &Evidence<'_>, command: &Fact, tool: &str) -> bool {
    let tool = tool.trim_end_matches('3');
    let is_named = |name: &str| name == tool || (tool == "npx" && name == "npm");
    let is_beside = |other: &Fact| {
        let (command, other) = (&command.location.place, &other.location.place);
        let around = around(other);
        other.file_path() == command.file_path()
            && is_outermost(other)
            && (around == self::around(command) || around == command.members())
    };
    let identities = evidence
        .facts
        .iter()
        .filter(|fact| matches!(&fact.kind, FactKind::Package(PackageFact::Identity { name, .. }) if is_named(name)));
    { identities }.any(is_beside)
}

/// The members that lead to the archive a place lies in.
fn around(place: &Place) -> &[String] {
    place.members().split_last().map_or(&[], |(_, around)| around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severities(path: &str, kind: PackageFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        SHADOWING_COMMAND.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_program_named_like_the_installer_is_reported() {
        assert_eq!(
            severities("a.whl", PackageFact::Command { name: "pip".into(), target: String::new() }),
            [Severity::High]
        );
    }

    #[test]
    fn a_program_of_its_own_name_is_not() {
        assert_eq!(severities("a.whl", PackageFact::Command { name: "toy".into(), target: "toy:main".into() }), []);
    }

    /// The wheel of pip installs `pip`.
    #[test]
    fn a_tool_s_own_package_may_install_it() {
        let metadata = |member: &str| {
            let wheel = Place::file("pip-1-py3-none-any.whl");
            let identity = PackageFact::Identity {
                ecosystem: headworks_types::fact::Ecosystem::Python,
                name: "pip".into(),
                version: "1".into(),
            };
            let command = PackageFact::Command { name: "pip3".into(), target: "pip:main".into() };
            let facts = [
                Fact { location: wheel.member(member).at(0..9), times: 1, kind: identity.into() },
                Fact { location: wheel.at(0..9), times: 1, kind: command.into() },
            ];
            SHADOWING_COMMAND.judge(&Evidence::of(&facts)).len()
        };
        assert_eq!(metadata("pip-1.dist-info/METADATA"), 0);
        assert_eq!(metadata("toy/tests/pip-1.dist-info/METADATA"), 1);
    }
}
