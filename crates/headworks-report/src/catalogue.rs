//! What the rules say of themselves; this crate does not know the rules.

use headworks_types::{Confidence, Severity};

/// The rules' own words, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Vec<RuleText>);

/// One rule's own words.
#[derive(Debug, Clone)]
pub struct RuleText {
    /// Id of the rule.
    pub id: String,
    /// One line.
    pub title: String,
    /// The whole page, in Markdown.
    pub page: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Techniques, weaknesses and advisories.
    pub references: Vec<String>,
}

impl Catalogue {
    /// A catalogue of these rules.
    pub fn new(rules: Vec<RuleText>) -> Self {
        Self(rules)
    }

    /// All rules, in the catalogue's order.
    pub fn rules(&self) -> &[RuleText] {
        &self.0
    }

    pub(crate) fn find(&self, id: &str) -> Option<(usize, &RuleText)> {
        self.0.iter().enumerate().find(|(_, rule)| rule.id == id)
    }

    /// Why a finding of this rule matters: the first sentence of that part of its page, with the technique.
    pub(crate) fn why(&self, id: &str) -> Option<String> {
        let (_, rule) = self.find(id)?;
        let (_, part) = rule.page.split_once("**Why it matters.**")?;
        let paragraph: Vec<&str> = part.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let paragraph = paragraph.join(" ");
        let sentence = paragraph.split_once(". ").map_or(paragraph.as_str(), |(first, _)| first);
        let sentence = sentence.trim().trim_end_matches('.');
        let technique = rule.references.iter().find(|id| id.starts_with("AML.") || id.starts_with("CVE-"));
        Some(technique.map_or_else(|| sentence.to_owned(), |id| format!("{sentence} ({id})")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_is_the_first_sentence_with_its_technique() {
        let catalogue = Catalogue::new(vec![RuleText {
            id: "a".into(),
            title: "A".into(),
            page: "Looks.\n\n **Why it matters.** It runs code\n when loaded. More text.\n\n **Example.** x".into(),
            severity: Severity::High,
            confidence: Confidence::High,
            references: vec!["CWE-502".into(), "AML.T0011.000".into()],
        }]);
        assert_eq!(catalogue.why("a").as_deref(), Some("It runs code when loaded (AML.T0011.000)"));
        assert_eq!(catalogue.why("b"), None);
    }
}
