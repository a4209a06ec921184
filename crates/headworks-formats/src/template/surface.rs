//! Constructs that show in a single expression: ways out of the sandbox, other templates, and
//! characters that nobody sees.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use headworks_types::fact::TemplateConstruct;

use super::Seen;
use super::flow;
use super::syntax::{Id, Node, Statement, Template};

/// Attributes without underscores that lead from an object to its type, frame or globals.
const INTERNALS: [&str; 19] = [
    "ag_code",
    "ag_frame",
    "cr_code",
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_locals",
    "func_code",
    "func_globals",
    "gi_code",
    "gi_frame",
    "im_func",
    "im_self",
    "mro",
    "subclasses",
    "tb_frame",
    "tb_next",
];

/// Names that Jinja, Flask and their like put into every template and that reach Python objects.
/// `namespace`, `range` and `dict` are among Jinja's too, and formatting needs them.
const GLOBALS: [&str; 12] = [
    "__builtins__",
    "builtins",
    "config",
    "cycler",
    "environ",
    "get_flashed_messages",
    "joiner",
    "lipsum",
    "os",
    "request",
    "self",
    "url_for",
];

/// A folded string longer than this names no attribute.
const FOLDED_BYTES_MAX: usize = 128;

pub(super) fn look(template: &Template<'_>, seen: &mut Seen<'_>) {
    let folded = Folded::of(template);
    for id in 0..template.expressions.len() {
        if let Some(at) = traversal(template, &folded, id) {
            seen.source(TemplateConstruct::AttributeTraversal, at);
        }
    }
    let bound = flow::bound_names(template);
    for expression in &template.expressions {
        match expression.node {
            Node::Name(name) if GLOBALS.contains(&name) && !bound.contains(name) => {
                seen.source(TemplateConstruct::Global, expression.at.clone());
            }
            _ => {}
        }
    }
    flow::each_statement(&template.body, &mut |statement| {
        if let Statement::Inclusion { at, .. } = statement {
            seen.source(TemplateConstruct::Inclusion, at.clone());
        }
    });
    invisible(template, seen);
}

/// Where the expression reaches for a Python internal, if it does.
fn traversal(template: &Template<'_>, folded: &Folded, id: Id) -> Option<Range<usize>> {
    let expression = template.expressions.get(id)?;
    let names_internal = |id: &Id| folded.text(*id).is_some_and(is_internal);
    let reaches = match &expression.node {
        Node::Attribute { name, .. } => is_internal(name),
        Node::Item { keys, is_slice: false, .. } => keys
            .iter()
            .any(|key| names_internal(key) || (folded.text(*key).is_none() && has_underscored_piece(template, *key))),
        // No formatting needs to look an attribute up by a computed name.
        Node::Filter { name: "attr", .. } => true,
        Node::Filter { name: "map" | "selectattr" | "rejectattr" | "groupby" | "sort", arguments, .. } => {
            arguments.iter().any(|id| folded.text(*id).is_some_and(|text| text.split('.').any(is_internal)))
        }
        Node::Filter { .. } | Node::Operation { .. } => names_internal(&id),
        Node::Text(text) => is_traversal_text(text),
        _ => false,
    };
    reaches.then(|| expression.at.clone())
}

fn is_internal(name: &str) -> bool {
    let dunder =
        name.len() > 4 && name.starts_with("__") && name.ends_with("__") && !name.contains(char::is_whitespace);
    dunder || INTERNALS.contains(&name)
}

/// A literal that is no text for a model: an attribute's name, or a format string that follows one
/// (`"{0.__class__}".format(x)`, CVE-2016-10745).
fn is_traversal_text(text: &str) -> bool {
    let names = ["__class__", "__globals__", "__builtins__", "__subclasses__", "__mro__", "__import__", "__bases__"];
    let has_name = names.iter().any(|name| text.contains(name));
    has_name && (text.contains('{') || !text.contains(char::is_whitespace))
}

/// Whether a computed subscript is put together from pieces of a dunder name.
fn has_underscored_piece(template: &Template<'_>, root: Id) -> bool {
    let mut pieces = flow::Descendants::of(template, root);
    pieces.any(|id| matches!(template.expressions.get(id).map(|found| &found.node), Some(Node::Text(text)) if text.contains("__")))
}

/// The text that each expression comes to, where constants alone decide it.
struct Folded(Vec<Option<String>>);

impl Folded {
    fn of(template: &Template<'_>) -> Self {
        let constants = constants(template);
        let mut folded = Self(Vec::with_capacity(template.expressions.len()));
        for expression in &template.expressions {
            let text = folded.fold(&expression.node, template, &constants);
            folded.0.push(text.filter(|text| text.len() <= FOLDED_BYTES_MAX));
        }
        folded
    }

    fn text(&self, id: Id) -> Option<&str> {
        self.0.get(id)?.as_deref()
    }

    fn fold(&self, node: &Node<'_>, template: &Template<'_>, constants: &HashMap<&str, Id>) -> Option<String> {
        match node {
            Node::Text(text) => Some(text.to_string()),
            Node::Name(name) => self.text(*constants.get(name)?).map(str::to_owned),
            Node::Operation { operators, operands }
                if operators.iter().all(|operator| matches!(*operator, "+" | "~")) =>
            {
                let parts = operands.iter().map(|id| self.text(*id));
                parts.collect::<Option<Vec<_>>>().map(|parts| parts.concat())
            }
            Node::Item { of, is_slice: true, .. } | Node::Filter { of: Some(of), name: "reverse", .. } => {
                self.text(*of).map(|text| text.chars().rev().collect())
            }
            Node::Filter { of: Some(of), name: "join", arguments } => {
                let parts = match &template.expressions.get(*of)?.node {
                    Node::Collection(parts) => parts.iter().map(|id| self.text(*id)).collect::<Option<Vec<_>>>()?,
                    _ => return None,
                };
                let separator = arguments.first().and_then(|id| self.text(*id)).unwrap_or_default();
                Some(parts.join(separator))
            }
            Node::Filter { of: Some(of), name: "lower" | "trim" | "string" | "safe", .. } => {
                self.text(*of).map(|text| text.trim().to_lowercase())
            }
            _ => None,
        }
    }
}

/// Names that are set once, with the expression they are set to.
fn constants<'t>(template: &Template<'t>) -> HashMap<&'t str, Id> {
    let mut constants = HashMap::new();
    let mut ambiguous = HashSet::new();
    flow::each_statement(&template.body, &mut |statement| {
        if let Statement::Set { targets, value } = statement
            && let [target] = targets.as_slice()
            && constants.insert(target.name, *value).is_some()
        {
            ambiguous.insert(target.name);
        }
    });
    constants.retain(|name, _| !ambiguous.contains(name));
    constants
}

/// Zero-width, bidirectional and tag characters, in the source and in literals once unescaped.
fn invisible(template: &Template<'_>, seen: &mut Seen<'_>) {
    let source = seen.source.strip_prefix('\u{feff}').unwrap_or(seen.source);
    let base = seen.source.len().saturating_sub(source.len());
    let mut found: Vec<(char, Range<usize>)> = Vec::new();
    for (at, c) in hidden_characters(source) {
        let start = at.saturating_add(base);
        found.push((c, start..start.saturating_add(c.len_utf8())));
    }
    for expression in &template.expressions {
        if let Node::Text(text) = &expression.node {
            found.extend(hidden_characters(text).map(|(_, c)| (c, expression.at.clone())));
        }
    }
    let Some((_, at)) = found.first().cloned() else { return };
    let mut points: Vec<String> = found.iter().map(|(c, _)| format!("U+{:04X}", u32::from(*c))).collect();
    points.dedup();
    points.truncate(16);
    seen.text(TemplateConstruct::InvisibleCharacter, &points.join(" "), at);
}

fn hidden_characters(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut before = ' ';
    text.char_indices().filter(move |&(_, c)| {
        // Persian, the Indic scripts and emoji join and part their letters with these two.
        let joins = matches!(c, '\u{200c}' | '\u{200d}') && !before.is_ascii();
        before = c;
        !joins && is_hidden(c)
    })
}

fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}
