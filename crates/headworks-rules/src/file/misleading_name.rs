use headworks_types::{Confidence, FactKind, Severity, fact::FileFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for files whose name promises data without code and whose bytes can carry code.
    ///
    /// **Why it matters.** People and tools let `.safetensors`, `.gguf`, `.npy` or `.json` pass
    /// because of what the name promises. Scanners that choose their parser by the name look at the
    /// wrong thing while the loader reads the bytes (CVE-2025-10155, GHSA-jgw4-cr84-mqxg).
    ///
    /// **Example.** `model.safetensors` that begins with a pickle opcode. What is in the pickle is
    /// judged by the pickle rules, whatever the file is called.
    ///
    /// **What it misses.** Names that may hold anything, such as `.bin`, `.pt`, `.pth` and `.ckpt`:
    /// loaders take several formats under them, and so do honest authors.
    MISLEADING_NAME {
        id: "misleading-name",
        title: "The name promises another type than the bytes are",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CVE-2025-10155", "GHSA-jgw4-cr84-mqxg", "CWE-646", "AML.T0074"],
        hint: "ask the author why the type differs; rename the file to what it is, then check again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let misleading = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::File(FileFact::MisleadingName { named, is }) => {
            let name = fact.location.place.base_name();
            Some(Judgement::of(fact, name, format!("`{name}` is named like {named} and its bytes are {is}")))
        }
        _ => None,
    });
    misleading.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(kind: FileFact) -> usize {
        let facts = [Fact { location: Place::file("model.safetensors").at(0..9), times: 1, kind: kind.into() }];
        MISLEADING_NAME.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn pickle_under_the_name_of_safetensors_is_reported() {
        assert_eq!(judge(FileFact::MisleadingName { named: "safetensors".into(), is: "pickle".into() }), 1);
    }

    /// A Git-LFS pointer has the name of the file it stands for, in every clone without LFS.
    #[test]
    fn pointer_in_place_of_the_file_is_not() {
        assert_eq!(judge(FileFact::LfsPointer { oid: "sha256:4d7a".into(), bytes: 12345 }), 0);
    }
}
