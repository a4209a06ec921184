//! What a rule is.

use headworks_types::{Confidence, Digest, Fact, Finding, Location, Severity};

use crate::Evidence;

/// One rule: what it is called, what it speaks against, how it judges.
pub struct Rule {
    /// Kebab-case id that names the bad thing, unique and never reused.
    pub id: &'static str,
    /// One line for lists.
    pub title: &'static str,
    /// How bad it is; a single finding may be judged lower or higher.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// Ids of the controls it speaks against.
    pub controls: &'static [&'static str],
    /// Techniques, weaknesses and advisories: ATLAS, CWE, CVE and GHSA ids.
    pub references: &'static [&'static str],
    /// What the reader can do next, for most findings.
    pub hint: &'static str,
    /// The published page, from the doc comment.
    pub page: &'static str,
    /// The judgement itself.
    pub check: fn(&Evidence<'_>) -> Vec<Judgement>,
}

/// What a rule says about one place, before it becomes a [`Finding`] of that rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Where it was seen first.
    pub location: Location,
    /// How often it was seen there.
    pub times: u64,
    /// What it is about, stable from export to export: the callee, the member, the key.
    pub subject: String,
    /// One sentence that names the thing in backticks.
    pub message: String,
    /// What was seen, line by line.
    pub evidence: Vec<String>,
    /// Severity, where it is not the rule's own.
    pub severity: Option<Severity>,
    /// Hint, where it is not the rule's own.
    pub hint: Option<String>,
}

impl Judgement {
    /// A judgement of `fact`, about `subject`, in the words of `message`.
    pub fn of(fact: &Fact, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            location: fact.location.clone(),
            times: fact.times,
            subject: subject.into(),
            message: message.into(),
            evidence: Vec::new(),
            severity: None,
            hint: None,
        }
    }

    /// Adds a line of what was seen.
    #[must_use]
    pub fn with_evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    /// Judges it other than the rule does by default.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Says what to do next, other than the rule does by default.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Rule {
    /// The whole page of the rule in Markdown: title, what it rates, its text, what it refers to.
    pub fn published(&self) -> String {
        let list = |ids: &[&str]| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let mut page = format!("# {}\n\n{}\n\n", self.id, self.title);
        page += &format!("severity {}, confidence {:?}", self.severity, self.confidence).to_lowercase();
        page += &format!("; speaks against {}", list(self.controls));
        let text: Vec<&str> = self.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        page += &format!("\n\n{}\n", text.join("\n").trim_end());
        if !self.hint.is_empty() {
            page += &format!("\n**What to do.** {}\n", self.hint);
        }
        if !self.references.is_empty() {
            page += &format!("\n**References.** {}\n", list(self.references));
        }
        page
    }

    /// The findings of this rule.
    pub fn judge(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        (self.check)(evidence).into_iter().map(|judgement| self.finding(judgement)).collect()
    }

    fn finding(&self, judgement: Judgement) -> Finding {
        let identity = format!("{}\n{}\n{}", self.id, judgement.location.place, judgement.subject);
        Finding {
            rule: self.id.to_owned(),
            severity: judgement.severity.unwrap_or(self.severity),
            confidence: self.confidence,
            message: judgement.message,
            location: judgement.location,
            times: judgement.times,
            evidence: judgement.evidence,
            hint: judgement.hint.or_else(|| (!self.hint.is_empty()).then(|| self.hint.to_owned())),
            controls: self.controls.iter().map(|&control| control.to_owned()).collect(),
            fingerprint: Digest::of(identity.as_bytes()),
        }
    }
}

/// Declares a rule; its doc comment is the page that is published for it.
macro_rules! rule {
    (
        $(#[doc = $page:literal])+
        $name:ident { $($field:ident $(: $value:expr)?),+ $(,)? }
    ) => {
        $(#[doc = $page])+
        pub(crate) static $name: $crate::Rule = $crate::Rule {
            page: concat!($($page, "\n"),+),
            $($field $(: $value)?),+
        };
    };
}

pub(crate) use rule;
