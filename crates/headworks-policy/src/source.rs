//! Rego source as far as it must be understood before it is handed to the engine: which builtins it
//! names, and which tests it holds.

use crate::PolicyError;

/// Builtins whose answer comes from outside, with the number of their arguments and what to use instead.
pub(crate) const FORBIDDEN: &[(&str, u8, &str)] = &[
    ("http.send", 1, "record what the answer would be as evidence, and read it from `input`"),
    ("io.jwt.decode_verify", 2, "record the verified statement as evidence, and read it from `input`"),
    ("net.lookup_ip_addr", 1, "record what the answer would be as evidence, and read it from `input`"),
    ("opa.runtime", 0, "put the value into the policy's data"),
    ("rand.intn", 2, "a verdict must come out the same twice"),
    ("rego.parse_module", 2, "put the rule into the policy itself"),
    ("time.now_ns", 0, "use `input.now_ms`, which the record keeps"),
    ("uuid.rfc4122", 1, "a verdict must come out the same twice"),
];

/// A word or a sign of the source, with its line; comments are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// Line, from 1.
    pub(crate) line: u64,
    /// Whether nothing stands before it on its line.
    first: bool,
    /// The word, the sign, or a whole string with its quotes.
    text: &'a str,
}

/// Refuses builtins that reach for the network, the clock, chance or the host.
///
/// This is the early and friendly half of the ban; the engine refuses the calls themselves, however
/// they are spelled.
pub(crate) fn refuse_forbidden(file: &str, text: &str) -> Result<(), PolicyError> {
    let tokens = tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        let is_root = at.checked_sub(1).and_then(|before| tokens.get(before)).is_none_or(|before| before.text != ".");
        let named = FORBIDDEN.iter().find(|(name, ..)| is_root && spells(&tokens, at, name));
        if let Some((builtin, _, hint)) = named {
            let (file, builtin, hint) = (file.to_owned(), (*builtin).to_owned(), (*hint).to_owned());
            return Err(PolicyError::Forbidden { file, line: token.line, builtin, hint });
        }
    }
    Ok(())
}

/// Whether the tokens from `at` on are the dotted name, written with dots or with brackets.
fn spells(tokens: &[Token<'_>], at: usize, name: &str) -> bool {
    let mut rest = tokens.get(at..).unwrap_or_default().iter().map(|token| token.text);
    let mut parts = name.split('.');
    if parts.next() != rest.next() {
        return false;
    }
    parts.all(|part| match rest.next() {
        Some(".") => rest.next() == Some(part),
        Some("[") => rest.next().is_some_and(|key| key.trim_matches(['"', '`']) == part) && rest.next() == Some("]"),
        _ => false,
    })
}

/// Names and lines of the rules `test_…` of a file, in the order they stand in.
pub(crate) fn tests(text: &str) -> Vec<(String, u64)> {
    let mut depth = 0_i64;
    let mut found: Vec<(String, u64)> = Vec::new();
    for token in tokens(text) {
        match token.text {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth -= 1,
            word if depth == 0 && token.first && word.starts_with("test_") => {
                // A rule of several bodies is one test.
                let known = found.iter().any(|(name, _)| name == word);
                found.extend((!known).then(|| (word.to_owned(), token.line)));
            }
            _ => {}
        }
    }
    found
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let (mut line, mut rest) = (1_u64, text);
    while let Some(start) = rest.chars().next() {
        let length = length(rest, start);
        let (token, after) = rest.split_at(length);
        if !start.is_whitespace() && start != '#' {
            let first = tokens.last().is_none_or(|before| before.line != line);
            tokens.push(Token { line, first, text: token });
        }
        line += token.matches('\n').count() as u64;
        rest = after;
    }
    tokens
}

/// Bytes of the token that `rest` begins with.
fn length(rest: &str, start: char) -> usize {
    let until = |found: Option<usize>| found.unwrap_or(rest.len());
    match start {
        '#' => until(rest.find('\n')),
        '"' => quoted(rest),
        '`' => until(rest.get(1..).and_then(|inner| inner.find('`')).map(|end| end + 2)),
        _ if is_word(start) => until(rest.find(|character| !is_word(character))),
        _ => start.len_utf8(),
    }
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            // A string ends with its line at the latest; the parser will say what is wrong with it.
            '\n' => return at,
            _ => {}
        }
    }
    rest.len()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests_of_source {
    use super::*;

    fn refused(text: &str) -> Option<u64> {
        match refuse_forbidden("a.rego", text) {
            Err(PolicyError::Forbidden { line, .. }) => Some(line),
            _ => None,
        }
    }

    #[test]
    fn a_builtin_that_reaches_outside_is_refused_however_it_is_spelled() {
        assert_eq!(refused("package a\n\nallow if http.send({}).ok"), Some(3));
        assert_eq!(refused("allow if http [\"send\"]({})"), Some(1));
        assert_eq!(refused("x := time\n  .now_ns()"), Some(1));
    }

    #[test]
    fn a_name_in_a_comment_a_string_or_the_input_is_not() {
        assert_eq!(refused("# http.send(x)\nx := \"http.send\"\ny := input.http.send\nz := `time.now_ns()`"), None);
        assert_eq!(refused("x := time.parse_rfc3339_ns(day)"), None);
    }

    #[test]
    fn tests_are_found_at_the_top_level_only() {
        let text = "package t\ntest_a if {\n  test_b == 1\n}\n# test_c if true\ntest_d := true\nother_test_e := 1\n";
        assert_eq!(tests(text), [("test_a".to_owned(), 2), ("test_d".to_owned(), 6)]);
    }
}
