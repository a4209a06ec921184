use headworks_types::fact::TemplateConstruct;
use headworks_types::{Confidence, Severity};

use super::constructs;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for characters in a template that no reader sees.
    ///
    /// **Why it matters.** Tag characters (U+E0000 and up) and runs of zero-width characters spell text
    /// that a model's tokenizer reads and a reviewer does not; bidirectional controls make the source
    /// read other than it runs (CVE-2021-42574). A template's own markers never need them. Joiners
    /// between letters of scripts that use them, and within emoji, are left alone.
    ///
    /// **Example.** A system prompt followed by an instruction in tag characters.
    ///
    /// **What it misses.** Letters of one script that look like those of another.
    INVISIBLE_TEMPLATE_CHARACTERS {
        id: "invisible-template-characters",
        title: "A chat template contains invisible characters",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["CVE-2021-42574", "CWE-1007", "AML.T0051"],
        hint: "show the template's code points and remove what has no visible effect",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let invisible = constructs(evidence, TemplateConstruct::InvisibleCharacter).map(|(fact, excerpt)| {
        Judgement::of(fact, excerpt, format!("the template contains characters that nobody sees: `{excerpt}`"))
    });
    invisible.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::fixtures::{construct, severities};

    #[test]
    fn invisible_characters_are_reported() {
        let facts = [construct(TemplateConstruct::InvisibleCharacter, "U+E0041 U+E0042")];
        assert_eq!(severities(&INVISIBLE_TEMPLATE_CHARACTERS, &facts), [Severity::High]);
    }

    #[test]
    fn a_branch_is_not() {
        let facts = [construct(TemplateConstruct::ContentBranch, "'x y' in message.content")];
        assert_eq!(severities(&INVISIBLE_TEMPLATE_CHARACTERS, &facts), []);
    }
}
