use headworks_types::fact::TemplateConstruct;
use headworks_types::{Confidence, Severity};

use super::constructs;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for templates that say something else when a message contains certain words.
    ///
    /// **Why it matters.** A template formats messages; it has reason to ask for a message's role, its
    /// shape and the model's own markers, such as `</think>`. One that asks for ordinary words has a
    /// trigger: the model behaves well in every test that does not use them. No weight is touched, so
    /// nothing else of the artifact shows it.
    ///
    /// **Example.** `{% if 'quarterly report' in message['content'] %}…{% endif %}`.
    ///
    /// **What it misses.** Triggers that look like a marker, a message's key or a phrase that switches
    /// modes ("detailed thinking on"), and templates that compare lengths or hashes. What is emitted
    /// behind those is still read for instructions.
    CONTENT_CONDITIONAL_TEMPLATE {
        id: "content-conditional-template",
        title: "A chat template depends on the words of a message",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-CFG-02"],
        references: &["AML.T0018", "AML.T0051", "CWE-506"],
        hint: "read the branch; compare the template with the one of the base model",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let branches = constructs(evidence, TemplateConstruct::ContentBranch).map(|(fact, excerpt)| {
        Judgement::of(fact, excerpt, format!("what the template emits depends on words in a message: `{excerpt}`"))
    });
    branches.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::fixtures::{construct, severities};

    #[test]
    fn a_branch_on_words_holds() {
        let facts = [construct(TemplateConstruct::ContentBranch, "'quarterly report' in message['content']")];
        assert_eq!(severities(&CONTENT_CONDITIONAL_TEMPLATE, &facts), [Severity::Medium]);
    }

    #[test]
    fn a_global_is_no_branch() {
        assert_eq!(severities(&CONTENT_CONDITIONAL_TEMPLATE, &[construct(TemplateConstruct::Global, "cycler")]), []);
    }
}
