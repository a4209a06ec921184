//! Writes what is derived from code and data, or says what is out of date.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use headworks_formats::Format;
use headworks_policy::controls;
use headworks_rules::Rule;

use crate::{pages, python, root};

pub(crate) fn run(check: bool, profiles: bool) -> anyhow::Result<()> {
    if profiles {
        derive_profiles()?;
    }
    let outdated: Vec<PathBuf> =
        documents()?.into_iter().filter(|(path, text)| !is_current(path, text)).map(|(path, _)| path).collect();
    if check && !outdated.is_empty() {
        let names: Vec<String> = outdated.iter().map(|path| path.display().to_string()).collect();
        bail!("out of date:\n  {}\nhint: run `cargo xtask generate`", names.join("\n  "));
    }
    for (path, text) in documents()?.into_iter().filter(|(path, _)| outdated.contains(path)) {
        fs::create_dir_all(path.parent().context("a document lies in a folder")?)?;
        fs::write(&path, text)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn is_current(path: &PathBuf, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|current| current == text)
}

/// Every derived document with its text.
fn documents() -> anyhow::Result<Vec<(PathBuf, String)>> {
    let docs = root().join("docs");
    let book = docs.join("src");
    let mut documents = vec![
        (book.join("SUMMARY.md"), summary()),
        (book.join("formats.md"), pages::formats()),
        (book.join("techniques.md"), pages::techniques()),
        (docs.join("schemas/report.schema.json"), pretty(&headworks_report::json::report_schema())?),
        (docs.join("schemas/record.schema.json"), pretty(&headworks_report::json::record_schema())?),
    ];
    documents.extend(pages::of_formats()?.into_iter().map(|(path, text)| (book.join(path), text)));
    for rule in headworks_rules::ALL {
        documents.push((book.join(format!("rules/{}.md", rule.id)), rule.published()));
    }
    for control in controls::all() {
        let against = headworks_rules::ALL.iter().filter(|rule| rule.controls.contains(&control.id.as_str()));
        let rules: Vec<&str> = against.map(|rule| rule.id).collect();
        documents.push((book.join(format!("controls/{}.md", control.id)), control.page(&rules)));
    }
    Ok(documents)
}

fn pretty(schema: &schemars::Schema) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(schema)? + "\n")
}

/// Pages that are written by hand, in the order of the book.
const BY_HAND: &[(&str, &str)] = &[
    ("Signatures over models", "signing.md"),
    ("What `headworks run` states", "buildtypes.md"),
    ("Bills of materials", "bom.md"),
    ("Provenance, lineage and evaluations", "lineage.md"),
    ("Checkpoints inside a run", "checkpoints.md"),
    ("The evidence log", "log.md"),
    ("Known vulnerabilities", "advisories.md"),
    ("The graph", "graph.md"),
];

fn summary() -> String {
    let mut text = String::from("# Summary\n\n");
    text.extend(BY_HAND.iter().map(|(title, page)| format!("- [{title}]({page})\n")));
    text.push_str("- [Formats](formats.md)\n");
    let format = |format: &&Format| format!("  - [{}](formats/{}.md)\n", format.title, format.id);
    text.extend(headworks_formats::ALL.iter().map(format));
    text.push_str("- [Techniques](techniques.md)\n\n# Rules\n\n");
    let mut rules: Vec<&Rule> = headworks_rules::ALL.to_vec();
    rules.sort_by_key(|rule| rule.id);
    text.extend(rules.iter().map(|rule| format!("- [{}](rules/{}.md)\n", rule.id, rule.id)));
    text.push_str("\n# Controls\n\n");
    text.extend(
        controls::all()
            .iter()
            .map(|control| format!("- [{} {}](controls/{}.md)\n", control.id, control.name, control.id)),
    );
    text
}

fn derive_profiles() -> anyhow::Result<()> {
    let folder = root().join("crates/headworks-rules/profiles/generate");
    python::run(std::process::Command::new(python::system_python()?).arg(folder.join("generate.py")))
}
