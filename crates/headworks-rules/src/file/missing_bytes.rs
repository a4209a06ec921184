use headworks_types::{Confidence, FactKind, Severity, fact::FileFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for Git-LFS pointers: three lines of text in place of a large file.
    ///
    /// **Why it matters.** A clone without LFS, or an incomplete copy, holds the pointer and not the
    /// weights. Whatever is fetched later under the pointer's name has not been inspected, so a check
    /// of the pointer says nothing about what will be loaded.
    ///
    /// **Example.** `model.safetensors` of 134 bytes that begins with
    /// `version https://git-lfs.github.com/spec/v1`.
    ///
    /// **What it misses.** Stand-ins of other tools, such as DVC or git-annex; their bytes are not
    /// recognised and hold the artifact for that reason.
    MISSING_BYTES {
        id: "missing-bytes",
        title: "A Git-LFS pointer stands in place of the file",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-345"],
        hint: "fetch the real bytes (`git lfs pull`) and check again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let pointers = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::File(FileFact::LfsPointer { oid, bytes }) => {
            let path = fact.location.place.innermost();
            let message = format!("`{path}` is a Git-LFS pointer: its {bytes} bytes are not here");
            Some(Judgement::of(fact, oid, message).with_evidence(format!("oid {oid}")))
        }
        _ => None,
    });
    pointers.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(kind: FileFact) -> usize {
        let facts = [Fact { location: Place::file("model.safetensors").at(0..134), times: 1, kind: kind.into() }];
        MISSING_BYTES.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn a_pointer_is_reported() {
        assert_eq!(judge(FileFact::LfsPointer { oid: "sha256:4d7a".into(), bytes: 12345 }), 1);
    }

    #[test]
    fn a_file_that_is_no_pointer_is_not() {
        assert_eq!(judge(FileFact::Identified { format: "safetensors".into(), summary: String::new() }), 0);
    }
}
