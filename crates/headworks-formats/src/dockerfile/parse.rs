//! The lines of a build file put together to instructions.
//!
//! As BuildKit's parser does it: directives before everything else, comments and empty lines left out
//! also within an instruction, one escape character at the end of a line continues it, here-documents
//! after `RUN`, `COPY` and `ADD`.

use std::ops::Range;

/// A build file, cut.
pub(super) struct Parsed {
    /// Directives, as in `# syntax=docker/dockerfile:1`, with where they stand.
    pub(super) directives: Vec<(String, String, Range<usize>)>,
    pub(super) instructions: Vec<Instruction>,
    /// What the text ends within.
    pub(super) ends_within: Option<&'static str>,
}

/// One instruction with all its lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// In upper case.
    pub(super) name: String,
    /// Leading `--key=value` words.
    pub(super) flags: Vec<(String, String)>,
    /// What follows, on one line.
    pub(super) text: String,
    /// Bodies of its here-documents.
    pub(super) documents: Vec<String>,
    /// Where it stands in the text.
    pub(super) at: Range<usize>,
}

/// Names that BuildKit knows; anything else ends the build.
pub(super) const NAMES: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Cuts the whole text.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed { directives: Vec::new(), instructions: Vec::new(), ends_within: None };
    let mut lines = Lines { text, at: 0 };
    let escape = directives(&mut lines, &mut parsed.directives);
    while let Some((start, line)) = lines.next() {
        if is_left_out(line) {
            continue;
        }
        let mut logical = String::new();
        let mut is_open = append(line, escape, &mut logical);
        while is_open {
            match lines.next() {
                None => {
                    parsed.ends_within = Some("the line that a continued one needs");
                    break;
                }
                Some((_, line)) if is_left_out(line) => {}
                Some((_, line)) => is_open = append(line, escape, &mut logical),
            }
        }
        let mut instruction = Instruction::of(&logical);
        for (end, strips_tabs) in instruction.document_ends() {
            match document(&mut lines, &end, strips_tabs) {
                Some(body) => instruction.documents.push(body),
                None => parsed.ends_within = Some("the end of a here-document"),
            }
        }
        instruction.at = start..lines.at;
        parsed.instructions.push(instruction);
    }
    parsed
}

/// The lines of a text with their offsets, without their ends.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let line = self.text.get(start..)?.split_inclusive('\n').next()?;
        self.at = start.saturating_add(line.len());
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }
}

/// Reads the directives, which end with the first line that is none; the escape character.
fn directives(lines: &mut Lines<'_>, found: &mut Vec<(String, String, Range<usize>)>) -> char {
    let mut escape = '\\';
    loop {
        let before = lines.at;
        let directive = lines.next().and_then(|(_, line)| {
            let (key, value) = line.trim().strip_prefix('#')?.split_once('=')?;
            let key = key.trim().to_ascii_lowercase();
            matches!(key.as_str(), "syntax" | "escape" | "check").then(|| (key, value.trim().to_owned()))
        });
        let Some((key, value)) = directive else {
            lines.at = before;
            return escape;
        };
        if key == "escape" && value == "`" {
            escape = '`';
        }
        found.push((key, value, before..lines.at));
    }
}

fn is_left_out(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Adds a line; whether it goes on in the next: it ends with one escape character and at most blanks after it.
fn append(line: &str, escape: char, logical: &mut String) -> bool {
    let before = line.trim_end_matches([' ', '\t']).strip_suffix(escape);
    let before = before.filter(|before| !before.ends_with(escape));
    logical.push_str(before.unwrap_or(line));
    before.is_some()
}

/// The lines up to the one that ends a here-document.
fn document(lines: &mut Lines<'_>, end: &str, strips_tabs: bool) -> Option<String> {
    let mut body = String::new();
    loop {
        let (_, line) = lines.next()?;
        let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
        if line == end {
            return Some(body);
        }
        body.push_str(line);
        body.push('\n');
    }
}

impl Instruction {
    /// The instruction of a logical line; it begins with a word.
    pub(super) fn of(line: &str) -> Self {
        let (name, mut text) = first_word(line);
        let mut flags = Vec::new();
        while let (word, rest) = first_word(text)
            && let Some(flag) = word.strip_prefix("--")
        {
            let (key, value) = flag.split_once('=').unwrap_or((flag, ""));
            flags.push((key.to_ascii_lowercase(), value.trim_matches('"').to_owned()));
            text = rest;
        }
        Self { name: name.to_ascii_uppercase(), flags, text: text.trim().to_owned(), documents: Vec::new(), at: 0..0 }
    }

    /// The value of a flag.
    pub(super) fn flag(&self, key: &str) -> Option<&str> {
        self.flags.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// The words, when the instruction is in the form of a JSON array.
    pub(super) fn array(&self) -> Option<Vec<String>> {
        self.text.starts_with('[').then(|| serde_json::from_str(&self.text).ok())?
    }

    /// The words that end its here-documents, and whether tabs before them count.
    fn document_ends(&self) -> Vec<(String, bool)> {
        let inner = if self.name == "ONBUILD" { first_word(&self.text).0 } else { &self.name };
        if !["RUN", "COPY", "ADD"].iter().any(|name| inner.eq_ignore_ascii_case(name)) {
            return Vec::new();
        }
        raw_words(&self.text).filter_map(document_end).collect()
    }
}

/// `<<EOF`, `<<-EOF`, `3<<"EOF"`: the word and whether leading tabs are stripped.
fn document_end(word: &str) -> Option<(String, bool)> {
    let word = word.trim_start_matches(|character: char| character.is_ascii_digit()).strip_prefix("<<")?;
    let (word, strips_tabs) = word.strip_prefix('-').map_or((word, false), |word| (word, true));
    let end: String = word.chars().filter(|character| !matches!(character, '"' | '\'')).collect();
    (!end.is_empty() && !word.contains('<')).then_some((end, strips_tabs))
}

/// Words between blanks; quotes keep blanks together.
fn raw_words(text: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let split = text.split(move |character: char| match (quote, character) {
        (None, '"' | '\'') => {
            quote = Some(character);
            false
        }
        (Some(open), _) if open == character => {
            quote = None;
            false
        }
        (None, _) => character.is_whitespace(),
        (Some(_), _) => false,
    });
    split.filter(|word| !word.is_empty())
}

/// The first word, and what follows it.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        parse(text).instructions.into_iter().map(|one| format!("{} {}", one.name, one.text)).collect()
    }

    #[test]
    fn lines_are_put_together_and_comments_within_left_out() {
        let text = "FROM a\n# comment\nrun one && \\  \n  # why\n\n  two \\\n  three\nCMD x\n";
        assert_eq!(texts(text), ["FROM a", "RUN one &&   two   three", "CMD x"]);
    }

    #[test]
    fn the_escape_directive_changes_what_continues_a_line() {
        assert_eq!(texts("# escape=`\nFROM a\nRUN dir C:\\\nRUN b `\n c\n"), ["FROM a", "RUN dir C:\\", "RUN b  c"]);
        assert_eq!(texts("# a comment\n# escape=`\nFROM a\nRUN b \\\n c\n"), ["FROM a", "RUN b  c"]);
    }

    #[test]
    fn two_escape_characters_continue_nothing() {
        assert_eq!(texts("FROM a\nRUN b \\\\\nCMD c\n"), ["FROM a", "RUN b \\\\", "CMD c"]);
    }

    #[test]
    fn here_documents_belong_to_their_instruction() {
        let parsed = parse("FROM a\nRUN <<EOF bash\nCMD no\nEOF\nCOPY <<-\"A\" <<B /x/\n\ta\n\tA\nb\nB\nCMD c\n");
        let documents: Vec<_> = parsed.instructions.iter().map(|one| one.documents.join("|")).collect();
        assert_eq!(documents, ["", "CMD no\n", "a\n|b\n", ""]);
        assert_eq!(parsed.ends_within, None);
    }

    #[test]
    fn a_text_that_ends_too_early_says_within_what() {
        assert!(parse("FROM a\nRUN b \\\n").ends_within.is_some());
        assert!(parse("FROM a\nRUN <<EOF\nb\n").ends_within.is_some());
        assert!(parse("FROM a\nRUN cat <<< x\nRUN b << EOF\n").ends_within.is_none());
    }

    #[test]
    fn flags_stand_before_everything_else() {
        let one = Instruction::of("copy --from=build --chown=1:1 a b --link");
        assert_eq!((one.name.as_str(), one.flag("from"), one.text.as_str()), ("COPY", Some("build"), "a b --link"));
    }
}
