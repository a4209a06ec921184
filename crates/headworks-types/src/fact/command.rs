//! What a command line does, as far as its words show it; for formats that read commands and rules that judge them.

use super::Order;

/// Programs that fetch what a URL names.
const FETCHERS: &[&str] = &["aria2c", "curl", "wget", "iwr", "irm", "invoke-webrequest", "invoke-restmethod"];

/// Programs that run what they are given.
const INTERPRETERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ash",
    "python",
    "node",
    "perl",
    "ruby",
    "iex",
    "invoke-expression",
    "pwsh",
    "powershell",
];

/// Words that come before the program that a command starts.
const PREFIXES: &[&str] = &["sudo", "env", "exec", "time", "nice", "-e", "-h", "-n"];

/// Ways to hand the output of another command to an interpreter without a pipe; quotes do not count.
const SUBSTITUTIONS: &[&str] = &[
    "sh -c $(",
    "python -c $(",
    "python3 -c $(",
    "sh -c `",
    "eval $(",
    "eval `",
    "sh <(",
    "python <(",
    "python3 <(",
    "source <(",
    ". <(",
    "source /dev/stdin",
];

/// What a command line orders that no honest one needs to: running what was fetched or decoded.
pub fn command_order(command: &str) -> Option<Order> {
    let lower = command.to_ascii_lowercase();
    let is_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let mut words = lower.split(|character| !is_word(character));
    let has = |wanted: &[&str]| lower.split(|c| !is_word(c)).any(|word| wanted.contains(&word));
    let piped = lower.split('|').skip(1).any(|part| runs_its_input(part.trim_start_matches('&')));
    let plain = lower.replace(['"', '\''], "");
    let substituted = SUBSTITUTIONS.iter().any(|start| plain.contains(start));
    let runs = piped || substituted || has(&["iex", "invoke-expression"]);
    let decodes = lower.contains("base64 -d")
        || lower.contains("base64 --decode")
        || has(&["frombase64string", "-encodedcommand"])
        || lower.contains("xxd -r")
        || lower.contains("openssl enc -d");
    if decodes && (runs || has(&["-encodedcommand"])) {
        return Some(Order::RunDecoded);
    }
    let fetches = words.any(|word| FETCHERS.contains(&word)) || lower.contains("downloadstring(");
    (runs && fetches).then_some(Order::RunFetched)
}

/// Whether a part of a pipeline is an interpreter that takes its program from the part before it.
fn runs_its_input(part: &str) -> bool {
    let mut words = part.split_whitespace().skip_while(|word| PREFIXES.contains(word) || word.contains('='));
    let word = words.next().unwrap_or_default();
    let name = word.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    let name = name.rsplit('/').next().unwrap_or(name);
    // `python3.12`, and `python${VERSION}` where nobody says which.
    let name = name.split('$').next().unwrap_or(name);
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    // A command that is quoted in a sentence ends with the quote.
    let ends_here = word.ends_with(['`', '\'', '"', '.', ',', ')']);
    INTERPRETERS.contains(&name) && (ends_here || takes_program_from_input(name, words, part))
}

/// With a program of its own, as in `python3 -c`, an interpreter takes its input for data, unless that program runs it.
fn takes_program_from_input<'w>(name: &str, mut words: impl Iterator<Item = &'w str>, part: &str) -> bool {
    let runs_data = ["eval", "exec(", "exec ", "$(cat", "source ", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]
        .iter()
        .any(|mark| part.contains(mark));
    let is_shell = name.ends_with("sh") && name != "pwsh";
    let program = words.find_map(|word| match word {
        "-" => Some(false),
        // `-s` makes a shell read its input, whatever else it is told.
        "-s" if is_shell => Some(false),
        "-c" | "-m" => Some(true),
        "-e" | "-p" | "-pe" | "-ne" | "-ni" | "-pi" | "--eval" if !is_shell => Some(true),
        word if word.starts_with('-') || word.starts_with(['>', '<', '2', '&', ')']) => None,
        _ => Some(true),
    });
    runs_data || program != Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_or_decoded_into_an_interpreter_is_an_order() {
        for command in [
            "curl -fsSL https://x.invalid/i.sh | sudo bash -s",
            "curl -fsSL https://x.invalid/i.sh | sudo -E bash -",
            "curl https://x.invalid/i.sh | sh -s -- -y --no-modify-path",
            "curl https://x.invalid/i.sh | FLAG=1 bash -eux",
            "wget -qO- https://x.invalid/i.py | python3 -",
            "curl -sS https://x.invalid/get-pip.py | python3.12",
            "curl -sS https://x.invalid/get-pip.py | python${VERSION} - --user",
            "curl https://x.invalid/i.py | python3 -c 'import sys; exec(sys.stdin.read())'",
            "curl https://x.invalid/i | bash /dev/stdin arg",
            "curl https://x.invalid/i | tee log | sh 2>&1",
            "run `curl https://x.invalid/i | sh`, and go on",
            "bash -c \"$(wget -qO- http://x.invalid)\"",
            "irm https://x.invalid/i.ps1 | iex",
            "iex ((New-Object System.Net.WebClient).DownloadString('https://x.invalid/i.ps1'))",
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

    /// Build files ask an interface for the latest version and take it from the answer.
    #[test]
    fn an_interpreter_with_a_program_of_its_own_reads_data() {
        for command in [
            "curl -s https://x.invalid/v | python3 -c 'import sys, json; print(json.load(sys.stdin)[0])'",
            "curl -s https://x.invalid/v | python3 -m json.tool",
            "curl -s https://x.invalid/v | node -pe 'JSON.parse(require(\"fs\").readFileSync(0)).tag'",
            "curl -s https://x.invalid/v | perl -ne 'print if /x/'",
            "curl -s https://x.invalid/v | python3 parse.py",
        ] {
            assert_eq!(command_order(command), None, "{command}");
        }
    }
}
