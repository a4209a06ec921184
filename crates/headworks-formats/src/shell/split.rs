//! A command list cut into commands, and commands into words, as a POSIX shell cuts them.
//!
//! One pass over the text. What a substitution prints is not known, so it stays in the word as it is
//! written; operators within quotes and substitutions cut nothing.

use std::ops::Range;

/// Commands joined by pipes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pipeline {
    /// The words of each command, without quotes; a redirection is a word of its own.
    pub(super) commands: Vec<Vec<String>>,
    /// Where it stands in the text.
    pub(super) at: Range<usize>,
}

impl Pipeline {
    /// The commands without quotes. A bar that is no pipe does not look like one; in a substitution it is one.
    pub(super) fn plain(&self) -> String {
        let mut plain = String::new();
        for (index, command) in self.commands.iter().enumerate() {
            plain.push_str(if index == 0 { "" } else { "| " });
            for word in command {
                match word.contains("$(") || word.contains('`') {
                    true => plain.push_str(word),
                    false => plain.extend(word.chars().map(|character| if character == '|' { ' ' } else { character })),
                }
                plain.push(' ');
            }
        }
        plain
    }
}

/// Words that the shell reads before a command.
const KEYWORDS: &[&str] = &["if", "then", "elif", "else", "do", "while", "until", "!", "time", "{", "fi", "done", "}"];

/// The pipelines of a command list, in order.
pub(super) fn pipelines(text: &str) -> Vec<Pipeline> {
    let mut cut = Cut::default();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if cut.take(at, character, next) {
            characters.next();
        }
    }
    cut.end_pipeline(text.len());
    cut.pipelines
}

/// The words of one command, without quotes.
pub(crate) fn words(text: &str) -> Vec<String> {
    let cut = pipelines(text);
    cut.into_iter().flat_map(|pipeline| pipeline.commands).flatten().collect()
}

#[derive(Default)]
struct Cut {
    pipelines: Vec<Pipeline>,
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
    start: usize,
    quote: Option<char>,
    /// Open parentheses of substitutions.
    depth: usize,
    in_comment: bool,
    before: char,
}

impl Cut {
    /// Takes one character; whether the next one is taken with it.
    fn take(&mut self, at: usize, character: char, next: Option<char>) -> bool {
        let before = std::mem::replace(&mut self.before, character);
        if self.in_comment {
            self.in_comment = character != '\n';
            if !self.in_comment {
                self.end_pipeline(at);
            }
            return false;
        }
        if character == '\\' && self.quote != Some('\'') {
            match next {
                Some('\n') => {}
                Some(next) => self.push(next),
                None => self.push('\\'),
            }
            // What is escaped has no meaning to what follows.
            self.before = '\\';
            return next.is_some();
        }
        if let Some(quote) = self.quote {
            match character == quote {
                true => self.quote = None,
                false => self.push(character),
            }
            return false;
        }
        self.plain(at, character, next, before)
    }

    fn plain(&mut self, at: usize, character: char, next: Option<char>, before: char) -> bool {
        match character {
            '"' | '\'' => {
                self.quote = Some(character);
                self.word.get_or_insert_default();
            }
            '(' if matches!(before, '$' | '<' | '>') || self.depth > 0 => {
                self.depth = self.depth.saturating_add(1);
                self.push(character);
            }
            ')' if self.depth > 0 => {
                self.depth = self.depth.saturating_sub(1);
                self.push(character);
            }
            _ if self.depth > 0 => self.push(character),
            '#' if self.word.is_none() => self.in_comment = true,
            '&' if before == '>' || next == Some('>') => self.push(character),
            '|' if next != Some('|') => self.end_command(),
            '|' | '&' => {
                self.end_pipeline(at);
                return next == Some(character);
            }
            '\n' | ';' | '(' | ')' => self.end_pipeline(at),
            '>' | '<' if next != Some('(') => {
                self.end_word();
                let is_double = next == Some(character);
                self.words.push(character.to_string());
                return is_double;
            }
            character if character.is_whitespace() => self.end_word(),
            _ => self.push(character),
        }
        false
    }

    fn push(&mut self, character: char) {
        self.word.get_or_insert_default().push(character);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if !(self.words.is_empty() && KEYWORDS.contains(&word.as_str())) {
            self.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.commands.push(words);
        }
    }

    fn end_pipeline(&mut self, at: usize) {
        self.end_command();
        let commands = std::mem::take(&mut self.commands);
        if !commands.is_empty() {
            self.pipelines.push(Pipeline { commands, at: self.start..at });
        }
        self.start = at;
        self.before = ' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<Vec<String>> {
        let joined = |pipeline: Pipeline| pipeline.commands.iter().map(|words| words.join(" ")).collect();
        pipelines(text).into_iter().map(joined).collect()
    }

    #[test]
    fn operators_cut_and_quotes_and_substitutions_do_not() {
        assert_eq!(cut("a && b || c; d\ne & f"), [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]);
        assert_eq!(cut("a 'x && y' \"z; w\" | b"), [["a x && y z; w", "b"]]);
        assert_eq!(cut("echo $(a && b | c) d"), [["echo $(a && b | c) d"]]);
        assert_eq!(cut("(cd x && ls)"), [["cd x"], ["ls"]]);
    }

    #[test]
    fn keywords_and_comments_are_left_out_and_redirections_are_words() {
        assert_eq!(cut("if a; then b; fi # c; d\ne"), [["a"], ["b"], ["e"]]);
        assert_eq!(cut("a > b 2>&1"), [["a > b 2 > &1"]]);
        assert_eq!(cut("a \\\n b"), [["a b"]]);
        assert_eq!(cut("bash <(curl x)"), [["bash <(curl x)"]]);
    }

    #[test]
    fn the_place_of_a_pipeline_is_where_it_stands() {
        let text = "a && b c | d";
        assert_eq!(text.get(pipelines(text)[1].at.clone()).map(|part| part.trim_matches([' ', '&'])), Some("b c | d"));
    }
}
