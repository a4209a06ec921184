//! What names stand for, as far as the source says.

use std::collections::HashMap;

use ruff_python_ast::{Expr, ExprCall, Number, Operator};

use super::effects;

/// What is known of a name's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A module, or something a module holds, by its full name.
    Dotted(String),
    /// A string that the source spells out.
    Text(String),
    /// Data that was decoded or fetched.
    Decoded,
    /// Something else; it hides a built-in of the same name.
    Unknown,
}

/// Calls within calls that a name is followed through.
const STEPS_MAX: u8 = 24;

/// Bytes of a full name; a name that grows with every assignment means nothing we know.
const NAME_MAX: usize = 512;

/// Modules imported whole that a name is looked for in.
const STARRED_MAX: usize = 32;

/// Characters of a computed string that are kept.
const TEXT_MAX: usize = 1024;

/// The names of the module and of the function that is being read.
#[derive(Default)]
pub(super) struct Names {
    scopes: Vec<HashMap<String, Value>>,
    /// Modules of which every name was imported.
    starred: Vec<String>,
}

impl Names {
    pub(super) fn module() -> Self {
        Self { scopes: vec![HashMap::new()], starred: Vec::new() }
    }

    pub(super) fn enter(&mut self) {
        self.scopes.push(HashMap::new());
    }

    pub(super) fn leave(&mut self) {
        self.scopes.pop();
    }

    pub(super) fn bind(&mut self, name: &str, value: Value) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), value);
        }
    }

    pub(super) fn star(&mut self, module: &str) {
        if self.starred.len() < STARRED_MAX && !self.starred.iter().any(|known| known == module) {
            self.starred.push(module.to_owned());
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// The full name of what an expression denotes; a call's result is written `name()`.
    pub(super) fn resolve(&self, expression: &Expr) -> Option<String> {
        self.resolve_within(expression, STEPS_MAX)
    }

    fn resolve_within(&self, expression: &Expr, steps: u8) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let mut attributes = Vec::new();
        let mut base = expression;
        while let Expr::Attribute(attribute) = base {
            attributes.push(attribute.attr.as_str());
            base = &attribute.value;
        }
        let mut name = match base {
            Expr::Name(name) => self.resolve_name(name.id.as_str())?,
            Expr::Call(call) => self.resolve_result(call, steps)?,
            Expr::Subscript(item) => {
                let holder = self.resolve_within(&item.value, steps)?;
                self.item_of(&holder, &self.text_within(&item.slice, steps)?)?
            }
            Expr::Named(named) => self.resolve_within(&named.value, steps)?,
            _ => return None,
        };
        for attribute in attributes.into_iter().rev() {
            name.push('.');
            name.push_str(attribute);
        }
        (name.len() <= NAME_MAX).then_some(name)
    }

    fn resolve_name(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::Dotted(dotted)) => Some(dotted.clone()),
            Some(_) => None,
            None => {
                let full = self.starred.iter().map(|module| format!("{module}.{name}"));
                Some({ full }.find(|full| effects::of(full).is_some()).unwrap_or_else(|| name.to_owned()))
            }
        }
    }

    /// What a call results in, where it is a way to write a name.
    fn resolve_result(&self, call: &ExprCall, steps: u8) -> Option<String> {
        let callee = self.resolve_within(&call.func, steps)?;
        let argument = |position: usize| call.arguments.args.get(position);
        match callee.as_str() {
            "__import__"
            | "builtins.__import__"
            | "__builtins__.__import__"
            | "importlib.import_module"
            | "importlib.__import__" => self.text_within(argument(0)?, steps),
            "getattr" | "builtins.getattr" => {
                let holder = self.resolve_within(argument(0)?, steps)?;
                Some(format!("{holder}.{}", self.text_within(argument(1)?, steps)?))
            }
            "vars" => Some(format!("{}.__dict__", self.resolve_within(argument(0)?, steps)?)),
            "globals" | "locals" => Some(format!("{callee}()")),
            _ => match callee.strip_suffix(".__dict__.get").or_else(|| callee.strip_suffix(".get")) {
                Some(holder) if is_namespace(holder) => self.item_of(holder, &self.text_within(argument(0)?, steps)?),
                _ => Some(format!("{callee}()")),
            },
        }
    }

    /// `sys.modules["os"]`, `os.__dict__["system"]`, `globals()["exec"]`, `__builtins__["exec"]`.
    fn item_of(&self, holder: &str, key: &str) -> Option<String> {
        match holder {
            "sys.modules" => Some(key.to_owned()),
            "globals()" | "locals()" => self.resolve_name(key),
            "__builtins__" | "builtins.__dict__" => Some(format!("builtins.{key}")),
            _ => holder.strip_suffix(".__dict__").map(|module| format!("{module}.{key}")),
        }
    }

    /// The string that an expression makes, when the source alone says which.
    pub(super) fn text(&self, expression: &Expr) -> Option<String> {
        self.text_within(expression, STEPS_MAX)
    }

    fn text_within(&self, expression: &Expr, steps: u8) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let text = match expression {
            Expr::StringLiteral(literal) => literal.value.to_str().to_owned(),
            Expr::Name(name) => match self.value(name.id.as_str())? {
                Value::Text(text) => text.clone(),
                _ => return None,
            },
            Expr::BinOp(sum) if sum.op == Operator::Add => {
                self.text_within(&sum.left, steps)? + &self.text_within(&sum.right, steps)?
            }
            Expr::Subscript(slice) if is_reversal(&slice.slice) => {
                self.text_within(&slice.value, steps)?.chars().rev().collect()
            }
            Expr::Call(call) => self.text_of_call(call, steps)?,
            _ => return None,
        };
        (text.len() <= TEXT_MAX).then_some(text)
    }

    /// `"".join([...])` and `chr(...)` of constants.
    fn text_of_call(&self, call: &ExprCall, steps: u8) -> Option<String> {
        let argument = call.arguments.args.first()?;
        match &*call.func {
            Expr::Attribute(method) if method.attr.as_str() == "join" => {
                let separator = self.text_within(&method.value, steps)?;
                let parts = match argument {
                    Expr::List(list) => list.elts.as_slice(),
                    Expr::Tuple(tuple) => tuple.elts.as_slice(),
                    _ => return None,
                };
                let parts: Option<Vec<String>> =
                    parts.iter().take(TEXT_MAX).map(|part| self.text_within(part, steps)).collect();
                Some(parts?.join(&separator))
            }
            Expr::Name(name) if name.id.as_str() == "chr" => match argument {
                Expr::NumberLiteral(number) => match &number.value {
                    Number::Int(code) => char::from_u32(u32::try_from(code.as_u64()?).ok()?).map(String::from),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}

fn is_namespace(name: &str) -> bool {
    name == "sys.modules" || name == "globals()" || name == "__builtins__" || name.ends_with(".__dict__")
}

/// `[::-1]`.
fn is_reversal(slice: &Expr) -> bool {
    match slice {
        Expr::Slice(slice) => {
            slice.lower.is_none() && slice.upper.is_none() && matches!(slice.step.as_deref(), Some(Expr::UnaryOp(_)))
        }
        _ => false,
    }
}
