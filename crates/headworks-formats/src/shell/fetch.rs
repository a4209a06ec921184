//! What a command fetches, from where and into which file.

use headworks_types::fact::Deed;

use super::deeds::{base, has, has_short, name, program};
use super::split::Pipeline;

/// Something that a command fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    /// Name of the file it is kept in, without folders; empty when it goes to a pipe.
    pub(super) file: String,
    /// Whether somebody on the way can change it.
    pub(super) is_unprotected: bool,
    /// Whether the command itself asks not to check the other end.
    pub(super) skips_check: bool,
}

/// Bytes of a file name that any file system takes.
const NAME_BYTES_MAX: usize = 255;

/// Commands after a clone that are searched for the one that fixes its commit.
const LATER_MAX: usize = 64;

/// What `command` fetches, in a pipeline that ends in the file `sink`.
pub(super) fn fetched(command: &[String], sink: Option<&str>) -> Vec<Fetched> {
    let skips_check = match name(command) {
        "curl" => has(command, &["--insecure"]) || has_short(command, 'k'),
        "wget" => has(command, &["--no-check-certificate"]),
        "aria2c" => has(command, &["--check-certificate=false"]),
        _ => return Vec::new(),
    };
    let urls: Vec<&String> = command.iter().skip(1).filter(|word| word.contains("://")).collect();
    let kept = output(command).or_else(|| redirected(command)).or(sink);
    let fetched = urls.into_iter().map(|url| {
        let by_name = || keeps_name(command).then(|| base(without_query(url)));
        let file = kept.or_else(by_name).filter(|file| file.len() <= NAME_BYTES_MAX).unwrap_or_default().to_owned();
        Fetched { file, is_unprotected: skips_check || is_plain(url), skips_check }
    });
    fetched.collect()
}

/// Whether the command keeps what it fetches under the name that the place gives it.
fn keeps_name(command: &[String]) -> bool {
    match name(command) {
        "curl" => has_short(command, 'O') || has(command, &["--remote-name", "--remote-name-all"]),
        _ => true,
    }
}

/// The file that an option names.
fn output(command: &[String]) -> Option<&str> {
    let (letter, long) = match name(command) {
        "wget" => ('O', "--output-document"),
        "curl" => ('o', "--output"),
        _ => ('o', "--out"),
    };
    let mut words = command.iter().skip(1);
    while let Some(word) = words.next() {
        let attached = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
        let bundle = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let value = match (attached, bundle.and_then(|bundle| bundle.split_once(letter))) {
            (Some(value), _) => Some(value),
            (None, Some((flags, value))) if flags.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                if value.is_empty() { words.next().map(String::as_str) } else { Some(value) }
            }
            _ if word == long => words.next().map(String::as_str),
            _ => None,
        };
        if let Some(value) = value {
            // A dash is the output itself.
            return Some(if value == "-" { "" } else { base(value) });
        }
    }
    None
}

fn redirected(command: &[String]) -> Option<&str> {
    let at = command.iter().position(|word| word == ">")?;
    let is_errors = at.checked_sub(1).and_then(|before| command.get(before)).is_some_and(|word| word == "2");
    let file = command.get(at.checked_add(1)?).filter(|file| !is_errors && !file.starts_with('&'))?;
    Some(base(file))
}

/// The file that the last command of a pipeline writes: `curl … | tee file`, `curl … | cat > file`.
pub(super) fn sink(last: &[String]) -> Option<&str> {
    match name(last) {
        "tee" => last.iter().skip(1).find(|word| !word.starts_with('-')).map(|file| base(file)),
        "cat" => redirected(last),
        _ => None,
    }
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// Whether a place is reached without encryption, and is not on the same machine.
pub(crate) fn is_plain(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let host = ["http://", "ftp://", "git://"].iter().find_map(|scheme| lower.strip_prefix(scheme));
    host.is_some_and(|host| !["localhost", "127.0.0.1", "[::1]"].iter().any(|own| host.starts_with(own)))
}

/// Names of variables that hold a commit, when nothing says which.
const COMMIT_WORDS: &[&str] = &["commit", "sha", "hash", "rev"];

/// What cloning a repository means when no later command of the list fixes its commit.
pub(super) fn clone(command: &[String], rest: &[Pipeline]) -> Option<Deed> {
    if name(command) != "git" || !has(command, &["clone"]) {
        return None;
    }
    let url = command.iter().find(|word| word.contains("://") || word.starts_with("git@"))?;
    if is_plain(url) || command.iter().any(|word| word == "http.sslVerify=false") {
        return Some(Deed::FetchUnprotected);
    }
    let later = rest.iter().take(LATER_MAX).flat_map(|pipeline| &pipeline.commands).map(|command| program(command));
    let fixes = |command: &[String]| {
        let moves = has(command, &["checkout", "reset", "switch", "fetch"]);
        name(command) == "git" && moves && command.iter().any(|word| is_commit(word))
    };
    let at_commit = command.iter().any(|word| word.strip_prefix("--revision=").is_some_and(is_commit));
    (!at_commit && !later.into_iter().any(fixes)).then_some(Deed::CloneUnpinned)
}

/// A full commit id, or a variable that is named like one.
fn is_commit(word: &str) -> bool {
    let is_id = matches!(word.len(), 40 | 64) && word.bytes().all(|digit| digit.is_ascii_hexdigit());
    let lower = word.to_ascii_lowercase();
    is_id || word.contains('$') && COMMIT_WORDS.iter().any(|named| lower.contains(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(command: &str) -> String {
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        fetched(&words, None).into_iter().map(|fetched| fetched.file).collect()
    }

    #[test]
    fn the_file_is_found_however_it_is_named() {
        for command in [
            "curl -fsSL -o /tmp/f https://x.invalid/a",
            "curl -fsSLo f https://x.invalid/a",
            "curl --output f https://x.invalid/a",
            "curl -LO https://x.invalid/b/f?token=1",
            "curl https://x.invalid/a > f",
            "wget https://x.invalid/f",
            "wget -qO f https://x.invalid/a",
            "wget --output-document=f https://x.invalid/a",
            "wget -O/tmp/f https://x.invalid/a",
        ] {
            assert_eq!(file(command), "f", "{command}");
        }
    }

    #[test]
    fn output_to_a_pipe_is_no_file() {
        for command in ["curl https://x.invalid/f", "wget -qO- https://x.invalid/f", "curl https://x.invalid/f 2 > &1"]
        {
            assert_eq!(file(command), "", "{command}");
        }
    }
}
