use headworks_types::fact::TemplateConstruct;
use headworks_types::{Confidence, Severity};

use super::constructs;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for templates that load other templates.
    ///
    /// **Why it matters.** `include`, `import`, `from` and `extends` read a template from wherever the
    /// loader's environment looks, so what is rendered is not what was inspected; with a file system
    /// loader it is a way to read files. Loaders of chat templates offer no other template, so an honest
    /// one has nothing to include.
    ///
    /// **Example.** `{% include '/etc/passwd' %}`.
    ///
    /// **What it misses.** Templates that a program joins before it renders them.
    TEMPLATE_INCLUSION {
        id: "template-inclusion",
        title: "A chat template loads another template",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-02"],
        references: &["CWE-98", "CWE-1336"],
        hint: "put all of the template into one text",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let inclusions = constructs(evidence, TemplateConstruct::Inclusion)
        .map(|(fact, excerpt)| Judgement::of(fact, excerpt, format!("the template loads another one: `{excerpt}`")));
    inclusions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::fixtures::{construct, severities};

    #[test]
    fn an_inclusion_is_reported() {
        let facts = [construct(TemplateConstruct::Inclusion, "{% include '/etc/passwd' %}")];
        assert_eq!(severities(&TEMPLATE_INCLUSION, &facts), [Severity::High]);
    }

    #[test]
    fn a_url_that_is_emitted_loads_nothing() {
        let facts = [construct(TemplateConstruct::Url, "https://docs.headworks.invalid/")];
        assert_eq!(severities(&TEMPLATE_INCLUSION, &facts), []);
    }
}
