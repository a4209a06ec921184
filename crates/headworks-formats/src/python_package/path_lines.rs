//! `.pth` files of Python: lines that `site` adds to the import path, or runs.
//!
//! Source: `site.py` of CPython 3.14: a line that begins with `import` and white space is executed at every start of the
//! interpreter, wherever in the installation the file came from. Only files with such a line are claimed; the name is
//! also that of weights, which are no text. Whether installation puts the file where `site` looks is for a rule to
//! weigh.
//!
//! Not covered: lines that only name folders, which add places to import from and run nothing.

use headworks_types::Fault;
use headworks_types::fact::PackageFact;

use crate::encoding::{Document, Text, is_text};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::text;

/// Path configuration that runs code.
pub(crate) static FORMAT: Format = Format { id: "python-path", title: "Python path configuration", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    let lines = || probe.head.split(|byte| matches!(byte, b'\n' | b'\r'));
    probe.name().ends_with(".pth") && is_text(probe.head, true) && { lines }().any(runs)
}

fn runs(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    line.starts_with(b"import ") || line.starts_with(b"import\t")
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let document = match Document::read(input, "text_bytes_max", inspection.limits.text_bytes_max) {
        Ok(document) => document,
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    // `site` falls back to the encoding of the system.
    let decoded = Text::decode(&document.bytes, true);
    let lines: Vec<&str> = decoded.characters.lines().filter(|line| runs(line.as_bytes())).collect();
    inspection.identified(input, FORMAT.id, format!("{} to run", text::count(lines.len(), "line")));
    for line in lines {
        let (path, excerpt) = (input.place.innermost().to_owned(), text::shortened(line, 400));
        inspection.fact(whole.clone(), PackageFact::StartupCode { path, excerpt });
    }
    if let Some(offset) = decoded.broken_at {
        let fault = Fault::Malformed { format: FORMAT.id.into(), problem: "the text is not UTF-8".into() };
        inspection.fact(input.place.at(offset..input.bytes.size()), fault);
    }
    document.fault.into_iter().for_each(|fault| inspection.fact(whole.clone(), fault));
}
