//! In which forms a report leaves.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use headworks_report::{Report, github, gitlab, json, junit, markdown, sarif, text};

use crate::arguments::Global;
use crate::terminal::{self, Color};

/// The part of the command line that chooses the form of the answer.
#[derive(Debug, Clone, Args)]
pub(crate) struct Output {
    /// Form of the answer on standard output
    #[arg(long, env = "HEADWORKS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the answer to a file as well, as in `sarif=headworks.sarif`; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_out)]
    out: Vec<(Format, PathBuf)>,
}

/// A form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One document, `headworks/report/v1`
    Json,
    /// One line for each artifact
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// For a pull request or a job summary
    Markdown,
    /// Test report, for build servers
    Junit,
    /// Code-quality report of GitLab
    Gitlab,
    /// Workflow commands of GitHub Actions
    Github,
}

impl Output {
    /// Writes the report to standard output and to the files that were named.
    ///
    /// # Errors
    /// When something cannot be written.
    pub(crate) fn write(&self, report: &Report, global: &Global, color: Color) -> anyhow::Result<()> {
        for error in &report.errors {
            terminal::note(&format!("error: {}", error.message));
        }
        terminal::answer(&rendered(report, self.format, global, color.wanted()))?;
        for (format, path) in &self.out {
            std::fs::write(path, rendered(report, *format, global, false))
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(())
    }
}

fn rendered(report: &Report, format: Format, global: &Global, color: bool) -> String {
    let catalogue = super::catalogue();
    match format {
        Format::Text => text::render(report, &catalogue, detail(global), text::Style::new(color)),
        Format::Json => json::render(report),
        Format::Jsonl => json::render_lines(report),
        Format::Sarif => sarif::render(report, &catalogue),
        Format::Markdown => markdown::render(report, &catalogue),
        Format::Junit => junit::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Github => github::render(report),
    }
}

fn detail(global: &Global) -> text::Detail {
    match (global.quiet, global.verbose) {
        (true, _) => text::Detail::Quiet,
        (false, true) => text::Detail::Verbose,
        (false, false) => text::Detail::Normal,
    }
}

fn parse_out(given: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = given.split_once('=').ok_or("write it as FORMAT=FILE, as in `sarif=headworks.sarif`")?;
    Ok((Format::from_str(format, false)?, PathBuf::from(path)))
}
