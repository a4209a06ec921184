use headworks_types::fact::TemplateConstruct;
use headworks_types::{Confidence, Severity};

use super::constructs;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for template expressions that reach for Python's internals.
    ///
    /// **Why it matters.** A loader renders the template with every message. From any object, attributes
    /// such as `__class__`, `__globals__` or `mro` lead to every loaded module and so to running commands.
    /// llama-cpp-python rendered without a sandbox (CVE-2024-34359), and Jinja's sandbox has been left
    /// through `|attr` and `format` (CVE-2024-56326, CVE-2025-27516). Names put together from pieces count
    /// as well. A global such as `cycler` alone only holds the artifact: it is the usual first step, and
    /// formatting messages needs none.
    ///
    /// **Example.** `{{ cycler.__init__.__globals__.os.popen('…') }}`.
    ///
    /// **What it misses.** An attribute name that a message or a tool description supplies.
    TEMPLATE_SANDBOX_ESCAPE {
        id: "template-sandbox-escape",
        title: "A chat template reaches for Python's internals",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["CVE-2024-34359", "CVE-2024-56326", "CVE-2025-27516", "CWE-1336", "AML.T0011"],
        hint: "do not load the artifact; a formatting template never needs these names",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let traversals = constructs(evidence, TemplateConstruct::AttributeTraversal).map(|(fact, excerpt)| {
        Judgement::of(fact, excerpt, format!("the template reaches for Python's internals: `{excerpt}`"))
    });
    let globals = constructs(evidence, TemplateConstruct::Global).map(|(fact, excerpt)| {
        let message = format!("the template uses `{excerpt}`, from which Python objects can be reached");
        Judgement::of(fact, excerpt, message).with_severity(Severity::Medium)
    });
    traversals.chain(globals).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::fixtures::{construct, severities};

    #[test]
    fn a_traversal_is_critical_and_a_global_holds() {
        let facts = [
            construct(TemplateConstruct::AttributeTraversal, "x.__class__"),
            construct(TemplateConstruct::Global, "cycler"),
        ];
        assert_eq!(severities(&TEMPLATE_SANDBOX_ESCAPE, &facts), [Severity::Critical, Severity::Medium]);
    }

    #[test]
    fn an_inclusion_is_another_rules_matter() {
        assert_eq!(severities(&TEMPLATE_SANDBOX_ESCAPE, &[construct(TemplateConstruct::Inclusion, "include 'x'")]), []);
    }
}
