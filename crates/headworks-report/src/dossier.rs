//! The dossier of one record: the verdict and all that it rests on.

use std::fmt::Write as _;

use headworks_types::Record;

use crate::escape::visible;
use crate::text::{Detail, Style, render};
use crate::{Catalogue, Outcome, Recorded, Report};

/// The dossier as text. `decided_at` is the record's time in a form for people.
pub fn render_dossier(
    record: &Record,
    recorded: &Recorded,
    decided_at: &str,
    catalogue: &Catalogue,
    style: Style,
) -> String {
    let name = record.examination.artifact.name.clone();
    let outcome = Outcome::of_record(&name, record.clone(), None);
    let report = Report { outcomes: vec![outcome], errors: Vec::new() };
    let mut text = render(&report, catalogue, Detail::Verbose, style);
    let inputs = &record.inputs;
    let rows = [
        ("record", format!("{} ({})", recorded.seq, recorded.digest)),
        ("log", recorded.logged.as_ref().map_or_else(|| "not logged".to_owned(), |at| format!("entry {}", at.index))),
        ("decided at", decided_at.to_owned()),
        ("artifact", record.examination.artifact.digest.to_string()),
        ("policy", format!("{} at tier {}", inputs.policy, visible(&record.verdict.tier))),
        ("rules", inputs.rules.to_string()),
        ("limits", inputs.limits.to_string()),
        ("engine", format!("headworks {}", visible(&inputs.engine))),
    ];
    let _ = writeln!(text, "\n{}", style.bold("rests on"));
    for (label, value) in rows {
        let _ = writeln!(text, "  {label:<11}  {value}");
    }
    let _ = writeln!(text, "\n{}", style.bold("files"));
    for file in &record.examination.artifact.files {
        let digest = file.digest.map_or_else(|| "could not be read".to_owned(), |digest| digest.to_string());
        let _ = writeln!(text, "  {digest}  {:>12}  {}", file.bytes, visible(&file.path));
    }
    text
}
