use headworks_types::fact::Deed;
use headworks_types::{Confidence, Severity};

use super::commands;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for commands of a build that let every user write to a path, as `chmod 777` does.
    ///
    /// **Why it matters.** Any process in the container can then replace the program or the weights that another one
    /// loads. Shared folders with the sticky bit (`1777`) are not meant.
    ///
    /// **Example.** `RUN chmod -R 777 /app`
    ///
    /// **What it misses.** Modes that files of the build context already have, and `COPY --chmod`.
    OPEN_PATH {
        id: "open-path",
        title: "A build lets everybody write to a path",
        severity: Severity::Low,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-732"],
        hint: "give the path to the one user that writes to it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let open = commands(evidence).filter(|(_, _, deed, _)| *deed == Deed::OpenToAll);
    open.map(|(fact, at, _, excerpt)| {
        Judgement::of(fact, excerpt, format!("`{at}` lets everybody write to a path: `{excerpt}`"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{command, severities};
    use super::*;

    #[test]
    fn an_open_path_is_noted_and_other_commands_are_not() {
        assert_eq!(severities(&OPEN_PATH, command(Deed::OpenToAll)), [Severity::Low]);
        assert_eq!(severities(&OPEN_PATH, command(Deed::CloneUnpinned)), []);
    }
}
