//! Unix modes of archive members: what an extraction makes besides files.

/// File types, as `stat` has them.
const TYPE_MASK: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const SPECIAL: [(u32, &str); 4] =
    [(0o010_000, "pipe"), (0o020_000, "character device"), (0o060_000, "block device"), (0o140_000, "socket")];

/// The bits that make a program run with the rights of its owner or group.
const PRIVILEGES: u32 = 0o6000;

/// The mode of a member; zero where the archive states none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FileMode(pub(crate) u32);

impl FileMode {
    /// Whether it is a symbolic link.
    pub(crate) fn is_link(self) -> bool {
        self.0 & TYPE_MASK == LINK
    }

    /// Whether it is a directory.
    pub(crate) fn is_folder(self) -> bool {
        self.0 & TYPE_MASK == FOLDER
    }

    /// Which special file it is.
    pub(crate) fn special(self) -> Option<&'static str> {
        SPECIAL.iter().find(|(kind, _)| *kind == self.0 & TYPE_MASK).map(|&(_, name)| name)
    }

    /// The permissions in octal digits, when a program with them runs with rights that are not its user's.
    pub(crate) fn privileged(self) -> Option<String> {
        (self.0 & PRIVILEGES != 0).then(|| format!("{:o}", self.0 & 0o7777))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_privileges_are_told_apart() {
        assert!(FileMode(0o120_777).is_link() && !FileMode(0o140_777).is_link());
        assert_eq!(FileMode(0o140_777).special(), Some("socket"));
        assert_eq!(FileMode(0o100_644).special(), None);
        assert!(FileMode(0o040_755).is_folder());
        assert_eq!(FileMode(0o104_755).privileged().as_deref(), Some("4755"));
        assert_eq!(FileMode(0o100_755).privileged(), None);
    }
}
