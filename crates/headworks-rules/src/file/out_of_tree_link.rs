use headworks_types::{Confidence, FactKind, Severity, fact::FileFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for symbolic links that lead out of the artifact, or to nothing within it.
    ///
    /// **Why it matters.** A link is resolved on the machine that loads the artifact. One that leads
    /// out makes a loader read, or a converter overwrite, a file that was never part of what was
    /// checked: a key, a cache of another model, a configuration (CWE-59, CVE-2026-27489 in ONNX).
    ///
    /// **Example.** `tokenizer.json` that links to `../../../../home/user/.netrc`.
    ///
    /// **What it misses.** Hard links, which the file system shows as files; their bytes are checked
    /// like any other. Links inside archives are facts of the archive.
    OUT_OF_TREE_LINK {
        id: "out-of-tree-link",
        title: "A symbolic link leads out of the artifact",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-INV-01"],
        references: &["CWE-59", "CVE-2026-27489"],
        hint: "replace the link with the file it is meant to be, then check again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let links = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::File(FileFact::OutOfTreeLink { target }) => {
            let path = fact.location.place.innermost();
            let message = format!("`{path}` links to `{target}`, which is not in the artifact");
            Some(Judgement::of(fact, target, message))
        }
        _ => None,
    });
    links.collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Place};

    use super::*;

    fn judge(kind: FileFact) -> usize {
        let facts = [Fact { location: Place::file("config.json").at(0..0), times: 1, kind: kind.into() }];
        OUT_OF_TREE_LINK.judge(&Evidence::of(&facts)).len()
    }

    #[test]
    fn link_out_of_the_artifact_is_reported() {
        assert_eq!(judge(FileFact::OutOfTreeLink { target: "/etc/passwd".into() }), 1);
    }

    /// The cache of a hub client is made of links within its own tree; those give no fact.
    #[test]
    fn other_oddities_of_files_are_not() {
        assert_eq!(judge(FileFact::SpecialFile { kind: "pipe".into() }), 0);
        assert_eq!(judge(FileFact::NonUtf8Path), 0);
    }
}
