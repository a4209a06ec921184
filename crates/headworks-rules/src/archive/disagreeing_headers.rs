use headworks_types::{Confidence, FactKind, Severity, fact::ArchiveFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for zip members whose local header and directory entry say different things: path, flags,
    /// method, checksum, sizes or the record behind the bytes; and for end records that contradict each
    /// other.
    ///
    /// **Why it matters.** A scanner that goes by one header and a loader that goes by the other see
    /// different files, which is how several scanners were made to pass a pickle that runs code: a flag
    /// bit that only one of them heeds is enough. Both readings are inspected here, but no honest writer
    /// makes the two differ.
    ///
    /// **Example.** The directory says that `data.pkl` is encrypted, so the scanner skips it; PyTorch does
    /// not look at the flag and loads it (GHSA-w8jq-xcqf-f792).
    ///
    /// **What it misses.** Differences in fields that no reader acts on: time stamps, versions, comments.
    /// Old Windows tools write `\` in one header and `/` in the other, and some writers mark an ASCII path
    /// as UTF-8 in one header only; both are reported as low.
    DISAGREEING_HEADERS {
        id: "disagreeing-headers",
        title: "The two headers of a zip member disagree",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CVE-2025-10156", "GHSA-w8jq-xcqf-f792", "GHSA-7q5r-7gvp-wc82", "CWE-436"],
        hint: "pack the files again with an ordinary zip tool, or ask the publisher to",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Archive(ArchiveFact::HeadersDisagree { path, field, local, central }) => {
            let message = format!("the headers of `{path}` disagree about its {field}");
            let evidence = format!("{field}: `{local}` before the member, `{central}` in the directory");
            let judgement = Judgement::of(fact, format!("{path} {field}"), message).with_evidence(evidence);
            Some(if is_spelling(path, field, local, central) {
                judgement.with_severity(Severity::Low)
            } else {
                judgement
            })
        }
        _ => None,
    });
    judgements.collect()
}

/// Whether the two say the same in the two ways that honest tools have of saying it.
fn is_spelling(path: &str, field: &str, local: &str, central: &str) -> bool {
    const UTF8_FLAG: u16 = 1 << 11;
    let bits = |flags: &str| u16::from_str_radix(flags.strip_prefix("0x")?, 16).ok();
    match field {
        "name" => local.replace('\\', "/") == central.replace('\\', "/"),
        "flags" => path.is_ascii() && bits(local).zip(bits(central)).is_some_and(|(a, b)| a ^ b == UTF8_FLAG),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::judge;

    fn severity(field: &str, local: &str, central: &str) -> Option<Severity> {
        let (field, local, central) = (field.into(), local.into(), central.into());
        judge(&DISAGREEING_HEADERS, ArchiveFact::HeadersDisagree { path: "data.pkl".into(), field, local, central })[0]
            .severity
    }

    #[test]
    fn an_encryption_flag_in_one_header_is_as_bad_as_the_rule_says() {
        assert_eq!(severity("flags", "0x0001", "0x0000"), None);
        assert_eq!(severity("flags", "0x0801", "0x0000"), None);
        assert_eq!(severity("name", "note.txt", "data.pkl"), None);
    }

    #[test]
    fn two_spellings_of_the_same_are_low() {
        assert_eq!(severity("flags", "0x0000", "0x0800"), Some(Severity::Low));
        assert_eq!(severity("name", "dir\\data.pkl", "dir/data.pkl"), Some(Severity::Low));
    }

    #[test]
    fn a_wrong_checksum_in_both_headers_is_another_rules_business() {
        assert!(judge(&DISAGREEING_HEADERS, ArchiveFact::ChecksumMismatch { path: "data.pkl".into() }).is_empty());
    }
}
