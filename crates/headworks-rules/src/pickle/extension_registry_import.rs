use headworks_types::fact::PickleFact;
use headworks_types::{Confidence, Severity};

use super::reported::{events, line};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for the opcodes EXT1, EXT2 and EXT4, which import through `copyreg`'s extension registry.
    ///
    /// **Why it matters.** The registry is filled by the process that loads the file, so the bytes do
    /// not say what is imported, and the same file does different things in different processes.
    ///
    /// **Example.** `EXT1 1` in a process where some package registered `os.system` under code 1.
    ///
    /// **What it misses.** Nothing: every use of these opcodes is reported. No model library uses them.
    EXTENSION_REGISTRY_IMPORT {
        id: "extension-registry-import",
        title: "A pickle imports by a number that only the loading process can resolve",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "CWE-913"],
        hint: "do not load this file; ask its publisher for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let extensions = events(evidence).filter_map(|(fact, event)| match event {
        PickleFact::Extension { code } => {
            let place = &fact.location.place;
            let message = format!("`{place}` imports extension code {code}, which no file can resolve");
            Some(Judgement::of(fact, format!("extension {code}"), message).with_evidence(line(fact, event)))
        }
        _ => None,
    });
    extensions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::constructed::{facts, import};

    fn judge(event: PickleFact) -> usize {
        EXTENSION_REGISTRY_IMPORT.judge(&Evidence::of(&facts(vec![event]))).len()
    }

    #[test]
    fn an_extension_code_is_reported() {
        assert_eq!(judge(PickleFact::Extension { code: 240 }), 1);
    }

    #[test]
    fn an_import_by_name_is_not() {
        assert_eq!(judge(import("posix", "system")), 0);
        assert_eq!(judge(PickleFact::OutOfBandBuffer), 0);
    }
}
