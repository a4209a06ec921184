//! Which program a command starts, and what it does with a file.

/// Words before the program: who runs it, how, and with which variables.
const PREFIXES: &[&str] = &["sudo", "env", "exec", "nice", "command", "nohup", "time", "-E", "-H"];

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh"];

const INTERPRETERS: &[&str] = &["python", "python3", "perl", "ruby", "node", "php"];

/// The command from its program on.
pub(super) fn program(command: &[String]) -> &[String] {
    let is_prefix = |word: &String| PREFIXES.contains(&word.as_str()) || is_assignment(word);
    let start = command.iter().position(|word| !is_prefix(word)).unwrap_or(command.len());
    command.get(start..).unwrap_or_default()
}

fn is_assignment(word: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && is_name(name))
}

/// Name of the program without its folder.
pub(super) fn name(command: &[String]) -> &str {
    command.first().map_or("", |word| base(word))
}

/// A path without its folders.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether the command has one of these words behind its program.
pub(super) fn has(command: &[String], wanted: &[&str]) -> bool {
    command.iter().skip(1).any(|word| wanted.contains(&word.as_str()))
}

/// Whether one letter is among the short options, alone or with others, as in `-fsSLk`.
pub(super) fn has_short(command: &[String], letter: char) -> bool {
    command.iter().skip(1).any(|word| {
        let letters = word.strip_prefix('-').filter(|letters| letters.bytes().all(|byte| byte.is_ascii_alphabetic()));
        letters.is_some_and(|letters| letters.contains(letter))
    })
}

/// The script that the command hands to a shell in one word.
pub(super) fn script(command: &[String]) -> Option<&str> {
    let program = name(command);
    if program == "eval" {
        return command.get(1).map(String::as_str);
    }
    let is_switch =
        |word: &String| word.strip_prefix('-').is_some_and(|letters| letters.ends_with('c') && letters.len() <= 4);
    let at = command.iter().position(is_switch)?;
    let takes = SHELLS.contains(&program) || matches!(program, "su" | "runuser");
    command.get(at.checked_add(1)?).filter(|_| takes).map(String::as_str)
}

/// Whether the command compares what was fetched with a digest or a signature.
pub(super) fn checks(command: &[String]) -> bool {
    match name(command) {
        "sha256sum" | "sha512sum" | "sha384sum" | "shasum" | "b2sum" => {
            has(command, &["--check"]) || has_short(command, 'c')
        }
        "gpg" | "gpg2" => has(command, &["--verify"]),
        "gpgv" | "gpgv2" => true,
        "cosign" | "gh" | "slsa-verifier" => has(command, &["verify", "verify-blob", "attestation", "verify-artifact"]),
        "minisign" | "signify" => has_short(command, 'V'),
        "openssl" => has(command, &["-verify"]),
        "rpm" | "rpmkeys" => has(command, &["-K", "--checksig"]),
        _ => false,
    }
}

/// Whether the command runs, installs or makes a program of the file with this name.
pub(super) fn runs(command: &[String], file: &str) -> bool {
    let Some(program) = command.first() else { return false };
    let arguments = || command.iter().skip(1).filter(|word| !word.starts_with('-'));
    let is_file = |word: &String| base(word) == file;
    match name(command) {
        "." | "source" => arguments().next().is_some_and(is_file),
        shell if SHELLS.contains(&shell) => {
            let names = |script: &String| script.split_whitespace().any(|word| base(word) == file);
            arguments().next().is_some_and(is_file) || has(command, &["-c"]) && arguments().any(names)
        }
        interpreter if INTERPRETERS.iter().any(|known| is_version_of(interpreter, known)) => {
            arguments().next().is_some_and(is_file)
        }
        "chmod" => arguments().next().is_some_and(|mode| makes_program(mode)) && arguments().skip(1).any(is_file),
        "dpkg" | "rpm" => {
            let installs = has_short(command, 'i') || has_short(command, 'U') || has(command, &["--install"]);
            installs && arguments().any(is_file)
        }
        "apt" | "apt-get" | "yum" | "dnf" | "apk" | "pip" | "pip3" => {
            arguments().any(|word| word.contains('/') && is_file(word))
        }
        _ => is_file(program),
    }
}

/// `python3.12` is a `python3`.
fn is_version_of(program: &str, known: &str) -> bool {
    let rest = program.strip_prefix(known);
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// Whether a mode lets somebody run the file.
fn makes_program(mode: &str) -> bool {
    let octal = !mode.is_empty() && mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    match octal {
        true => mode.bytes().rev().take(3).any(|digit| digit % 2 == 1),
        false => mode.contains('x') && mode.contains(['+', '=']),
    }
}

/// Whether the command lets every user write to a path that is no shared folder with its sticky bit.
pub(super) fn opens(command: &[String]) -> bool {
    let modes = || command.iter().skip(1).filter(|word| !word.starts_with('-'));
    let is_open = |mode: &String| {
        matches!(mode.trim_start_matches('0'), "777" | "776" | "766" | "666" | "757" | "677")
            || matches!(mode.as_str(), "a+rwx" | "ugo+rwx" | "+rwx" | "a+w" | "o+w" | "a=rwx" | "a+rw" | "ugo+rw")
    };
    name(command) == "chmod" && modes().next().is_some_and(is_open)
}
