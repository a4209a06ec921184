//! From machine values to the shapes that facts show, bounded in depth, width and text.

use headworks_types::fact::Shape;

use super::events::CalleeId;
use super::value::{Arena, Value};

/// Items of one tuple, or arguments of one call, that are shown.
pub(super) const WIDTH_MAX: usize = 32;

/// Tuples within tuples that are shown.
const DEPTH_MAX: u8 = 4;

/// Bytes of one string that are shown.
const TEXT_BYTES_MAX: usize = 2048;

/// Cost of all that one event shows: one for each value, and one for every 64 bytes of text.
const COST_MAX: usize = 256;

/// What turns values into shapes.
pub(super) struct Render<'r> {
    pub(super) arena: &'r Arena<'r>,
    /// `module.name` of a callee.
    pub(super) names: &'r dyn Fn(CalleeId) -> &'r str,
}

impl Render<'_> {
    /// The shapes of these values.
    pub(super) fn all(&self, values: &[Value]) -> Vec<Shape> {
        let mut cost = COST_MAX;
        values.iter().map(|&value| self.one(value, DEPTH_MAX, &mut cost)).collect()
    }

    /// Whether these values have these shapes, without building any; numbers may be forgotten.
    pub(super) fn all_match(&self, shapes: &[Shape], values: &[Value], folded: bool) -> bool {
        let mut cost = COST_MAX;
        shapes.len() == values.len()
            && shapes.iter().zip(values).all(|(shape, &value)| self.matches(shape, value, folded, DEPTH_MAX, &mut cost))
    }

    fn one(&self, value: Value, depth: u8, cost: &mut usize) -> Shape {
        match value {
            Value::Unknown => Shape::Unknown,
            Value::Forgotten => {
                self.arena.miss();
                Shape::Unknown
            }
            Value::None => Shape::None,
            Value::Bool(value) => Shape::Bool(value),
            Value::Int(value) => Shape::Int(Some(value)),
            Value::LargeInt => Shape::Int(None),
            Value::Float => Shape::Float,
            Value::Str { .. } | Value::OpaqueStr => Shape::Str(self.text(value, cost).map(str::to_owned)),
            Value::Bytes(length) => Shape::Bytes(Some(length)),
            Value::Tuple { .. } => Shape::Tuple(
                self.items(value, depth, cost)
                    .map(|items| items.iter().map(|&item| self.one(item, depth.saturating_sub(1), cost)).collect()),
            ),
            Value::List => Shape::List,
            Value::Dict(_) => Shape::Dict,
            Value::Set | Value::FrozenSet => Shape::Set,
            Value::Global(callee) => Shape::Global((self.names)(callee).to_owned()),
            Value::Instance { of, .. } => Shape::Instance((self.names)(of).to_owned()),
            Value::Persistent(_) => Shape::Persistent,
            Value::Buffer => Shape::Buffer,
        }
    }

    fn matches(&self, shape: &Shape, value: Value, folded: bool, depth: u8, cost: &mut usize) -> bool {
        match (shape, value) {
            (Shape::Int(shown), Value::Int(value)) => *shown == Some(value) || (folded && shown.is_none()),
            (Shape::Int(shown), Value::LargeInt) => shown.is_none(),
            (Shape::Bytes(shown), Value::Bytes(length)) => *shown == Some(length) || (folded && shown.is_none()),
            (Shape::Str(shown), Value::Str { .. } | Value::OpaqueStr) => {
                let text = self.text_bytes(value, cost);
                let digits = || text.is_some_and(|text| std::str::from_utf8(text).is_ok_and(is_digits));
                shown.as_deref().map(str::as_bytes) == text || (folded && shown.is_none() && digits())
            }
            (Shape::Tuple(shown), Value::Tuple { .. }) => {
                let items = self.items(value, depth, cost);
                let (Some(shown), Some(items)) = (shown, items) else { return shown.is_none() && items.is_none() };
                let depth = depth.saturating_sub(1);
                shown.len() == items.len()
                    && shown.iter().zip(items).all(|(shape, &item)| self.matches(shape, item, folded, depth, cost))
            }
            (Shape::Global(shown), Value::Global(callee))
            | (Shape::Instance(shown), Value::Instance { of: callee, .. }) => *shown == (self.names)(callee),
            (
                _,
                Value::Str { .. } | Value::OpaqueStr | Value::Tuple { .. } | Value::Global(_) | Value::Instance { .. },
            ) => false,
            _ => *shape == self.one(value, depth, cost),
        }
    }

    /// The text of a string, when it may be shown.
    fn text(&self, value: Value, cost: &mut usize) -> Option<&str> {
        std::str::from_utf8(self.text_bytes(value, cost)?).ok()
    }

    fn text_bytes(&self, value: Value, cost: &mut usize) -> Option<&[u8]> {
        let text = self.arena.text_bytes(value).filter(|text| text.len() <= TEXT_BYTES_MAX)?;
        spend(cost, (text.len() / 64).saturating_add(1)).then_some(text)
    }

    /// The items of a tuple, when they may be shown.
    fn items(&self, value: Value, depth: u8, cost: &mut usize) -> Option<&[Value]> {
        let items = self.arena.items(value).filter(|items| depth > 0 && items.len() <= WIDTH_MAX)?;
        spend(cost, items.len().saturating_add(1)).then_some(items)
    }
}

fn spend(cost: &mut usize, amount: usize) -> bool {
    let left = cost.checked_sub(amount);
    *cost = left.unwrap_or(*cost);
    left.is_some()
}

/// Forgets integers and lengths; strings of digits as well where `digits_too` says they are counters.
pub(super) fn forget_numbers(shape: &mut Shape, digits_too: bool) {
    match shape {
        Shape::Int(value) => *value = None,
        Shape::Bytes(length) => *length = None,
        Shape::Str(text) if digits_too && text.as_deref().is_some_and(is_digits) => *text = None,
        Shape::Tuple(Some(items)) => items.iter_mut().for_each(|item| forget_numbers(item, digits_too)),
        _ => {}
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Keeps of `shapes` what `others` share; `[Unknown]` when not even their number is the same.
pub(super) fn join_all(shapes: &mut Vec<Shape>, others: &[Shape]) {
    if shapes.len() == others.len() {
        shapes.iter_mut().zip(others).for_each(|(shape, other)| join(shape, other));
    } else {
        *shapes = vec![Shape::Unknown];
    }
}

fn join(shape: &mut Shape, other: &Shape) {
    if shape == other {
        return;
    }
    *shape = match (std::mem::replace(shape, Shape::Unknown), other) {
        (Shape::Int(_), Shape::Int(_)) => Shape::Int(None),
        (Shape::Str(_), Shape::Str(_)) => Shape::Str(None),
        (Shape::Bytes(_), Shape::Bytes(_)) => Shape::Bytes(None),
        (Shape::Tuple(Some(mut items)), Shape::Tuple(Some(others))) if items.len() == others.len() => {
            items.iter_mut().zip(others).for_each(|(item, other)| join(item, other));
            Shape::Tuple(Some(items))
        }
        (Shape::Tuple(_), Shape::Tuple(_)) => Shape::Tuple(None),
        _ => Shape::Unknown,
    };
}

/// Bytes of text in these shapes.
pub(super) fn text_bytes(shapes: &[Shape]) -> u64 {
    shapes.iter().fold(0, |sum: u64, shape| sum.saturating_add(one_text_bytes(shape)))
}

fn one_text_bytes(shape: &Shape) -> u64 {
    let own = match shape {
        Shape::Str(Some(text)) | Shape::Global(text) | Shape::Instance(text) => text.len() as u64,
        Shape::Tuple(Some(items)) => text_bytes(items),
        _ => 0,
    };
    own.saturating_add(size_of::<Shape>() as u64)
}
