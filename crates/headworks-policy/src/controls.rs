//! The control catalogue: what the gate is asked to show, and which requirement of which framework asks for it.
//!
//! The data is `data/controls.csv`, one row a control. A new control, or a new id of a framework, is a row
//! or a cell of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Columns that hold ids of a framework, with its title.
const FRAMEWORKS: &[(&str, &str)] = &[
    ("cosai_rm", "CoSAI Risk Map"),
    ("cosai_ws1_threats", "CoSAI AI supply chain threats (section)"),
    ("cosai_aimm", "CoSAI Artifact Integrity Maturity Model"),
    ("ssdf", "NIST SSDF (SP 800-218, 800-218A)"),
    ("slsa", "SLSA"),
    ("owasp_ml", "OWASP Machine Learning Security Top 10"),
    ("owasp_llm_2025", "OWASP Top 10 for LLM Applications 2025"),
    ("owasp_llm_2026", "OWASP Top 10 for LLM Applications 2026"),
    ("owasp_other", "OWASP Agentic and GenAI data security"),
    ("owasp_aisvs_1_0", "OWASP AISVS 1.0"),
    ("owasp_ai_exchange", "OWASP AI Exchange"),
    ("atlas_techniques", "MITRE ATLAS techniques"),
    ("atlas_mitigations", "MITRE ATLAS mitigations"),
    ("nist_ai_rmf", "NIST AI RMF 1.0"),
    ("nist_ai_600_1", "NIST AI 600-1"),
    ("csa_aicm", "CSA AI Controls Matrix"),
    ("iso_42001", "ISO/IEC 42001"),
    ("eu_ai_act", "EU AI Act"),
];

static ALL: LazyLock<Vec<Control>> = LazyLock::new(|| read(include_str!("../data/controls.csv")));

/// Something that must be shown to hold before an artifact may enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Id, `HW-XXX-nn`.
    pub id: String,
    /// Title.
    pub name: String,
    /// What it asks for.
    pub description: String,
    /// Kinds of artifact that it concerns.
    pub artifacts: Vec<String>,
    /// How far it can be checked without people: `auto`, `semi` or `manual`.
    pub automation: String,
    /// Letter of the group it is answered for in, from A (model bytes) to H (incidents).
    pub group: String,
    /// What is kept as evidence.
    pub evidence: String,
    /// Ids that ask for the same, by title of their framework; frameworks that do not are left out.
    pub frameworks: Vec<(&'static str, Vec<String>)>,
    /// What about the ids could not be checked against its source.
    pub unverified: String,
    /// How headworks establishes it today; empty when it does not yet.
    pub established: String,
}

/// All controls, sorted as in the catalogue.
pub fn all() -> &'static [Control] {
    &ALL
}

/// The control of this id.
pub fn find(id: &str) -> Option<&'static Control> {
    all().iter().find(|control| control.id == id)
}

impl Control {
    /// Its page in Markdown; `rules` are the ids of the rules whose findings speak against it.
    pub fn page(&self, rules: &[&str]) -> String {
        let mut page = format!("# {} {}\n\n{}\n", self.id, self.name, self.description);
        page.push_str(&format!("\n**Concerns.** {}.\n", self.artifacts.join(", ")));
        page.push_str(&format!("\n**Evidence asked for.** {}.\n", self.evidence.trim_end_matches('.')));
        page.push_str(&format!("\n**How headworks establishes it.** {}\n", self.establishment()));
        page.push_str(&format!("\n**Rules that speak against it.** {}.\n", listed(rules)));
        page.push_str(&self.framework_table());
        page
    }

    fn establishment(&self) -> String {
        let semi = match self.automation.as_str() {
            "auto" => "",
            "semi" => " Part of it needs a person's judgement.",
            _ => " It needs a person's judgement.",
        };
        match self.established.as_str() {
            "" => {
                format!("Not yet: a policy that asks for it leaves it not established, which holds the artifact.{semi}")
            }
            how => format!("{how}{semi}"),
        }
    }

    fn framework_table(&self) -> String {
        if self.frameworks.is_empty() {
            return String::new();
        }
        let mut table = "\n## Frameworks\n\n| framework | ids |\n|---|---|\n".to_owned();
        for (title, ids) in &self.frameworks {
            table.push_str(&format!("| {title} | {} |\n", ids.join(", ")));
        }
        if !self.unverified.is_empty() {
            table.push_str(&format!("\nNot checked against its source: {}.\n", self.unverified));
        }
        table
    }
}

fn listed(rules: &[&str]) -> String {
    match rules {
        [] => "None yet".to_owned(),
        rules => rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", "),
    }
}

fn read(text: &str) -> Vec<Control> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().map(|row| control(row.expect("the catalogue is part of the program and tested")));
    rows.collect()
}

fn control(mut row: BTreeMap<String, String>) -> Control {
    let frameworks = FRAMEWORKS.iter().map(|(column, title)| (*title, ids(&take(&mut row, column))));
    Control {
        frameworks: frameworks.filter(|(_, ids)| !ids.is_empty()).collect(),
        id: take(&mut row, "control"),
        name: take(&mut row, "name"),
        description: take(&mut row, "description"),
        artifacts: ids(&take(&mut row, "artifacts")),
        automation: take(&mut row, "automation"),
        group: take(&mut row, "group"),
        evidence: take(&mut row, "evidence"),
        unverified: take(&mut row, "unverified"),
        established: take(&mut row, "established"),
    }
}

fn take(row: &mut BTreeMap<String, String>, column: &str) -> String {
    row.remove(column).expect("the catalogue has every column; a test reads it")
}

fn ids(cell: &str) -> Vec<String> {
    cell.split(';').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_control_is_complete_and_its_id_is_its_own() {
        let well_formed = |id: &str| {
            let mut parts = id.split('-');
            parts.next() == Some("HW")
                && parts
                    .next()
                    .is_some_and(|family| family.len() == 3 && family.bytes().all(|b| b.is_ascii_uppercase()))
                && parts.next().is_some_and(|number| number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()))
                && parts.next().is_none()
        };
        assert_eq!(all().len(), 64);
        assert_eq!(all().iter().map(|control| &control.id).collect::<BTreeSet<_>>().len(), 64);
        for control in all() {
            assert!(well_formed(&control.id), "{}", control.id);
            assert!(!control.name.is_empty() && !control.description.is_empty() && !control.evidence.is_empty());
            assert!(["auto", "semi", "manual"].contains(&control.automation.as_str()), "{}", control.id);
            assert!(!control.frameworks.is_empty(), "{}", control.id);
        }
    }

    #[test]
    fn a_page_says_what_is_asked_for_and_what_speaks_against_it() {
        let page = find("HW-SER-02").unwrap().page(&["dangerous-global", "trailing-data"]);
        assert!(page.starts_with("# HW-SER-02 Static inspection of serialized artifacts\n"), "{page}");
        for part in [
            "Opcode and import findings",
            "taken apart without being run",
            "`dangerous-global`, `trailing-data`",
            "| MITRE ATLAS techniques | AML.T0018.002, ",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
    }

    #[test]
    fn a_control_that_is_not_established_yet_says_so() {
        let page = find("HW-INV-03").unwrap().page(&[]);
        assert!(page.contains("Not yet:") && page.contains("None yet."), "{page}");
    }

    #[test]
    fn what_is_unknown_is_not_found() {
        assert_eq!(find("HW-SER-99"), None);
    }
}
