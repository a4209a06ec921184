//! What a template's parser builds: statements as a tree, expressions in one list.
//!
//! An expression refers to its parts by index and its parts come before it in the list, so a
//! chain of a million filters is walked by a loop and freed without recursion.

use std::borrow::Cow;
use std::ops::Range;

/// Index of an expression in [`Template::expressions`].
pub(super) type Id = usize;

/// A parsed template.
#[derive(Debug, Default)]
pub(super) struct Template<'t> {
    pub(super) expressions: Vec<Expression<'t>>,
    pub(super) body: Vec<Statement<'t>>,
}

#[derive(Debug)]
pub(super) struct Expression<'t> {
    pub(super) node: Node<'t>,
    pub(super) at: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Node<'t> {
    Name(&'t str),
    Text(Cow<'t, str>),
    /// A number, `true`, `none` and the like.
    Constant,
    Attribute {
        of: Id,
        name: &'t str,
    },
    /// `of[key]`; a slice has its parts in `keys`.
    Item {
        of: Id,
        keys: Vec<Id>,
        is_slice: bool,
    },
    Call {
        of: Id,
        arguments: Vec<Id>,
    },
    Filter {
        of: Option<Id>,
        name: &'t str,
        arguments: Vec<Id>,
    },
    Test {
        of: Id,
        arguments: Vec<Id>,
    },
    /// Operands of one precedence, joined by `operators`.
    Operation {
        operators: Vec<&'static str>,
        operands: Vec<Id>,
    },
    Ternary {
        value: Id,
        condition: Id,
        otherwise: Option<Id>,
    },
    /// A list, tuple or dictionary.
    Collection(Vec<Id>),
}

impl Node<'_> {
    /// The expressions this one is made of, in source order.
    pub(super) fn parts(&self) -> Vec<Id> {
        match self {
            Self::Name(_) | Self::Text(_) | Self::Constant => Vec::new(),
            Self::Attribute { of, .. } => vec![*of],
            Self::Item { of, keys: more, .. }
            | Self::Call { of, arguments: more }
            | Self::Test { of, arguments: more, .. } => std::iter::once(*of).chain(more.iter().copied()).collect(),
            Self::Filter { of, arguments, .. } => of.iter().chain(arguments).copied().collect(),
            Self::Operation { operands, .. } => operands.clone(),
            Self::Ternary { value, condition, otherwise } => {
                [*value, *condition].into_iter().chain(*otherwise).collect()
            }
            Self::Collection(parts) => parts.clone(),
        }
    }
}

/// What a statement assigns to: a name, or the attribute of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Target<'t> {
    pub(super) name: &'t str,
    pub(super) is_attribute: bool,
}

#[derive(Debug)]
pub(super) enum Statement<'t> {
    /// Text that is emitted as it is.
    Text {
        text: &'t str,
        at: Range<usize>,
    },
    /// An expression that is emitted.
    Emit(Id),
    /// An expression that is evaluated: `do`.
    Evaluate(Id),
    For {
        targets: Vec<Target<'t>>,
        over: Id,
        filter: Option<Id>,
        body: Vec<Self>,
        otherwise: Vec<Self>,
    },
    /// Each branch with its condition; `else` has none.
    If {
        branches: Vec<(Option<Id>, Vec<Self>)>,
    },
    /// `set` of an expression.
    Set {
        targets: Vec<Target<'t>>,
        value: Id,
    },
    /// `set` of a block's output.
    SetBlock {
        targets: Vec<Target<'t>>,
        body: Vec<Self>,
    },
    Macro {
        name: &'t str,
        parameters: Vec<Target<'t>>,
        defaults: Vec<Id>,
        body: Vec<Self>,
    },
    /// `call`, `filter`, `with`, `block`, `generation`, `autoescape`: a body in some wrapping.
    Block {
        targets: Vec<Target<'t>>,
        expressions: Vec<Id>,
        body: Vec<Self>,
    },
    /// `include`, `import`, `from`, `extends`.
    Inclusion {
        targets: Vec<Target<'t>>,
        at: Range<usize>,
    },
    /// `break`, `continue`.
    Control,
}
