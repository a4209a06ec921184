//! Prints the pickle events of each file named on standard input, one JSON line per file.
//!
//! The other half of `tests/pickle_differential`, which compares the lines with CPython's own log.

use std::io::{BufRead as _, Write as _};

use headworks_types::{FactKind, Limits, Place};

fn main() -> std::io::Result<()> {
    let pickle = headworks_formats::ALL.iter().find(|format| format.id == "pickle").expect("pickle is a format");
    let mut out = std::io::stdout().lock();
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        let bytes = std::fs::read(&path)?;
        let facts = headworks_formats::inspect_as(pickle, &bytes, Place::file("stream.pkl"), &Limits::default());
        let outermost = facts.iter().filter(|fact| fact.location.place.members().is_empty());
        let (mut events, mut faults) = (Vec::new(), Vec::new());
        for fact in outermost {
            match &fact.kind {
                FactKind::Pickle(event) => events.push(serde_json::json!({ "times": fact.times, "event": event })),
                FactKind::Fault(fault) => faults.push(serde_json::json!(fault)),
                _ => {}
            }
        }
        writeln!(out, "{}", serde_json::json!({ "path": path, "events": events, "faults": faults }))?;
    }
    Ok(())
}
