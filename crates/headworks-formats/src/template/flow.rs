//! Where values go in a template: which names are bound, and which hold what a message says.

use std::collections::{HashMap, HashSet};

use super::syntax::{Id, Node, Statement, Target, Template};

/// Keys under which loaders hand a template the words of a message.
const CONTENT_KEYS: [&str; 8] = ["content", "text", "value", "prompt", "query", "question", "input", "instruction"];

/// Filters whose result is no longer the text: a number, a shape.
const MEASURES: [&str; 5] = ["length", "count", "int", "float", "type"];

/// Passes over the assignments. One follows any chain that is written in order; the others follow
/// what a loop carries into its next round.
const PASSES: usize = 4;

/// Calls `visit` for every statement, outer ones first.
pub(super) fn each_statement<'s, 't>(body: &'s [Statement<'t>], visit: &mut dyn FnMut(&'s Statement<'t>)) {
    for statement in body {
        visit(statement);
        match statement {
            Statement::For { body, otherwise, .. } => {
                each_statement(body, visit);
                each_statement(otherwise, visit);
            }
            Statement::If { branches } => branches.iter().for_each(|(_, body)| each_statement(body, visit)),
            Statement::SetBlock { body, .. } | Statement::Macro { body, .. } | Statement::Block { body, .. } => {
                each_statement(body, visit);
            }
            _ => {}
        }
    }
}

/// Names that the template itself binds.
pub(super) fn bound_names<'t>(template: &Template<'t>) -> HashSet<&'t str> {
    let mut bound = HashSet::new();
    each_statement(&template.body, &mut |statement| match statement {
        Statement::For { targets, .. }
        | Statement::Set { targets, .. }
        | Statement::SetBlock { targets, .. }
        | Statement::Block { targets, .. }
        | Statement::Inclusion { targets, .. } => {
            bound.extend(targets.iter().filter(|target| !target.is_attribute).map(|target| target.name));
        }
        Statement::Macro { name, parameters, .. } => {
            bound.insert(*name);
            bound.extend(parameters.iter().map(|parameter| parameter.name));
        }
        _ => {}
    });
    bound
}

/// An expression and all it is made of, in no particular order.
pub(super) struct Descendants<'s, 't> {
    template: &'s Template<'t>,
    waiting: Vec<Id>,
}

impl<'s, 't> Descendants<'s, 't> {
    pub(super) fn of(template: &'s Template<'t>, root: Id) -> Self {
        Self { template, waiting: vec![root] }
    }
}

impl Iterator for Descendants<'_, '_> {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        let id = self.waiting.pop()?;
        let expression = self.template.expressions.get(id);
        self.waiting.extend(expression.map(|expression| expression.node.parts()).unwrap_or_default());
        Some(id)
    }
}

/// Which expressions hold, or are made from, what a message says.
pub(super) struct Content<'t> {
    derived: Vec<bool>,
    tainted: HashSet<Target<'t>>,
}

impl<'t> Content<'t> {
    pub(super) fn of(template: &Template<'t>) -> Self {
        let assignments = Assignments::of(template);
        let mut content = Self { derived: vec![false; template.expressions.len()], tainted: HashSet::new() };
        for _ in 0..PASSES {
            let before = content.tainted.len();
            content.pass(template, &assignments);
            if content.tainted.len() == before {
                break;
            }
        }
        content
    }

    /// Whether the expression is made from what a message says.
    pub(super) fn is_in(&self, id: Id) -> bool {
        self.derived.get(id).copied().unwrap_or(false)
    }

    fn pass(&mut self, template: &Template<'t>, assignments: &Assignments<'t>) {
        for (id, expression) in template.expressions.iter().enumerate() {
            let derived = self.derives(template, &expression.node);
            if let Some(slot) = self.derived.get_mut(id) {
                *slot = derived;
            }
            if derived && let Some(targets) = assignments.by_value.get(&id) {
                self.tainted.extend(targets.iter().copied());
            }
            self.call_macro(template, assignments, &expression.node);
        }
    }

    /// A macro that is called with content has it in its parameters.
    fn call_macro(&mut self, template: &Template<'t>, assignments: &Assignments<'t>, node: &Node<'t>) {
        let Node::Call { of, arguments } = node else { return };
        let Some(Node::Name(name)) = template.expressions.get(*of).map(|called| &called.node) else { return };
        if let Some(parameters) = assignments.macros.get(name)
            && arguments.iter().any(|argument| self.is_in(*argument))
        {
            self.tainted.extend(parameters.iter().copied());
        }
    }

    fn derives(&self, template: &Template<'t>, node: &Node<'t>) -> bool {
        let any = |ids: &[Id]| ids.iter().any(|id| self.is_in(*id));
        match node {
            Node::Name(name) => self.is_tainted(name, false),
            Node::Text(_) | Node::Constant | Node::Test { .. } => false,
            Node::Attribute { name, .. } => CONTENT_KEYS.contains(name) || self.is_tainted(name, true),
            Node::Item { of, keys, .. } => match literal(template, keys) {
                Some(key) => CONTENT_KEYS.contains(&key) || self.is_tainted(key, true),
                None => self.is_in(*of),
            },
            Node::Call { of, arguments } => match template.expressions.get(*of).map(|called| &called.node) {
                Some(Node::Attribute { of: base, name: "get" }) => {
                    literal(template, arguments).map_or(self.is_in(*base), |key| CONTENT_KEYS.contains(&key))
                }
                Some(Node::Attribute { of: base, .. }) => self.is_in(*base) || any(arguments),
                _ => any(arguments),
            },
            Node::Filter { name, .. } if MEASURES.contains(name) => false,
            Node::Filter { of, arguments, .. } => of.is_some_and(|of| self.is_in(of)) || any(arguments),
            Node::Operation { operators, operands } => {
                let joins = operators.iter().any(|operator| matches!(*operator, "+" | "~" | "or" | "and" | "*" | "%"));
                joins && any(operands)
            }
            Node::Ternary { value, otherwise, .. } => {
                self.is_in(*value) || otherwise.is_some_and(|otherwise| self.is_in(otherwise))
            }
            Node::Collection(parts) => any(parts),
        }
    }

    fn is_tainted(&self, name: &str, is_attribute: bool) -> bool {
        let tainted: &HashSet<Target<'_>> = &self.tainted;
        tainted.contains(&Target { name, is_attribute })
    }
}

/// The text of the first of `keys`, when it is a literal.
fn literal<'s>(template: &'s Template<'_>, keys: &[Id]) -> Option<&'s str> {
    match &template.expressions.get(*keys.first()?)?.node {
        Node::Text(text) => Some(text),
        _ => None,
    }
}

/// What is assigned where.
struct Assignments<'t> {
    by_value: HashMap<Id, Vec<Target<'t>>>,
    macros: HashMap<&'t str, Vec<Target<'t>>>,
}

impl<'t> Assignments<'t> {
    fn of(template: &Template<'t>) -> Self {
        let mut assignments = Self { by_value: HashMap::new(), macros: HashMap::new() };
        each_statement(&template.body, &mut |statement| match statement {
            Statement::Set { targets, value } | Statement::For { targets, over: value, .. } => {
                assignments.by_value.entry(*value).or_default().extend(targets);
            }
            Statement::Block { targets, expressions, .. } => {
                for (target, value) in targets.iter().zip(expressions) {
                    assignments.by_value.entry(*value).or_default().push(*target);
                }
            }
            Statement::Macro { name, parameters, .. } => {
                assignments.macros.insert(name, parameters.clone());
            }
            _ => {}
        });
        assignments
    }
}
