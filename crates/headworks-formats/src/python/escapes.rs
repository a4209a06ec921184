//! IPython's own lines in a notebook cell: `!cmd`, `%magic`, `name = !cmd`, `name?`.
//!
//! They are taken out before the cell is parsed, because they are no Python and because a parser
//! that knows both languages has to guess where a broken line of one becomes the other.

use std::borrow::Cow;

/// A line that IPython runs by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Escape<'s> {
    /// Offset in the cell.
    pub(super) start: usize,
    /// The line from its sign on, with the lines that a backslash joins to it.
    pub(super) line: &'s str,
}

/// The cell with its escapes replaced by an expression of the same length, and the escapes.
pub(super) fn take(source: &str) -> (Cow<'_, str>, Vec<Escape<'_>>) {
    let mut scan = Scan { bytes: source.as_bytes(), at: 0, brackets: 0, found: Vec::new(), questions: Vec::new() };
    scan.run();
    let lines = scan.found.iter().filter_map(|&(start, end)| Some(Escape { start, line: source.get(start..end)? }));
    let escapes: Vec<_> = lines.collect();
    if escapes.is_empty() && scan.questions.is_empty() {
        return (Cow::Borrowed(source), escapes);
    }
    let mut plain = source.as_bytes().to_vec();
    for &(start, end) in &scan.found {
        let covered = plain.get_mut(start..end).unwrap_or_default();
        covered.fill(b' ');
        covered.iter_mut().take(1).for_each(|first| *first = b'0');
    }
    for &at in &scan.questions {
        plain.iter_mut().skip(at).take(1).for_each(|question| *question = b' ');
    }
    (String::from_utf8(plain).map_or(Cow::Borrowed(source), Cow::Owned), escapes)
}

/// Reads a cell byte by byte, as far as it takes to know where a statement begins.
struct Scan<'s> {
    bytes: &'s [u8],
    at: usize,
    brackets: usize,
    found: Vec<(usize, usize)>,
    /// Question marks at the end of a line, which ask for help.
    questions: Vec<usize>,
}

impl Scan<'_> {
    fn run(&mut self) {
        self.line_start();
        while let Some(byte) = self.peek(0) {
            match byte {
                b'#' => self.skip_line(),
                b'"' | b'\'' => self.string(byte),
                b'\\' => self.skip(2),
                b'\n' => {
                    self.skip(1);
                    self.line_start();
                }
                b'=' => self.assignment(),
                b'?' => self.question(),
                _ => self.bracket(byte),
            }
        }
    }

    fn bracket(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => self.brackets = self.brackets.saturating_add(1),
            b')' | b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.skip(1);
    }

    /// At the start of a statement a sign makes the whole line an escape.
    fn line_start(&mut self) {
        self.skip_blanks();
        if self.brackets == 0 && matches!(self.peek(0), Some(b'!' | b'%' | b'?' | b',' | b';' | b'/')) {
            self.escape();
        }
    }

    /// `name = !cmd` and `name = %magic`, but neither `==` nor a keyword argument.
    fn assignment(&mut self) {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at));
        let compares = self.peek(1) == Some(b'=') || matches!(before, Some(b'=' | b'!' | b'<' | b'>'));
        self.skip(1);
        if compares || self.brackets > 0 {
            return;
        }
        self.skip_blanks();
        if matches!(self.peek(0), Some(b'!' | b'%')) {
            self.escape();
        }
    }

    fn escape(&mut self) {
        let start = self.at;
        self.skip_line();
        while self.at.checked_sub(1).and_then(|at| self.bytes.get(at)) == Some(&b'\\') && self.peek(0).is_some() {
            self.skip(1);
            self.skip_line();
        }
        self.found.push((start, self.at));
    }

    fn question(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let asks = line.iter().all(|byte| matches!(byte, b'?' | b' ' | b'\t' | b'\r'));
        if asks && self.brackets == 0 {
            self.questions.push(self.at);
        }
        self.skip(1);
    }

    /// A string, to its end; one of a single line ends with the line.
    fn string(&mut self, quote: u8) {
        let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.skip(if triple { 3 } else { 1 });
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.skip(2),
                b'\n' if !triple => return,
                _ if byte == quote && !triple => return self.skip(1),
                _ if byte == quote && self.peek(1) == Some(quote) && self.peek(2) == Some(quote) => {
                    return self.skip(3);
                }
                _ => self.skip(1),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.checked_add(ahead)?).copied()
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.bytes.len());
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(0), Some(b' ' | b'\t' | b'\x0c')) {
            self.skip(1);
        }
    }

    fn skip_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.skip(memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<&str> {
        let (plain, escapes) = take(source);
        assert_eq!(plain.len(), source.len());
        escapes.into_iter().map(|escape| escape.line).collect()
    }

    #[test]
    fn lines_with_a_sign_are_taken_and_the_rest_stays_where_it_was() {
        let (plain, escapes) = take("import os\nif x:\n    !ls -l\ny = %time f()\nz = 1\n");
        assert_eq!(plain, "import os\nif x:\n    0     \ny = 0        \nz = 1\n");
        assert_eq!(escapes[0], Escape { start: 20, line: "!ls -l" });
        assert_eq!(escapes[1].line, "%time f()");
    }

    #[test]
    fn a_backslash_joins_the_next_line() {
        assert_eq!(lines("!pip install \\\n  a\nx = 1"), ["!pip install \\\n  a"]);
    }

    #[test]
    fn a_question_asks_for_help_and_is_no_python() {
        assert_eq!(take("model.fit??\n").0, "model.fit  \n");
        assert_eq!(lines("?model\n"), ["?model"]);
    }

    #[test]
    fn python_that_only_looks_like_an_escape_stays() {
        for source in [
            "x = (a\n% b)\n",
            "text = '''\n!ls\n'''\n",
            "a = b % c\n",
            "f(x\n, y)\n",
            "a != b\nc == d\n",
            "# !ls\n",
            "s = \"a\\\"\" # ' \nx = \"?\"\n",
            "total = a \\\n/ b\n",
        ] {
            assert_eq!(take(source), (Cow::Borrowed(source), Vec::new()), "{source:?}");
        }
    }
}
