//! The commit of the working tree that a run starts from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use headworks_types::Digest;

/// A working tree as it was before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its top folder, without links.
    pub folder: PathBuf,
    /// The commit that is checked out.
    pub commit: String,
    /// Where it is fetched from, without credentials.
    pub remote: Option<String>,
    /// Whether tracked files differ from the commit, or untracked ones lie about.
    pub dirty: bool,
    /// Digest of the difference to the commit, when tracked files differ.
    pub difference: Option<Digest>,
    /// How many files are not tracked.
    pub untracked: usize,
}

impl Source {
    /// Asks git about the folder. None: there is no git, no working tree or no commit.
    pub fn of(folder: &Path) -> Option<Self> {
        let top = line(git(folder, &["rev-parse", "--show-toplevel"])?)?;
        let commit = line(git(folder, &["rev-parse", "--verify", "HEAD^{commit}"])?)?;
        let top = PathBuf::from(top).canonicalize().ok()?;
        // Both are asked at the top: git lists what is below where it runs.
        let status = git(&top, &["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"])?;
        let entries = || status.split(|&byte| byte == 0).filter(|entry| !entry.is_empty());
        let untracked = entries().filter(|entry| entry.starts_with(b"??")).count();
        let changed = entries().count() > untracked;
        let flags = ["diff", "--no-ext-diff", "--no-textconv", "--binary", "--no-color", "--no-renames", "HEAD"];
        let difference = if changed { Some(Digest::of(&git(&top, &flags)?)) } else { None };
        let remote = git(folder, &["config", "--get", "remote.origin.url"]).and_then(line);
        let remote = remote.map(|url| without_credentials(&url));
        Some(Self { folder: top, commit, remote, dirty: changed || untracked > 0, difference, untracked })
    }
}

/// Runs git so that neither the tree's settings nor the environment make it start anything or wait.
fn git(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("git");
    for setting in ["core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "diff.external="] {
        command.args(["-c", setting]);
    }
    command.arg("--no-pager").args(arguments).current_dir(folder);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_CONFIG_COUNT"]
    {
        command.env_remove(variable);
    }
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn line(output: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(output).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// What stands between `//` and `@` is a name and often a token.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_of_a_remote() {
        let cases = [
            ("https://ada:token@code.example/x.git", "https://code.example/x.git"),
            ("https://code.example/a@b.git", "https://code.example/a@b.git"),
            ("https://a@b@code.example", "https://code.example"),
            ("git@code.example:x.git", "git@code.example:x.git"),
        ];
        for (url, wanted) in cases {
            assert_eq!(without_credentials(url), wanted);
        }
    }

    #[test]
    fn a_folder_without_a_tree_has_no_source() {
        assert_eq!(Source::of(tempfile::tempdir().unwrap().path()), None);
    }

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("train.py"), "pass\n").unwrap();
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false"];
        let commands: [&[&str]; 3] = [&["init", "-q"], &["add", "."], &[&who[..], &["commit", "-qm", "x"]].concat()];
        for arguments in commands {
            assert!(git(folder.path(), arguments).is_some(), "{arguments:?}");
        }
        folder
    }

    #[test]
    fn a_tree_as_committed_is_not_dirty() {
        let tree = tree();
        let source = Source::of(tree.path()).unwrap();
        assert_eq!((source.dirty, source.difference, source.commit.len()), (false, None, 40));
    }

    #[test]
    fn a_change_has_a_digest_and_an_untracked_file_is_dirt() {
        let tree = tree();
        std::fs::write(tree.path().join("train.py"), "evil\n").unwrap();
        let changed = Source::of(tree.path()).unwrap();
        assert!(changed.dirty && changed.difference.is_some() && changed.untracked == 0);
        std::fs::write(tree.path().join("train.py"), "pass\n").unwrap();
        std::fs::write(tree.path().join("new.py"), "").unwrap();
        let more = Source::of(tree.path()).unwrap();
        assert!(more.dirty && more.difference.is_none() && more.untracked == 1);
    }

    #[test]
    fn settings_of_the_tree_start_nothing() {
        let tree = tree();
        let mark = tree.path().join("mark");
        let start = format!("touch {}; false", mark.display());
        for key in ["core.fsmonitor", "diff.external", "core.pager"] {
            git(tree.path(), &["config", key, &start]).unwrap();
        }
        std::fs::write(tree.path().join("train.py"), "changed\n").unwrap();
        assert!(Source::of(tree.path()).is_some_and(|source| source.dirty));
        assert!(!mark.exists());
    }
}
