use headworks_types::{Confidence, Severity, fact::ArchiveFact};

use super::each;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for archive members whose bytes do not have the checksum that is stored for them.
    ///
    /// **Why it matters.** Either the archive was damaged, or somebody changed the bytes and left the
    /// checksum, or wrote a wrong one on purpose: scanners stop at it, PyTorch never compares it and loads
    /// the member (CVE-2025-10156). The bytes are inspected all the same.
    ///
    /// **Example.** A `data.pkl` whose checksum has one bit changed.
    ///
    /// **What it misses.** Changes whose author computed the checksum again; it is no signature. PyTorch can
    /// be told to write archives without checksums, and those are not reported.
    CHECKSUM_MISMATCH {
        id: "checksum-mismatch",
        title: "A member's bytes do not have their checksum",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CVE-2025-10156", "CWE-354"],
        hint: "fetch the file again; if it stays, ask its publisher",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    each(evidence, |fact| match fact {
        ArchiveFact::ChecksumMismatch { path } => {
            Some((path.clone(), format!("the bytes of `{path}` do not have the checksum that is stored for them")))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    #[test]
    fn bytes_with_another_checksum_are_reported() {
        assert_eq!(judge(&CHECKSUM_MISMATCH, ArchiveFact::ChecksumMismatch { path: "data.pkl".into() }).len(), 1);
    }

    #[test]
    fn checksums_that_two_headers_state_differently_are_another_rules_business() {
        let (field, local, central) = ("crc-32".into(), "0x1".into(), "0x2".into());
        assert!(
            judge(&CHECKSUM_MISMATCH, ArchiveFact::HeadersDisagree { path: "data.pkl".into(), field, local, central })
                .is_empty()
        );
    }
}
