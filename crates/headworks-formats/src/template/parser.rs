//! A parser for the Jinja that chat templates are written in.
//!
//! Source: jinja2 `parser.py` with the extensions that transformers turns on (`do` aside, which
//! other renderers have): loop controls and `{% generation %}`. Recursion is bounded by
//! `document_depth_max`, and only nesting recurses: chains and sequences are loops.

use std::ops::Range;

use super::Broken;
use super::lexer::{Kind, Token};
use super::syntax::{Expression, Id, Node, Statement, Target, Template};

/// Parses the tokens of a template whose source has `length` bytes.
pub(super) fn parse<'t>(tokens: Vec<Token<'t>>, length: usize, depth_max: u64) -> (Template<'t>, Option<Broken>) {
    let mut parser = Parser { tokens, next: 0, length, depth: 0, depth_max, expressions: Vec::new() };
    let (body, broken) = match parser.body(&[]) {
        Ok((body, _)) => (body, None),
        Err(broken) => (Vec::new(), Some(broken)),
    };
    (Template { expressions: parser.expressions, body }, broken)
}

pub(super) struct Parser<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    pub(super) next: usize,
    pub(super) length: usize,
    depth: u64,
    depth_max: u64,
    expressions: Vec<Expression<'t>>,
}

fn plain(name: &str) -> Target<'_> {
    Target { name, is_attribute: false }
}

pub(super) type Parsed<T> = Result<T, Broken>;

impl<'t> Parser<'t> {
    /// Statements up to a tag of one of the names in `ends`, which is returned with its name
    /// passed over, or up to the end of the source when `ends` is empty.
    fn body(&mut self, ends: &[&str]) -> Parsed<(Vec<Statement<'t>>, &'t str)> {
        self.nested(|parser| parser.body_at_depth(ends))
    }

    fn body_at_depth(&mut self, ends: &[&str]) -> Parsed<(Vec<Statement<'t>>, &'t str)> {
        let mut body = Vec::new();
        loop {
            let at = self.place();
            match self.advance() {
                Some(Kind::Text(text)) => body.push(Statement::Text { text, at }),
                Some(Kind::ExpressionStart) => {
                    body.push(Statement::Emit(self.tuple()?));
                    self.expect(&Kind::ExpressionEnd, "`}}` is due")?;
                }
                Some(Kind::TagStart) => {
                    let name = self.name("a tag's name")?;
                    if ends.contains(&name) {
                        return Ok((body, name));
                    }
                    body.push(self.statement(name, at)?);
                }
                None if ends.is_empty() => return Ok((body, "")),
                None => return Err(Broken::ends(self.length, "the end of a block")),
                Some(_) => return Err(Broken::grammar(at.start, "a tag is due")),
            }
        }
    }

    fn statement(&mut self, tag: &'t str, at: Range<usize>) -> Parsed<Statement<'t>> {
        let statement = match tag {
            "for" => self.for_loop()?,
            "if" => self.branches()?,
            "set" => self.set()?,
            "macro" => self.macro_definition()?,
            "call" => self.call_block()?,
            "filter" => self.filter_block()?,
            "with" => self.with_block()?,
            "autoescape" => {
                let expression = self.expression()?;
                self.block("endautoescape", Vec::new(), vec![expression])?
            }
            "generation" => self.block("endgeneration", Vec::new(), Vec::new())?,
            "block" => self.named_block()?,
            "do" => Statement::Evaluate(self.tuple()?),
            "break" | "continue" => Statement::Control,
            "include" | "import" | "from" | "extends" => self.inclusion(at)?,
            _ => return Err(Broken::grammar(at.start, "no tag of this name is known")),
        };
        self.tag_end()?;
        Ok(statement)
    }

    fn block(&mut self, end: &str, targets: Vec<Target<'t>>, expressions: Vec<Id>) -> Parsed<Statement<'t>> {
        self.tag_end()?;
        let (body, _) = self.body(&[end])?;
        Ok(Statement::Block { targets, expressions, body })
    }

    fn for_loop(&mut self) -> Parsed<Statement<'t>> {
        let targets = self.targets()?;
        self.word("in")?;
        let over = self.tuple_without_condition()?;
        let filter = if self.takes_word("if") { Some(self.expression()?) } else { None };
        self.takes_word("recursive");
        self.tag_end()?;
        let (body, end) = self.body(&["else", "endfor"])?;
        let mut otherwise = Vec::new();
        if end == "else" {
            self.tag_end()?;
            (otherwise, _) = self.body(&["endfor"])?;
        }
        Ok(Statement::For { targets, over, filter, body, otherwise })
    }

    fn branches(&mut self) -> Parsed<Statement<'t>> {
        let mut branches = Vec::new();
        let mut condition = Some(self.tuple()?);
        loop {
            self.tag_end()?;
            let ends: &[&str] = if condition.is_some() { &["elif", "else", "endif"] } else { &["endif"] };
            let (body, end) = self.body(ends)?;
            branches.push((condition, body));
            condition = match end {
                "elif" => Some(self.tuple()?),
                "else" => None,
                _ => return Ok(Statement::If { branches }),
            };
        }
    }

    fn set(&mut self) -> Parsed<Statement<'t>> {
        let targets = self.targets()?;
        if self.takes("=") {
            return Ok(Statement::Set { targets, value: self.tuple()? });
        }
        while self.takes("|") {
            self.filter(None, self.place())?;
        }
        self.tag_end()?;
        let (body, _) = self.body(&["endset"])?;
        Ok(Statement::SetBlock { targets, body })
    }

    fn macro_definition(&mut self) -> Parsed<Statement<'t>> {
        let name = self.name("a macro's name")?;
        self.symbol("(", "`(` is due")?;
        let (parameters, defaults) = self.parameters()?;
        self.tag_end()?;
        let (body, _) = self.body(&["endmacro"])?;
        self.takes_any_name();
        Ok(Statement::Macro { name, parameters, defaults, body })
    }

    /// Parameters with their defaults, up to `)`.
    fn parameters(&mut self) -> Parsed<(Vec<Target<'t>>, Vec<Id>)> {
        let (mut parameters, mut defaults) = (Vec::new(), Vec::new());
        while !self.takes(")") {
            parameters.push(plain(self.name("a parameter")?));
            if self.takes("=") {
                defaults.push(self.expression()?);
            }
            if !self.takes(",") {
                self.symbol(")", "`)` is due")?;
                break;
            }
        }
        Ok((parameters, defaults))
    }

    fn call_block(&mut self) -> Parsed<Statement<'t>> {
        let (names, mut expressions) = if self.takes("(") { self.parameters()? } else { Default::default() };
        expressions.push(self.expression()?);
        self.block("endcall", names, expressions)
    }

    fn filter_block(&mut self) -> Parsed<Statement<'t>> {
        let mut expression = self.filter(None, self.place())?;
        while self.takes("|") {
            expression = self.filter(Some(expression), self.place())?;
        }
        self.block("endfilter", Vec::new(), vec![expression])
    }

    fn with_block(&mut self) -> Parsed<Statement<'t>> {
        let (mut names, mut expressions) = (Vec::new(), Vec::new());
        while !self.is(&Kind::TagEnd) {
            names.extend(self.targets()?);
            self.symbol("=", "`=` is due")?;
            expressions.push(self.expression()?);
            self.takes(",");
        }
        self.block("endwith", names, expressions)
    }

    fn named_block(&mut self) -> Parsed<Statement<'t>> {
        self.name("a block's name")?;
        while self.takes_word("scoped") || self.takes_word("required") {}
        self.tag_end()?;
        let (body, _) = self.body(&["endblock"])?;
        self.takes_any_name();
        Ok(Statement::Block { targets: Vec::new(), expressions: Vec::new(), body })
    }

    /// The rest of the tag, whatever it loads; its own expressions are of no more interest.
    fn inclusion(&mut self, at: Range<usize>) -> Parsed<Statement<'t>> {
        let mut targets = Vec::new();
        while !self.is(&Kind::TagEnd) {
            match self.advance() {
                Some(Kind::Name(name)) => targets.push(plain(name)),
                Some(_) => {}
                None => return Err(Broken::ends(self.length, "the end of a tag")),
            }
        }
        Ok(Statement::Inclusion { targets, at: at.start..self.place().end })
    }

    /// What `set` and `for` assign to.
    fn targets(&mut self) -> Parsed<Vec<Target<'t>>> {
        let mut targets = Vec::new();
        let mut parentheses: usize = 0;
        loop {
            while self.takes("(") {
                parentheses = parentheses.saturating_add(1);
            }
            if self.is_word("in") && !targets.is_empty() {
                return Ok(targets);
            }
            let mut target = plain(self.name("a name to assign to")?);
            while self.takes(".") {
                target = Target { name: self.name("an attribute to assign to")?, is_attribute: true };
            }
            targets.push(target);
            while parentheses > 0 && self.takes(")") {
                parentheses = parentheses.saturating_sub(1);
            }
            if !self.takes(",") {
                return Ok(targets);
            }
        }
    }

    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.depth_max {
            return Err(Broken::too_deep(self.place().start));
        }
        self.depth = self.depth.saturating_add(1);
        let parsed = parse(self);
        self.depth = self.depth.saturating_sub(1);
        parsed
    }

    pub(super) fn add(&mut self, node: Node<'t>, start: usize) -> Id {
        let before = self.next.checked_sub(1).and_then(|last| self.tokens.get(last));
        let end = before.map_or(start, |token| token.at.end);
        let start = start.min(end);
        self.expressions.push(Expression { node, at: start..end });
        self.expressions.len().saturating_sub(1)
    }

    pub(super) fn peek(&self) -> Option<&Kind<'t>> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    pub(super) fn place(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.length..self.length, |token| token.at.clone())
    }

    pub(super) fn advance(&mut self) -> Option<Kind<'t>> {
        let kind = self.tokens.get(self.next)?.kind.clone();
        self.next = self.next.saturating_add(1);
        Some(kind)
    }

    pub(super) fn is(&self, kind: &Kind<'_>) -> bool {
        self.peek() == Some(kind)
    }

    pub(super) fn is_symbol(&self, symbol: &'static str) -> bool {
        self.is(&Kind::Symbol(symbol))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Kind::Name(name)) if *name == word)
    }

    pub(super) fn takes(&mut self, symbol: &'static str) -> bool {
        let taken = self.is_symbol(symbol);
        self.next = self.next.saturating_add(usize::from(taken));
        taken
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let taken = self.is_word(word);
        self.next = self.next.saturating_add(usize::from(taken));
        taken
    }

    fn takes_any_name(&mut self) {
        let taken = matches!(self.peek(), Some(Kind::Name(_)));
        self.next = self.next.saturating_add(usize::from(taken));
    }

    fn word(&mut self, word: &'static str) -> Parsed<()> {
        if self.takes_word(word) { Ok(()) } else { Err(self.unexpected("`in` is due")) }
    }

    pub(super) fn symbol(&mut self, symbol: &'static str, problem: &'static str) -> Parsed<()> {
        if self.takes(symbol) { Ok(()) } else { Err(self.unexpected(problem)) }
    }

    fn expect(&mut self, kind: &Kind<'t>, problem: &'static str) -> Parsed<()> {
        if self.is(kind) {
            self.next = self.next.saturating_add(1);
            return Ok(());
        }
        Err(self.unexpected(problem))
    }

    fn tag_end(&mut self) -> Parsed<()> {
        self.expect(&Kind::TagEnd, "`%}` is due")
    }

    pub(super) fn name(&mut self, wanted: &'static str) -> Parsed<&'t str> {
        match self.peek() {
            Some(&Kind::Name(name)) => {
                self.next = self.next.saturating_add(1);
                Ok(name)
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    /// Filters and tests may have dots in their names; the last part is what counts.
    pub(super) fn dotted_name(&mut self, wanted: &'static str) -> Parsed<&'t str> {
        let mut name = self.name(wanted)?;
        while self.takes(".") {
            name = self.name(wanted)?;
        }
        Ok(name)
    }

    fn unexpected(&self, wanted: &'static str) -> Broken {
        match self.peek() {
            Some(_) => Broken::grammar(self.place().start, wanted),
            None => Broken::ends(self.length, wanted),
        }
    }
}
