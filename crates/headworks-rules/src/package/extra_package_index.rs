use headworks_types::fact::PackageFact;
use headworks_types::{Confidence, Fact, FactKind, Severity};

use super::Packages;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for `--index-url`, `--extra-index-url`, `--find-links` and `--trusted-host` in lists of requirements, and
    /// in commands and variables of build files. An index without TLS, and a host whose certificate is not checked, are judged higher.
    ///
    /// **Why it matters.** With two indexes, whoever registers a name on the other one with a higher version wins:
    /// dependency confusion, as in the torchtriton incident of 2022. A list in a model repository has no business to
    /// choose the index of whoever installs it. The indexes of PyPI, and PyTorch's own for wheels of one platform, are
    /// only noted, and so is what the `pyproject.toml` of a packed distribution says, for tools read that of the project
    /// they work on.
    ///
    /// **Example.** `--extra-index-url http://packages.invalid/simple`
    ///
    /// **What it misses.** Settings of the installer outside of the list.
    EXTRA_PACKAGE_INDEX {
        id: "extra-package-index",
        title: "A list of requirements or a build changes where packages come from",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-04"],
        references: &["CWE-427", "CWE-295", "AML.T0010.001"],
        hint: "serve the packages from one controlled index, and leave the choice of it to the installer's own settings",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let packages = Packages::of(evidence);
    evidence
        .facts
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::Package(PackageFact::InstallerOption { option, value }) => {
                let severity = match option.as_str() {
                    "--trusted-host" => Severity::High,
                    "--index-url" | "--extra-index-url" | "--find-links" if value.starts_with("http://") => {
                        Severity::High
                    }
                    "--index-url" | "--extra-index-url" | "--find-links" if is_known(value) => Severity::Low,
                    "--index-url" | "--extra-index-url" => Severity::Medium,
                    "--find-links" if value.contains("://") => Severity::Medium,
                    _ => return None,
                };
                let severity = if is_unread(fact, &packages) { Severity::Low } else { severity };
                let message = format!("packages are installed with `{option}` set to `{value}`");
                Some(Judgement::of(fact, format!("{option} {value}"), message).with_severity(severity))
            }
            _ => None,
        })
        .collect()
}

/// Whether nobody who installs the package reads the setting: a tool asks only the project that it works on.
fn is_unread(fact: &Fact, packages: &Packages<'_>) -> bool {
    let place = &fact.location.place;
    packages.is_beside_the_code(place) || (packages.contains(place) && place.base_name() == "pyproject.toml")
}

const KNOWN: &[&str] = &[
    "https://pypi.org/",
    "https://download.pytorch.org/",
    "https://data.pyg.org/",
    "https://storage.googleapis.com/jax-releases/",
    "https://pypi.nvidia.com",
    "https://pypi.ngc.nvidia.com",
];

fn is_known(url: &str) -> bool {
    KNOWN.iter().any(|known| {
        url.strip_prefix(known).is_some_and(|rest| known.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use headworks_types::Place;

    use super::*;

    fn severities(path: &str, kind: PackageFact) -> Vec<Severity> {
        let facts = [Fact { location: Place::file(path).at(0..9), times: 1, kind: kind.into() }];
        EXTRA_PACKAGE_INDEX.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    fn option(option: &str, value: &str) -> PackageFact {
        PackageFact::InstallerOption { option: option.into(), value: value.into() }
    }

    #[test]
    fn another_index_holds_and_one_without_tls_refuses() {
        assert_eq!(
            severities("requirements.txt", option("--extra-index-url", "https://p.invalid/simple")),
            [Severity::Medium]
        );
        assert_eq!(severities("requirements.txt", option("--index-url", "http://p.invalid/simple")), [Severity::High]);
        assert_eq!(
            severities("requirements.txt", option("--index-url", "https://pypi.nvidia.com.evil.invalid/")),
            [Severity::Medium]
        );
    }

    /// Every list for one CUDA version has it.
    #[test]
    fn the_wheels_of_pytorch_are_noted_only() {
        assert_eq!(
            severities("requirements.txt", option("--extra-index-url", "https://download.pytorch.org/whl/cu121")),
            [Severity::Low]
        );
    }

    #[test]
    fn channels_and_other_options_are_not_reported() {
        assert_eq!(severities("environment.yml", option("channels", "conda-forge")), []);
    }
}
