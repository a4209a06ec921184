//! Exit codes, the same for every command and format.

use std::process::ExitCode;

use headworks_types::Admission;

use crate::terminal;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Admitted, or nothing found.
    Fine,
    /// Nothing matched.
    NothingMatched,
    /// Held; for `scan`, nothing was found but something was not wholly understood.
    Held,
    /// The run could not finish: usage, I/O, a defect.
    Failed,
    /// Refused, or findings at or above the limit.
    Refused,
}

impl Exit {
    /// The code that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Refused => 1,
            Self::Failed => 2,
            Self::NothingMatched => 3,
            Self::Held => 4,
        }
    }

    /// The worse of two: a run over many artifacts ends as its worst one. The order is 1, 2, 4, 3, 0.
    pub(crate) fn worse(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Admission> for Exit {
    fn from(admission: Admission) -> Self {
        match admission {
            Admission::Admit => Self::Fine,
            Admission::Hold => Self::Held,
            Admission::Refuse => Self::Refused,
        }
    }
}

/// Says why a run could not finish.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    terminal::error(error);
    Exit::Failed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_artifact_decides_in_the_documented_order() {
        let codes = [Exit::Fine, Exit::NothingMatched, Exit::Held, Exit::Failed, Exit::Refused];
        let worst_first: Vec<u8> = codes.iter().rev().map(|exit| exit.code()).collect();
        assert_eq!(worst_first, [1, 2, 4, 3, 0]);
        assert_eq!(Exit::Held.worse(Exit::Failed), Exit::Failed);
    }
}
