//! Expressions: the part of the parser that knows precedence.

use std::ops::Range;

use super::Broken;
use super::lexer::Kind;
use super::parser::{Parsed, Parser};
use super::syntax::{Id, Node};

/// Operators by precedence, loosest first; `not`, signs and `**` have functions of their own.
const LEVELS: [&[&str]; 6] = [
    &["or"],
    &["and"],
    &["==", "!=", "<", "<=", ">", ">=", "in", "not in"],
    &["+", "-"],
    &["~"],
    &["*", "/", "//", "%"],
];

/// The level of the comparisons, whose operands `not` binds looser than.
const COMPARISONS: usize = 2;

impl<'t> Parser<'t> {
    /// One expression, or several as a tuple.
    pub(super) fn tuple(&mut self) -> Parsed<Id> {
        self.tuple_of(Self::expression)
    }

    pub(super) fn tuple_without_condition(&mut self) -> Parsed<Id> {
        self.tuple_of(|parser| parser.level(0))
    }

    fn tuple_of(&mut self, element: impl Fn(&mut Self) -> Parsed<Id>) -> Parsed<Id> {
        let start = self.place().start;
        let first = element(self)?;
        if !self.takes(",") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while !self.is(&Kind::TagEnd) && !self.is(&Kind::ExpressionEnd) && !self.is_symbol(")") {
            parts.push(element(self)?);
            if !self.takes(",") {
                break;
            }
        }
        Ok(self.add(Node::Collection(parts), start))
    }

    pub(super) fn expression(&mut self) -> Parsed<Id> {
        self.nested(Self::conditional)
    }

    fn conditional(&mut self) -> Parsed<Id> {
        let start = self.place().start;
        let mut value = self.level(0)?;
        while self.takes_word("if") {
            let condition = self.level(0)?;
            let otherwise = if self.takes_word("else") { Some(self.expression()?) } else { None };
            value = self.add(Node::Ternary { value, condition, otherwise }, start);
        }
        Ok(value)
    }

    /// Operands of the precedence `level`, joined by its operators.
    fn level(&mut self, level: usize) -> Parsed<Id> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        if level == COMPARISONS && self.takes_word("not") {
            return self.negation();
        }
        let start = self.place().start;
        let tighter = level.saturating_add(1);
        let mut operands = vec![self.level(tighter)?];
        let mut taken = Vec::new();
        while let Some(operator) = self.operator(operators) {
            taken.push(operator);
            // `a == not b` is no Jinja, but `a and not b` is.
            operands.push(self.level(tighter)?);
        }
        match operands.as_slice() {
            [single] => Ok(*single),
            _ => Ok(self.add(Node::Operation { operators: taken, operands }, start)),
        }
    }

    fn negation(&mut self) -> Parsed<Id> {
        let start = self.place().start;
        let operand = self.nested(|parser| parser.level(COMPARISONS))?;
        Ok(self.add(Node::Operation { operators: vec!["not"], operands: vec![operand] }, start))
    }

    fn operator(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        let found = match self.peek()? {
            Kind::Symbol(symbol) => operators.iter().find(|operator| *operator == symbol),
            Kind::Name("not") if operators.contains(&"not in") => {
                let next = self.tokens.get(self.next.saturating_add(1))?;
                (next.kind == Kind::Name("in")).then(|| operators.iter().find(|operator| **operator == "not in"))?
            }
            Kind::Name(word) => operators.iter().find(|operator| *operator == word),
            _ => None,
        }?;
        self.next = self.next.saturating_add(if *found == "not in" { 2 } else { 1 });
        Some(found)
    }

    fn power(&mut self) -> Parsed<Id> {
        let start = self.place().start;
        let mut operands = vec![self.signed()?];
        while self.takes("**") {
            operands.push(self.signed()?);
        }
        match operands.as_slice() {
            [single] => Ok(*single),
            _ => Ok(self.add(Node::Operation { operators: vec!["**"], operands }, start)),
        }
    }

    /// An operand with its signs, and then what follows it: filters bind looser than signs.
    fn signed(&mut self) -> Parsed<Id> {
        let start = self.place().start;
        let mut is_signed = false;
        while self.takes("-") || self.takes("+") {
            is_signed = true;
        }
        let mut operand = self.postfix()?;
        if is_signed {
            operand = self.add(Node::Operation { operators: vec!["-"], operands: vec![operand] }, start);
        }
        self.filters_and_tests(operand, start)
    }

    fn postfix(&mut self) -> Parsed<Id> {
        let start = self.place().start;
        let mut of = self.primary()?;
        loop {
            of = if self.takes(".") {
                let name = self.attribute()?;
                self.add(Node::Attribute { of, name }, start)
            } else if self.takes("[") {
                let (keys, is_slice) = self.subscript()?;
                self.add(Node::Item { of, keys, is_slice }, start)
            } else if self.takes("(") {
                let arguments = self.arguments()?;
                self.add(Node::Call { of, arguments }, start)
            } else {
                return Ok(of);
            };
        }
    }

    /// After the dot: a name, or the index of `a.0`.
    fn attribute(&mut self) -> Parsed<&'t str> {
        if self.is(&Kind::Number) {
            self.advance();
            return Ok("0");
        }
        self.name("an attribute's name")
    }

    fn filters_and_tests(&mut self, mut of: Id, start: usize) -> Parsed<Id> {
        loop {
            of = if self.takes("|") {
                self.filter(Some(of), start..start)?
            } else if self.takes_word("is") {
                self.test(of, start)?
            } else if self.takes("(") {
                let arguments = self.arguments()?;
                self.add(Node::Call { of, arguments }, start)
            } else {
                return Ok(of);
            };
        }
    }

    pub(super) fn filter(&mut self, of: Option<Id>, at: Range<usize>) -> Parsed<Id> {
        let name = self.dotted_name("a filter's name")?;
        let arguments = if self.takes("(") { self.arguments()? } else { Vec::new() };
        Ok(self.add(Node::Filter { of, name, arguments }, at.start))
    }

    fn test(&mut self, of: Id, start: usize) -> Parsed<Id> {
        let negated = self.takes_word("not");
        self.dotted_name("a test's name")?;
        let arguments = if self.takes("(") {
            self.arguments()?
        } else if self.begins_bare_argument() {
            vec![self.postfix()?]
        } else {
            Vec::new()
        };
        let test = self.add(Node::Test { of, arguments }, start);
        let operation = Node::Operation { operators: vec!["not"], operands: vec![test] };
        Ok(if negated { self.add(operation, start) } else { test })
    }

    /// `is divisibleby 3`: one argument may stand without parentheses.
    fn begins_bare_argument(&self) -> bool {
        match self.peek() {
            Some(Kind::Name(word)) => {
                !matches!(*word, "and" | "or" | "else" | "if" | "in" | "is" | "not" | "recursive")
            }
            Some(Kind::String(_) | Kind::Number) => true,
            Some(Kind::Symbol(symbol)) => matches!(*symbol, "[" | "{"),
            _ => false,
        }
    }

    fn primary(&mut self) -> Parsed<Id> {
        let at = self.place();
        match self.advance() {
            Some(Kind::Name("true" | "True" | "false" | "False" | "none" | "None") | Kind::Number) => {
                Ok(self.add(Node::Constant, at.start))
            }
            Some(Kind::Name(name)) => Ok(self.add(Node::Name(name), at.start)),
            Some(Kind::String(first)) => {
                let mut text = first;
                // Neighbouring literals are one, as in Python.
                while let Some(Kind::String(more)) = self.peek().cloned() {
                    self.advance();
                    text.to_mut().push_str(&more);
                }
                Ok(self.add(Node::Text(text), at.start))
            }
            Some(Kind::Symbol("(")) => self.parenthesised(at.start),
            Some(Kind::Symbol("[")) => {
                let parts = self.sequence("]", false)?;
                Ok(self.add(Node::Collection(parts), at.start))
            }
            Some(Kind::Symbol("{")) => {
                let parts = self.sequence("}", true)?;
                Ok(self.add(Node::Collection(parts), at.start))
            }
            None => Err(Broken::ends(self.length, "an expression")),
            Some(_) => Err(Broken::grammar(at.start, "an expression is due")),
        }
    }

    fn parenthesised(&mut self, start: usize) -> Parsed<Id> {
        if self.takes(")") {
            return Ok(self.add(Node::Collection(Vec::new()), start));
        }
        let inner = self.tuple()?;
        self.symbol(")", "`)` is due")?;
        Ok(inner)
    }

    /// Elements up to `end`, each with its value behind a colon in a dictionary.
    fn sequence(&mut self, end: &'static str, is_dictionary: bool) -> Parsed<Vec<Id>> {
        let mut parts = Vec::new();
        while !self.takes(end) {
            parts.push(self.expression()?);
            if is_dictionary {
                self.symbol(":", "`:` is due")?;
                parts.push(self.expression()?);
            }
            if !self.takes(",") {
                self.symbol(end, "a comma or closing bracket is due")?;
                break;
            }
        }
        Ok(parts)
    }

    /// A subscript up to `]`: one key, several, or the parts of a slice.
    fn subscript(&mut self) -> Parsed<(Vec<Id>, bool)> {
        let mut keys = Vec::new();
        let mut is_slice = false;
        while !self.takes("]") {
            if self.takes(":") {
                is_slice = true;
            } else if !self.takes(",") {
                keys.push(self.expression()?);
                if !self.is_symbol(":") && !self.is_symbol(",") && !self.is_symbol("]") {
                    return Err(Broken::grammar(self.place().start, "`]` is due"));
                }
            }
        }
        Ok((keys, is_slice))
    }

    /// Arguments up to `)`.
    fn arguments(&mut self) -> Parsed<Vec<Id>> {
        let mut arguments = Vec::new();
        while !self.takes(")") {
            let _is_splat = self.takes("**") || self.takes("*");
            let after = self.tokens.get(self.next.saturating_add(1)).map(|token| &token.kind);
            if matches!((self.peek(), after), (Some(Kind::Name(_)), Some(Kind::Symbol("=")))) {
                self.next = self.next.saturating_add(2);
            }
            arguments.push(self.expression()?);
            if !self.takes(",") {
                self.symbol(")", "a comma or `)` is due")?;
                break;
            }
        }
        Ok(arguments)
    }
}
