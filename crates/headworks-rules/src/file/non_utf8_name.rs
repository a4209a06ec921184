use headworks_types::{Confidence, FactKind, Severity, fact::FileFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for paths that are not valid UTF-8.
    ///
    /// **Why it matters.** Tools differ in how they read and show such a path, so a record, an allow
    /// list or a reviewer may name another file than the loader opens. Findings show it escaped.
    ///
    /// **Example.** `mod\xe8le.bin`, written on a system with Latin-1 names.
    ///
    /// **What it misses.** Names that are valid and still look alike, such as `modеl.bin` with a
    /// Cyrillic letter.
    NON_UTF8_NAME {
        id: "non-utf8-name",
        title: "A path is not valid UTF-8",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-176"],
        hint: "rename the file, so that every tool shows and opens the same one",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let paths = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::File(FileFact::NonUtf8Path) => {
            let path = fact.location.place.file_path();
            Some(Judgement::of(fact, path, format!("the path `{path}` is shown escaped, because it is not UTF-8")))
        }
        _ => None,
    });
    paths.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(path: &str, kind: FileFact) -> usize {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        NON_UTF8_NAME.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn path_that_is_not_utf8_is_reported() {
        assert_eq!(judge("mod\\xe8le.bin", FileFact::NonUtf8Path), 1);
    }

    #[test]
    fn path_with_accents_in_utf8_is_not() {
        assert_eq!(judge("modèle.bin", FileFact::Identified { format: "pickle".into(), summary: String::new() }), 0);
    }
}
