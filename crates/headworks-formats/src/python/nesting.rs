//! How deep the syntax tree of a program will be, counted on its tokens before it is built.
//!
//! A tree is dropped and walked recursively, so a program of one hundred thousand `(` or ` + 1` must
//! not become one.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer::lex};

/// Upper bounds on the depth of a program's tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nesting {
    /// Most brackets and blocks open at once.
    pub(super) brackets: u64,
    /// Most tree levels: brackets, blocks and the operators between them.
    pub(super) levels: u64,
}

/// An expression may chain this many operators for each level of nesting that is allowed.
pub(super) const OPERATORS_PER_LEVEL: u64 = 8;

/// Counts the nesting of `source`.
pub(super) fn measure(source: &str) -> Nesting {
    let mut lexer = lex(source, Mode::Module);
    let nesting = Nesting { brackets: 0, levels: 0 };
    let mut counter = Counter { innermost: Level::default(), outer: Vec::new(), blocks: 0, nesting, left_open: false };
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => break,
            kind => counter.count(kind),
        }
    }
    counter.end_statement();
    if counter.left_open {
        // The parser recovers from an open bracket and finds blocks where the lexer sees none.
        counter.nesting.levels = counter.nesting.levels.max(indentation(source));
    }
    counter.nesting
}

/// The part of an expression within one pair of brackets.
#[derive(Default)]
struct Level {
    /// Operators since the last separator; each may put all before it one level deeper.
    operators: u64,
    /// Levels of the deepest bracket since the last separator.
    deepest_child: u64,
    /// Levels of the deepest segment that has ended.
    deepest_segment: u64,
}

impl Level {
    fn end_segment(&mut self) {
        let levels = self.operators.saturating_add(self.deepest_child);
        self.deepest_segment = self.deepest_segment.max(levels);
        self.operators = 0;
        self.deepest_child = 0;
    }
}

struct Counter {
    /// The innermost level, and the ones around it.
    innermost: Level,
    outer: Vec<Level>,
    blocks: u64,
    nesting: Nesting,
    /// Whether a statement ended within brackets, as only that of a broken program does.
    left_open: bool,
}

impl Counter {
    fn count(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.outer.push(std::mem::take(&mut self.innermost));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.close();
            }
            TokenKind::Comma => self.innermost.end_segment(),
            TokenKind::Newline | TokenKind::Semi => self.end_statement(),
            TokenKind::Indent => self.blocks = self.blocks.saturating_add(1),
            TokenKind::Dedent => self.blocks = self.blocks.saturating_sub(1),
            kind if is_leaf(kind) => {}
            _ => self.innermost.operators = self.innermost.operators.saturating_add(1),
        }
        let brackets = self.blocks.saturating_add(self.outer.len() as u64);
        self.nesting.brackets = self.nesting.brackets.max(brackets);
    }

    fn close(&mut self) {
        let Some(outer) = self.outer.pop() else { return };
        let mut closed = std::mem::replace(&mut self.innermost, outer);
        closed.end_segment();
        let levels = closed.deepest_segment.saturating_add(1);
        self.innermost.operators = self.innermost.operators.saturating_add(1);
        self.innermost.deepest_child = self.innermost.deepest_child.max(levels);
    }

    /// Whatever brackets a broken program left open end with the statement.
    fn end_statement(&mut self) {
        self.left_open |= !self.outer.is_empty();
        while !self.outer.is_empty() {
            self.close();
        }
        self.innermost.end_segment();
        let levels = std::mem::take(&mut self.innermost.deepest_segment).saturating_add(self.blocks);
        self.nesting.levels = self.nesting.levels.max(levels);
    }
}

/// Columns of the line that is indented most.
fn indentation(source: &str) -> u64 {
    let columns = source.lines().map(|line| line.len().saturating_sub(line.trim_start().len()));
    columns.max().unwrap_or_default() as u64
}

/// Tokens that put nothing below another thing.
fn is_leaf(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(source: &str) -> u64 {
        measure(source).levels
    }

    #[test]
    fn brackets_and_chains_add_up_and_separators_start_anew() {
        assert!(levels(&format!("x = {}1{}", "(".repeat(500), ")".repeat(500))) >= 500);
        assert!(levels(&format!("x = 1{}", " + 1".repeat(500))) >= 500);
        assert!(levels(&format!("x = f{}", "()".repeat(500))) >= 500);
        assert!(levels(&format!("x = {}1", "-".repeat(500))) >= 500);
        assert!(levels(&format!("x = [{}]", "-1, ".repeat(5000))) < 10);
        assert!(levels(&"x = a.b\n".repeat(5000)) < 10);
    }

    #[test]
    fn a_bracket_before_a_chain_counts_below_all_of_it() {
        let deep = format!("x = {}1{}{}", "(".repeat(90), ")".repeat(90), " + 1".repeat(90));
        assert!(levels(&deep) >= 180);
    }

    #[test]
    fn blocks_count_as_brackets() {
        let source: String = (0..50).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        assert!(measure(&format!("{source}{}pass\n", " ".repeat(50))).brackets >= 50);
    }
}
