use headworks_types::{Confidence, FactKind, Severity, fact::FileFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for devices, pipes and sockets among the files of an artifact.
    ///
    /// **Why it matters.** Such a file has no bytes that could be checked: what a loader reads from
    /// it is decided later, by whoever holds its other end. Reading a pipe can also hang a pipeline.
    ///
    /// **Example.** A named pipe called `model.safetensors` in a directory that was copied from a
    /// shared machine.
    ///
    /// **What it misses.** Files on a network file system that change after the check; the digests in
    /// the record tell those.
    SPECIAL_FILE {
        id: "special-file",
        title: "A device, pipe or socket lies among the files",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-66"],
        hint: "remove it, or replace it with a regular file, then check again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let special = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::File(FileFact::SpecialFile { kind }) => {
            let path = fact.location.place.innermost();
            Some(Judgement::of(fact, kind, format!("`{path}` is a {kind}, so it has no bytes to check")))
        }
        _ => None,
    });
    special.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(kind: FileFact) -> usize {
        let facts = [Fact { location: Place::file("model").at(0..0), times: 1, kind: kind.into() }];
        SPECIAL_FILE.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn pipe_is_reported() {
        assert_eq!(judge(FileFact::SpecialFile { kind: "pipe".into() }), 1);
    }

    /// An empty file looks the same in a listing: no bytes. It is a regular file all the same.
    #[test]
    fn empty_file_is_not() {
        assert_eq!(judge(FileFact::Identified { format: "empty".into(), summary: "no bytes".into() }), 0);
    }
}
