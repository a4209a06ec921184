//! Findings, worst first, alike ones together.

use headworks_types::Finding;

use super::{Detail, Page, SHOWN_MAX};
use crate::Outcome;
use crate::escape::visible;

/// Lines of evidence shown before the rest is only counted.
const EVIDENCE_MAX: usize = 6;

impl Page<'_> {
    pub(super) fn findings(&mut self, outcome: &Outcome) {
        let findings = &outcome.examination.findings;
        let mut groups: Vec<(&Finding, Vec<&Finding>)> = Vec::new();
        for finding in findings {
            match groups.iter_mut().find(|(first, _)| first.rule == finding.rule && first.severity == finding.severity)
            {
                Some((_, group)) => group.push(finding),
                None => groups.push((finding, vec![finding])),
            }
        }
        for (_, group) in &groups {
            self.group(group);
        }
    }

    /// Findings of one rule: why it matters is said once.
    fn group(&mut self, group: &[&Finding]) {
        let Some(first) = group.first() else { return };
        let shown = if self.detail == Detail::Verbose { group.len() } else { SHOWN_MAX };
        for finding in group.iter().take(shown) {
            self.finding(finding);
        }
        let rest = group.len().saturating_sub(shown);
        if rest > 0 {
            self.line(&format!("  and {rest} more of {} (-v to list)", first.rule));
        }
        if let Some(why) = self.catalogue.why(&first.rule) {
            self.line(&format!("  why   {}", visible(&why)));
        }
        let mut hints: Vec<&str> = group.iter().take(shown).filter_map(|finding| finding.hint.as_deref()).collect();
        hints.dedup();
        for hint in hints {
            self.line(&format!("  hint: {}", visible(hint)));
        }
        self.line(&self.style.dim(&format!("  more: headworks explain {}", first.rule)));
    }

    fn finding(&mut self, finding: &Finding) {
        let label = self.style.severity(finding.severity, &format!("{}[{}]", finding.severity, finding.rule));
        let times = if finding.times > 1 { format!(" ({} times)", finding.times) } else { String::new() };
        self.line("");
        self.line(&format!("{label}: {}{times}", visible(&finding.message)));
        self.line(&format!("  at    {}", visible(&finding.location.to_string())));
        let shown = if self.detail == Detail::Verbose { finding.evidence.len() } else { EVIDENCE_MAX };
        for line in finding.evidence.iter().take(shown) {
            self.line(&format!("        {}", visible(line)));
        }
        let rest = finding.evidence.len().saturating_sub(shown);
        if rest > 0 {
            self.line(&format!("        {rest} more (-v to list)"));
        }
    }
}
