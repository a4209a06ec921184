//! What the policy asked for, and what of it does not hold.

use headworks_types::{Admission, Outcome as Result, Requirement, Verdict};

use super::{Detail, Page};
use crate::Outcome;
use crate::escape::visible;

/// Reasons shown for one requirement before the rest is only counted.
const REASONS_MAX: usize = 3;

impl Page<'_> {
    pub(super) fn requirements(&mut self, outcome: &Outcome) {
        let Some(verdict) = outcome.verdict() else { return };
        let mandatory = || verdict.requirements.iter().filter(|requirement| requirement.mandatory);
        let unmet: Vec<&Requirement> = mandatory().filter(|requirement| requirement.outcome != Result::Pass).collect();
        if !unmet.is_empty() {
            self.line("");
            let heading = format!("{} because the policy asks for", passive(verdict.admission));
            self.line(&self.style.bold(&heading));
            for requirement in &unmet {
                self.requirement(requirement);
            }
        }
        let met = mandatory().filter(|requirement| requirement.outcome == Result::Pass);
        let verbose = self.detail == Detail::Verbose;
        for requirement in met.filter(|requirement| verbose || requirement.waiver.is_some()) {
            self.requirement(requirement);
        }
        self.not_asked(verdict);
    }

    fn requirement(&mut self, requirement: &Requirement) {
        let word = match requirement.outcome {
            Result::Pass => "pass",
            Result::NotEstablished => "not established",
            Result::Fail => "fail",
        };
        let word = self.style.outcome(requirement.outcome, &format!("{word:<15}"));
        self.line(&format!("  {word}  {}  {}", requirement.control, visible(&requirement.title)));
        let shown = if self.detail == Detail::Verbose { requirement.reasons.len() } else { REASONS_MAX };
        for reason in requirement.reasons.iter().take(shown) {
            self.line(&format!("    {}", visible(reason)));
        }
        self.rest(requirement.reasons.len(), shown, "reason", "  ");
        if let Some(waiver) = &requirement.waiver {
            let (owner, reason) = (visible(&waiver.owner), visible(&waiver.reason));
            self.line(&format!(
                "    waived by {} ({owner}) until {}: {reason}",
                visible(&waiver.id),
                visible(&waiver.until)
            ));
        }
        if requirement.outcome != Result::Pass && !requirement.solution.is_empty() {
            self.line(&format!("    hint: {}", visible(&requirement.solution)));
        }
    }

    /// An admission must say what was not looked at.
    fn not_asked(&mut self, verdict: &Verdict) {
        let open: Vec<&str> = verdict
            .requirements
            .iter()
            .filter(|requirement| !requirement.mandatory && requirement.outcome != Result::Pass)
            .map(|requirement| requirement.control.as_str())
            .collect();
        if open.is_empty() {
            return;
        }
        let tier = visible(&verdict.tier);
        let list = if self.detail == Detail::Verbose { format!(": {}", open.join(", ")) } else { String::new() };
        let text = format!(
            "  not asked    {} further controls are not shown to hold, and tier {tier} does not ask for them{list}",
            open.len()
        );
        self.line(&text);
        if self.detail != Detail::Verbose {
            self.line(&self.style.dim(&format!("  more: headworks policy explain --tier {tier}")));
        }
    }
}

/// What was done, as the head of a sentence.
fn passive(admission: Admission) -> &'static str {
    match admission {
        Admission::Admit => "admitted",
        Admission::Hold => "held",
        Admission::Refuse => "refused",
    }
}
