//! What a template emits, and whether the words of a message decide it.
//!
//! A formatting template asks for a message's role, its shape and its own markers. One that asks
//! for ordinary words ("quarterly report") and then says something else has a trigger.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use headworks_types::fact::TemplateConstruct;

use super::Seen;
use super::flow::{Content, Descendants};
use super::syntax::{Id, Node, Statement, Target, Template};
use super::wording;

/// Methods that ask whether, or where, a text contains another.
const ASKING_METHODS: [&str; 13] = [
    "__contains__",
    "count",
    "endswith",
    "find",
    "index",
    "partition",
    "removeprefix",
    "removesuffix",
    "rfind",
    "rindex",
    "rsplit",
    "split",
    "startswith",
];

/// The ones that only take a text apart when nothing is decided by them.
const SPLITTING_METHODS: [&str; 7] = ["partition", "removeprefix", "removesuffix", "rsplit", "split", "count", "find"];

/// What decides whether a statement is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Under {
    /// Roles, switches, nothing.
    Always,
    /// A marker of the template's own in a message.
    Marker,
    /// Ordinary words in a message.
    Words,
}

pub(super) fn look<'t>(template: &Template<'t>, seen: &mut Seen<'_>) {
    let content = Content::of(template);
    let mut branches = Branches { template, content, flagged: HashMap::new(), speaking: HashSet::new(), seen };
    branches.body(&template.body, Under::Always);
}

struct Branches<'s, 't, 'o, 'q> {
    template: &'s Template<'t>,
    content: Content<'t>,
    /// Names that were set because ordinary words occurred: to ask for one is to ask for them.
    flagged: HashMap<Target<'t>, Under>,
    /// Names, macros among them, that stand for emitted words.
    speaking: HashSet<Target<'t>>,
    seen: &'o mut Seen<'q>,
}

impl<'t> Branches<'_, 't, '_, '_> {
    /// Follows statements that are reached under `under`.
    /// Whether they emit words.
    fn body(&mut self, body: &[Statement<'t>], under: Under) -> bool {
        let mut speaks = false;
        for statement in body {
            speaks |= self.statement(statement, under);
        }
        speaks
    }

    fn statement(&mut self, statement: &Statement<'t>, under: Under) -> bool {
        match statement {
            Statement::Text { text, at } => self.emits(text, at, under),
            Statement::Emit(id) | Statement::Evaluate(id) => self.expression(*id, under),
            Statement::Set { targets, value } => {
                self.flag(targets, under.max(self.asks(*value, false)));
                let speaks = self.expression(*value, under);
                self.speak(targets, speaks)
            }
            Statement::If { branches } => self.branches(branches, under),
            Statement::For { over, filter, body, otherwise, .. } => {
                let asked = filter.map_or(Under::Always, |filter| self.asks(filter, true));
                let at = filter.and_then(|id| self.place(id));
                let speaks = self.expression(*over, under) | self.body(body, under.max(asked));
                if asked == Under::Words && speaks {
                    at.into_iter().for_each(|at| self.seen.source(TemplateConstruct::ContentBranch, at));
                }
                speaks | self.body(otherwise, under)
            }
            Statement::SetBlock { targets, body } => {
                self.flag(targets, under);
                let speaks = self.body(body, under);
                self.speak(targets, speaks)
            }
            Statement::Macro { name, defaults, body, .. } => {
                let speaks = self.expressions(defaults, Under::Always) | self.body(body, Under::Always);
                self.speak(&[Target { name, is_attribute: false }], speaks);
                false
            }
            Statement::Block { expressions, body, .. } => self.expressions(expressions, under) | self.body(body, under),
            Statement::Inclusion { .. } | Statement::Control => false,
        }
    }

    /// The branches of an `if`: an `else` depends on what the conditions before it asked.
    fn branches(&mut self, branches: &[(Option<Id>, Vec<Statement<'t>>)], under: Under) -> bool {
        let mut asked = Under::Always;
        let mut at: Option<Range<usize>> = None;
        let mut speaks = false;
        for (condition, body) in branches {
            let own = condition.map_or(Under::Always, |condition| self.asks(condition, true));
            if own > asked || at.is_none() {
                at = condition.and_then(|condition| self.place(condition)).or(at);
            }
            asked = asked.max(own);
            speaks |= self.body(body, under.max(asked));
        }
        if asked == Under::Words && speaks {
            at.into_iter().for_each(|at| self.seen.source(TemplateConstruct::ContentBranch, at));
        }
        speaks
    }

    fn expressions(&mut self, ids: &[Id], under: Under) -> bool {
        let mut speaks = false;
        for id in ids {
            speaks |= self.expression(*id, under);
        }
        speaks
    }

    /// The literals of an expression, as text that is emitted under what it asks itself.
    fn expression(&mut self, root: Id, under: Under) -> bool {
        let asked = self.asks(root, false);
        let template = self.template;
        let asking = if asked == Under::Always { HashSet::new() } else { self.asking_literals(root) };
        let mut speaks = false;
        for id in Descendants::of(template, root).filter(|id| !asking.contains(id)) {
            let Some(expression) = template.expressions.get(id) else { continue };
            speaks |= match &expression.node {
                Node::Text(text) => self.emits(text, &expression.at, under.max(asked)),
                Node::Name(name) => self.speaking.contains(&Target { name, is_attribute: false }),
                Node::Attribute { name, .. } => self.speaking.contains(&Target { name, is_attribute: true }),
                _ => false,
            };
        }
        if asked == Under::Words && speaks && under < Under::Words {
            let at = self.place(root);
            at.into_iter().for_each(|at| self.seen.source(TemplateConstruct::ContentBranch, at));
        }
        speaks
    }

    /// Reports what a piece of emitted text is; whether it has words at all.
    fn emits(&mut self, text: &str, at: &Range<usize>, under: Under) -> bool {
        let hidden = match under {
            Under::Always => false,
            Under::Marker => wording::is_hostile(text),
            Under::Words => wording::instructs(text),
        };
        if hidden {
            self.seen.text(TemplateConstruct::HiddenInstruction, text, at.clone());
        } else if under == Under::Always && wording::is_hostile(text) {
            self.seen.text(TemplateConstruct::Instruction, text, at.clone());
        }
        if let Some(url) = wording::url(text) {
            self.seen.text(TemplateConstruct::Url, url, at.clone());
        }
        wording::is_natural(text)
    }

    fn flag(&mut self, targets: &[Target<'t>], under: Under) {
        if under == Under::Words {
            self.flagged.extend(targets.iter().map(|target| (*target, under)));
        }
    }

    fn speak(&mut self, targets: &[Target<'t>], speaks: bool) -> bool {
        if speaks {
            self.speaking.extend(targets);
        }
        speaks
    }

    fn place(&self, id: Id) -> Option<Range<usize>> {
        self.template.expressions.get(id).map(|expression| expression.at.clone())
    }

    /// What the expression asks of a message's words. In a condition every question decides.
    fn asks(&self, root: Id, is_condition: bool) -> Under {
        let questions = Descendants::of(self.template, root).map(|id| {
            let flagged = self.template.expressions.get(id).and_then(|expression| match &expression.node {
                Node::Name(name) => self.flagged.get(&Target { name, is_attribute: false }),
                Node::Attribute { name, .. } => self.flagged.get(&Target { name, is_attribute: true }),
                _ => None,
            });
            let literals = self.question(id, is_condition);
            let asked = literals
                .iter()
                .filter_map(|id| self.literal(*id))
                .map(|text| if wording::is_natural(text) { Under::Words } else { Under::Marker });
            asked.chain(flagged.copied()).max().unwrap_or(Under::Always)
        });
        questions.max().unwrap_or(Under::Always)
    }

    fn asking_literals(&self, root: Id) -> HashSet<Id> {
        Descendants::of(self.template, root).flat_map(|id| self.question(id, true)).collect()
    }

    fn literal(&self, id: Id) -> Option<&str> {
        match &self.template.expressions.get(id)?.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The literals that the expression compares a message's words with.
    fn question(&self, id: Id, is_condition: bool) -> Vec<Id> {
        let Some(expression) = self.template.expressions.get(id) else { return Vec::new() };
        match &expression.node {
            Node::Operation { operators, operands }
                if operators.iter().any(|operator| matches!(*operator, "==" | "!=" | "in" | "not in")) =>
            {
                self.literals_beside_content(operands)
            }
            Node::Call { of, arguments } => self.asked_by_call(*of, arguments, is_condition),
            Node::Filter { of: Some(of), name: "replace", arguments } if self.content.is_in(*of) => {
                arguments.first().copied().into_iter().collect()
            }
            Node::Filter { name: "select" | "selectattr" | "reject" | "rejectattr", arguments, .. } => {
                self.asked_by_selection(arguments)
            }
            Node::Test { of, arguments, .. } if self.content.is_in(*of) => self.texts(arguments),
            // `{'words': 'answer'}[content]`
            Node::Item { of, keys, .. } if keys.iter().any(|key| self.content.is_in(*key)) => self.keys_of(*of),
            _ => Vec::new(),
        }
    }

    fn literals_beside_content(&self, operands: &[Id]) -> Vec<Id> {
        let (content, others): (Vec<Id>, Vec<Id>) = operands.iter().copied().partition(|id| self.content.is_in(*id));
        if content.is_empty() { Vec::new() } else { self.texts(&others) }
    }

    fn asked_by_call(&self, of: Id, arguments: &[Id], is_condition: bool) -> Vec<Id> {
        let Some(Node::Attribute { of: base, name }) = self.template.expressions.get(of).map(|called| &called.node)
        else {
            return Vec::new();
        };
        let about_content = self.content.is_in(*base);
        match *name {
            "replace" if about_content => arguments.first().copied().into_iter().collect(),
            "get" if arguments.first().is_some_and(|key| self.content.is_in(*key)) => self.keys_of(*base),
            name if about_content && ASKING_METHODS.contains(&name) => {
                if is_condition || !SPLITTING_METHODS.contains(&name) { self.texts(arguments) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// `messages | selectattr('content', 'search', 'words')`
    fn asked_by_selection(&self, arguments: &[Id]) -> Vec<Id> {
        match arguments {
            [attribute, _test, asked @ ..] if self.literal(*attribute).is_some_and(|name| name.contains("content")) => {
                self.texts(asked)
            }
            _ => Vec::new(),
        }
    }

    /// The literals among `ids` and within collections and joined strings there.
    fn texts(&self, ids: &[Id]) -> Vec<Id> {
        let all = ids.iter().flat_map(|id| Descendants::of(self.template, *id));
        all.filter(|id| self.literal(*id).is_some()).collect()
    }

    /// The keys of a dictionary literal.
    fn keys_of(&self, id: Id) -> Vec<Id> {
        match self.template.expressions.get(id).map(|expression| &expression.node) {
            Some(Node::Collection(parts)) => parts.iter().step_by(2).copied().collect(),
            _ => Vec::new(),
        }
    }
}
