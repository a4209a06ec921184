use std::collections::BTreeSet;

use headworks_types::fact::{ExecutableFact, FileFact};
use headworks_types::{Confidence, FactKind, Place, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a native program with an archive of weights behind it in one file: a llamafile.
    ///
    /// **Why it matters.** Such a file is not loaded but run: it is an inference server in machine code for
    /// several systems, with a GGUF file in a zip archive at its end. The weights in it are inspected
    /// like any others, the program is not, and running the file runs the program first.
    ///
    /// **Example.** `toy.llamafile`: PE for x86_64, and an archive with `model.gguf`.
    ///
    /// **What it misses.** Weights behind a program that no archive lists; those bytes are unexplained.
    PROGRAM_AROUND_WEIGHTS {
        id: "program-around-weights",
        title: "A file is a program that brings its weights along",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-SER-02"],
        references: &["AML.T0011", "CWE-506"],
        hint: "take the GGUF file out of the archive and load it with a runtime you have from elsewhere",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let with_weights: BTreeSet<(&str, &[String])> = evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::File(FileFact::Identified { format, .. }) if format == "gguf" => container(&fact.location.place),
            _ => None,
        })
        .collect();
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Executable(ExecutableFact::Native { container, architecture })
            if with_weights.contains(&key(&fact.location.place)) =>
        {
            let path = fact.location.place.innermost();
            let message =
                format!("`{path}` is a llamafile: a program ({container} for {architecture}) around its weights");
            Some(Judgement::of(fact, container, message))
        }
        _ => None,
    });
    judgements.collect()
}

fn key(place: &Place) -> (&str, &[String]) {
    (place.file_path(), place.members())
}

/// The container that the member at `place` lies in.
fn container(place: &Place) -> Option<(&str, &[String])> {
    place.members().split_last().map(|(_, around)| (place.file_path(), around))
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;

    fn gguf(place: &Place) -> Fact {
        let kind = FileFact::Identified { format: "gguf".into(), summary: String::new() };
        Fact { location: place.at(0..9), times: 1, kind: kind.into() }
    }

    fn program(place: &Place) -> Fact {
        let kind = ExecutableFact::Native { container: "PE".into(), architecture: "x86_64".into() };
        Fact { location: place.at(0..9), times: 1, kind: kind.into() }
    }

    fn judge(facts: &[Fact]) -> usize {
        PROGRAM_AROUND_WEIGHTS.judge(&Evidence::of(facts)).len()
    }

    #[test]
    fn a_program_with_weights_in_its_archive_is_a_llamafile() {
        let place = Place::file("toy.llamafile");
        assert_eq!(judge(&[program(&place), gguf(&place.member("model.gguf"))]), 1);
    }

    #[test]
    fn a_program_without_weights_is_no_llamafile() {
        assert_eq!(judge(&[program(&Place::file("setup.exe"))]), 0);
    }

    /// A repository of llama.cpp builds has both, in files of their own.
    #[test]
    fn weights_beside_a_program_are_not_in_it() {
        assert_eq!(judge(&[program(&Place::file("server")), gguf(&Place::file("model.gguf"))]), 0);
    }
}
