use headworks_types::fact::TemplateConstruct;
use headworks_types::{Confidence, Severity};

use super::constructs;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Lists URLs that a template emits.
    ///
    /// **Why it matters.** A URL in every prompt can end up in answers. By itself it is ordinary: schemas
    /// and documentation are linked from honest system prompts. A URL with an instruction to recommend it
    /// is reported by `template-instruction` or `hidden-template-instruction`.
    ///
    /// **Example.** `See https://json-schema.org/ for the format.`
    ///
    /// **What it misses.** Host names without a scheme.
    TEMPLATE_URL {
        id: "template-url",
        title: "A chat template emits a URL",
        severity: Severity::Info,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["AML.T0051"],
        hint: "see whether the address belongs to the model's publisher",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let urls = constructs(evidence, TemplateConstruct::Url)
        .map(|(fact, excerpt)| Judgement::of(fact, excerpt, format!("the template emits the URL `{excerpt}`")));
    urls.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::fixtures::{construct, severities};

    #[test]
    fn a_url_is_listed_and_decides_nothing() {
        let facts = [construct(TemplateConstruct::Url, "https://docs.headworks.invalid/")];
        assert_eq!(severities(&TEMPLATE_URL, &facts), [Severity::Info]);
    }

    #[test]
    fn other_text_is_not() {
        assert_eq!(severities(&TEMPLATE_URL, &[construct(TemplateConstruct::Instruction, "Do not mention it.")]), []);
    }
}
