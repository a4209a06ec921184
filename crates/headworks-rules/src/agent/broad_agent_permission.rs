use headworks_types::fact::AgentFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for permissions in skills and settings that allow every shell command or every tool.
    ///
    /// **Why it matters.** Whatever else the agent reads can then make it run commands that nobody confirms.
    ///
    /// **Example.** `allowed-tools: Bash(*)`
    ///
    /// **What it misses.** Many narrow permissions that are broad together.
    BROAD_AGENT_PERMISSION {
        id: "broad-agent-permission",
        title: "An agent may run any command without asking",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-AGT-01", "HW-CFG-03"],
        references: &["CWE-250", "AML.T0053"],
        hint: "name the commands that it needs",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Agent(AgentFact::Permission { permission }) if is_broad(permission) => {
                Some(Judgement::of(fact, permission, format!("`{permission}` is allowed without asking")))
            }
            _ => None,
        })
        .collect()
}
fn is_broad(permission: &str) -> bool {
    let plain = permission.trim_matches(['"', '\'', '[', ']']);
    matches!(plain, "*" | "Bash" | "Bash(*)" | "Bash(*:*)" | "Bash(:*)" | "shell" | "mcp__*") || plain.ends_with(": *")
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn severities(path: &str, kind: AgentFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        BROAD_AGENT_PERMISSION.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    fn permission(permission: &str) -> Vec<Severity> {
        severities("SKILL.md", AgentFact::Permission { permission: permission.into() })
    }

    #[test]
    fn every_command_holds() {
        assert_eq!(permission("Bash(*)"), [Severity::Medium]);
    }

    #[test]
    fn a_named_command_is_not_reported() {
        assert_eq!(permission("Bash(git status:*)"), []);
        assert_eq!(permission("Read"), []);
    }
}
