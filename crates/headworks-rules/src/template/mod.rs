//! Rules about chat templates.

pub(crate) mod content_conditional_template;
pub(crate) mod hidden_template_instruction;
pub(crate) mod invisible_template_characters;
pub(crate) mod template_inclusion;
pub(crate) mod template_instruction;
pub(crate) mod template_sandbox_escape;
pub(crate) mod template_url;

use headworks_types::fact::{TemplateConstruct, TemplateFact};
use headworks_types::{Fact, FactKind};

use crate::Evidence;

/// All constructs of one kind, each with what was seen of it.
fn constructs<'e>(evidence: &Evidence<'e>, wanted: TemplateConstruct) -> impl Iterator<Item = (&'e Fact, &'e str)> {
    evidence.facts.iter().filter_map(move |fact| match &fact.kind {
        FactKind::Template(TemplateFact::Construct { construct, excerpt }) if *construct == wanted => {
            Some((fact, excerpt.as_str()))
        }
        _ => None,
    })
}

#[cfg(test)]
mod fixtures {
    use headworks_types::{Finding, Place, Severity};

    use super::*;
    use crate::Rule;

    pub(super) fn construct(construct: TemplateConstruct, excerpt: &str) -> Fact {
        let kind = TemplateFact::Construct { construct, excerpt: excerpt.into() };
        let place = Place::file("tokenizer_config.json").member("chat_template");
        Fact { location: place.at(10..20), times: 1, kind: kind.into() }
    }

    pub(super) fn severities(rule: &Rule, facts: &[Fact]) -> Vec<Severity> {
        rule.judge(&Evidence::of(facts)).iter().map(|finding: &Finding| finding.severity).collect()
    }
}
