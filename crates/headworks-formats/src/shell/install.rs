//! Installers: where they take packages from, and which of their checks are switched off.

use headworks_types::fact::{Deed, PackageFact};

use super::deeds::{has, name};
use crate::python_package::requirements;

/// Options of package managers that leave signatures unchecked.
const UNSIGNED: &[(&str, &[&str])] = &[
    ("apt", &["--allow-unauthenticated", "--force-yes"]),
    ("apt-get", &["--allow-unauthenticated", "--force-yes"]),
    ("apk", &["--allow-untrusted"]),
    ("yum", &["--nogpgcheck", "--nogpg"]),
    ("dnf", &["--nogpgcheck", "--no-gpgchecks", "--nogpg"]),
    ("microdnf", &["--nogpgcheck"]),
    ("zypper", &["--no-gpg-checks"]),
    ("rpm", &["--nosignature", "--nodigest"]),
];

/// Variables that switch the check of the other end off, each with the values that leave it on.
const SWITCHES: &[(&str, &[&str])] = &[
    ("GIT_SSL_NO_VERIFY", &["", "0", "false"]),
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["", "1", "true"]),
    ("PYTHONHTTPSVERIFY", &["", "1"]),
    ("NPM_CONFIG_STRICT_SSL", &["", "1", "true"]),
    ("UV_INSECURE_HOST", &[""]),
];

/// Variables that say what an option of pip or uv says.
const OPTIONS: &[(&str, &str)] = &[
    ("PIP_INDEX_URL", "--index-url"),
    ("PIP_EXTRA_INDEX_URL", "--extra-index-url"),
    ("PIP_FIND_LINKS", "--find-links"),
    ("PIP_TRUSTED_HOST", "--trusted-host"),
    ("UV_INDEX_URL", "--index-url"),
    ("UV_DEFAULT_INDEX", "--index-url"),
    ("UV_EXTRA_INDEX_URL", "--extra-index-url"),
    ("UV_FIND_LINKS", "--find-links"),
];

/// Options of pip and uv that take the next word.
const TAKING: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--platform",
    "--python-version",
    "--python",
    "-p",
    "--cache-dir",
    "--timeout",
    "--retries",
    "--progress-bar",
    "--only-binary",
    "--no-binary",
    "--no-build-isolation-package",
    "--upgrade-strategy",
    "--src",
    "--implementation",
    "--abi",
    "--config-settings",
    "-C",
    "--index-strategy",
    "--torch-backend",
    "--group",
    "--extra",
    "--log",
    "--proxy",
    "--cert",
];

/// The checks that a command switches off.
pub(super) fn switched_off(command: &[String]) -> Option<Deed> {
    let program = name(command);
    let unsigned = UNSIGNED.iter().any(|(manager, options)| *manager == program && has(command, options));
    let says = |word: &str| command.iter().any(|own| own.contains(word));
    if unsigned || says("[trusted=yes") || says(" trusted=yes") || says("AllowUnauthenticated=true") {
        return Some(Deed::InstallUnsigned);
    }
    let unchecked = match program {
        "npm" | "yarn" | "pnpm" => {
            has(command, &["strict-ssl"]) && has(command, &["false"])
                || has(command, &["--strict-ssl=false", "strict-ssl=false"])
        }
        "git" => has(command, &["http.sslVerify", "http.sslverify"]) && has(command, &["false"]),
        _ => false,
    };
    unchecked.then_some(Deed::FetchUnprotected)
}

/// Whether a variable switches the check of the other end off.
pub(crate) fn is_check_switched_off(variable: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    SWITCHES.iter().any(|(name, on)| name.eq_ignore_ascii_case(variable) && !on.contains(&value.as_str()))
}

/// What a variable says to pip or uv, when its value is known.
pub(crate) fn environment_option(variable: &str, value: &str) -> Vec<PackageFact> {
    let option = OPTIONS.iter().find(|(name, _)| *name == variable).map(|(_, option)| *option);
    let values = value.split_whitespace().filter(|value| is_known(value));
    values.filter_map(|value| requirements::option(option?, value)).collect()
}

/// The requirements and options of a command that installs Python packages.
pub(super) fn packages(command: &[String]) -> Vec<PackageFact> {
    let Some(arguments) = arguments(command) else { return Vec::new() };
    let mut found = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        // What is redirected is no requirement.
        if matches!(word.as_str(), ">" | "<") {
            break;
        }
        let (option, attached) =
            word.split_once('=').map_or((word.as_str(), None), |(option, value)| (option, Some(value)));
        if TAKING.contains(&word.as_str()) {
            words.next();
        } else if word.starts_with('-') {
            let takes = attached.is_none() && requirements::takes_value(option);
            let value = if takes { words.next().map(String::as_str) } else { attached };
            found.extend(value.filter(|value| is_known(value)).and_then(|value| requirements::option(option, value)));
        } else if is_known(word) && word != "." {
            found.extend(requirements::facts(word));
        }
    }
    found
}

/// The words behind `pip install` and its relatives.
fn arguments(command: &[String]) -> Option<&[String]> {
    let program = name(command);
    let is_pip = |word: &str| {
        word.starts_with("pip") && !word.contains('-') && !word.starts_with("pipx") && !word.starts_with("pipenv")
    };
    let after = |from: usize| {
        let rest = command.get(from..)?;
        let install = rest.iter().position(|word| word == "install")?;
        // Options of pip itself may stand before the word.
        let only_options = rest.iter().take(install).all(|word| word.starts_with('-'));
        rest.get(install.checked_add(1)?..).filter(|_| only_options)
    };
    if is_pip(program) {
        after(1)
    } else if program.starts_with("python") && command.get(1..3).is_some_and(|pair| pair == ["-m", "pip"]) {
        after(3)
    } else if program == "uv" && command.get(1).is_some_and(|word| word == "pip") {
        after(2)
    } else {
        None
    }
}

/// A variable whose value nobody gives is whoever builds' own choice.
fn is_known(value: &str) -> bool {
    !value.is_empty() && !value.contains(['$', '`'])
}
