use headworks_types::fact::{BuildFact, Deed, ImagePin};
use headworks_types::{Confidence, FactKind, Severity};

use super::commands;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for images that a build starts from, copies out of or is read by without a digest, and for repositories
    /// that it clones at no fixed commit.
    ///
    /// **Why it matters.** A tag and a branch can be moved, so that the next build starts from something else that
    /// nobody checked. Nearly every build file does it, so it is only noted.
    ///
    /// **Example.** `FROM python:3.12-slim`; `COPY --from=ghcr.io/example/tool:latest /tool /bin/`.
    ///
    /// **What it misses.** What the image behind a digest holds.
    UNPINNED_BUILD_INPUT {
        id: "unpinned-build-input",
        title: "A build starts from something that can change",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-INT-01", "HW-DEP-03"],
        references: &["CWE-829", "CWE-1357"],
        hint: "add the digest: `FROM image:tag@sha256:…`, and check out a full commit id",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let clones = commands(evidence).filter(|(_, _, deed, _)| *deed == Deed::CloneUnpinned);
    let clones = clones.map(|(fact, at, _, excerpt)| {
        Judgement::of(fact, excerpt, format!("`{at}` clones at no fixed commit: `{excerpt}`"))
    });
    let images = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Build(BuildFact::Image { by, image, pin }) => {
            let how = match pin {
                ImagePin::Digest => return None,
                ImagePin::Tag => "by a tag",
                ImagePin::None => "without a version",
                ImagePin::Variable => "by a variable that has no value here",
            };
            Some(Judgement::of(fact, image, format!("`{by}` names the image `{image}` {how}")))
        }
        _ => None,
    });
    images.chain(clones).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{command, severities};
    use super::*;

    fn image(pin: ImagePin) -> Vec<Severity> {
        severities(&UNPINNED_BUILD_INPUT, BuildFact::Image { by: "FROM".into(), image: "a".into(), pin })
    }

    #[test]
    fn a_tag_is_noted_and_a_digest_is_not() {
        assert_eq!(image(ImagePin::Tag), [Severity::Low]);
        assert_eq!(image(ImagePin::None), [Severity::Low]);
        assert_eq!(image(ImagePin::Digest), []);
        assert_eq!(severities(&UNPINNED_BUILD_INPUT, command(Deed::CloneUnpinned)), [Severity::Low]);
    }
}
