//! Colour, where it is wanted.

use headworks_types::{Admission, Outcome, Severity};

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    color: bool,
}

const BOLD: &str = "1";
const GREEN: &str = "1;32";
const YELLOW: &str = "1;33";
const RED: &str = "1;31";
const DIM: &str = "2";

impl Style {
    /// Text with or without colour.
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(BOLD, text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(DIM, text)
    }

    pub(crate) fn admission(self, admission: Admission) -> String {
        let code = match admission {
            Admission::Admit => GREEN,
            Admission::Hold => YELLOW,
            Admission::Refuse => RED,
        };
        self.paint(code, admission.verb())
    }

    pub(crate) fn outcome(self, outcome: Outcome, word: &str) -> String {
        let code = match outcome {
            Outcome::Pass => GREEN,
            Outcome::NotEstablished => YELLOW,
            Outcome::Fail => RED,
        };
        self.paint(code, word)
    }

    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Critical | Severity::High => RED,
            Severity::Medium => YELLOW,
            Severity::Low | Severity::Info => BOLD,
        };
        self.paint(code, text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
