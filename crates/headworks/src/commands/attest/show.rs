use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headworks_attest::Statement;
use headworks_attest::provenance::documents;
use serde::Serialize;

use super::Format;
use crate::exit::Exit;
use crate::terminal;

/// Name and version of the JSON answer's layout.
const SCHEMA: &str = "headworks/statements/v1";

/// Options of `headworks attest show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  headworks attest show build.sigstore.json")]
pub(crate) struct Options {
    /// File of attestations
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    /// Always false: nothing was verified.
    verified: bool,
    statements: Vec<Statement>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Exit> {
    let path = options.file.display();
    let bytes = fs::read(&options.file).with_context(|| format!("cannot read `{path}`"))?;
    let found = documents(&bytes).with_context(|| format!("cannot use `{path}`"))?;
    let statements = found.iter().map(|document| document.statement_unverified());
    let statements: Vec<Option<Statement>> =
        statements.collect::<Result<_, _>>().with_context(|| format!("cannot use `{path}`"))?;
    let statements: Vec<Statement> = statements.into_iter().flatten().collect();
    let exit = if statements.is_empty() { Exit::NothingMatched } else { Exit::Fine };
    terminal::answer(&match options.format {
        Format::Json => serde_json::to_string_pretty(&Answer { schema: SCHEMA, verified: false, statements })? + "\n",
        Format::Text => text(&statements)?,
    })?;
    Ok(exit)
}

fn text(statements: &[Statement]) -> anyhow::Result<String> {
    let mut text = "NOT VERIFIED: this is what the file says, whoever wrote it.\n".to_owned();
    for statement in statements {
        // JSON escapes the control characters that could forge lines on a terminal.
        text.push_str(&format!("\n{}\n", serde_json::to_string_pretty(statement)?));
    }
    if statements.is_empty() {
        text.push_str("It holds no statement; it signs an artifact itself.\n");
    }
    Ok(text)
}
