//! Names and versions of distributions, as installers compare them.

use headworks_types::fact::PackageFact;

/// A name as PEP 503 compares it: lower case, runs of `-`, `_` and `.` as one dash.
pub(super) fn normal(name: &str) -> String {
    let mut normal = String::new();
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

/// A version in the spelling that file names use, as far as the difference is one of spelling.
fn normal_version(version: &str) -> String {
    let lower = version.trim().trim_start_matches('v').to_lowercase();
    let plain: String = lower.chars().map(|c| if matches!(c, '-' | '_') { '.' } else { c }).collect();
    let spelled = plain
        .replace("alpha", "a")
        .replace("beta", "b")
        .replace(".rc", "rc")
        .replace(".post", "post")
        .replace(".dev", "dev");
    let spelled = spelled.replace('+', ".");
    // `1.0` and `1.0.0` are one version, and so are `1.05` and `1.5`.
    let parts = spelled.split('.').map(|part| part.trim_start_matches('0'));
    let mut parts: Vec<&str> = parts.collect();
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts.join(".")
}

/// The facts that `name` and `version` at `other` are not those of the metadata.
pub(super) fn disagreements(metadata: (&str, &str), other: &str, stated: (&str, &str)) -> Vec<PackageFact> {
    let fact = |field: &str, metadata: &str, value: &str| PackageFact::NamesDisagree {
        field: field.into(),
        metadata: metadata.into(),
        other: other.into(),
        value: value.into(),
    };
    let mut facts = Vec::new();
    if normal(metadata.0) != normal(stated.0) {
        facts.push(fact("name", metadata.0, stated.0));
    }
    if normal_version(metadata.1) != normal_version(stated.1) {
        facts.push(fact("version", metadata.1, stated.1));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_and_version_agree() {
        assert!(
            disagreements(("Typing.Extensions", "1.0.0rc1"), "file name", ("typing_extensions", "1.0.0.rc1"))
                .is_empty()
        );
        assert!(disagreements(("pytz", "2024.01"), "file name", ("pytz", "2024.1")).is_empty());
        assert!(disagreements(("x", "1.0+cu118"), "file name", ("x", "1.0_cu118")).is_empty());
    }

    #[test]
    fn another_name_or_version_does_not() {
        assert_eq!(disagreements(("requests", "2.0"), "file name", ("request", "2.1")).len(), 2);
    }
}
