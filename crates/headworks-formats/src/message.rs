//! Messages of protocol buffers, walked by their schema in one pass.
//!
//! A schema says which fields are messages themselves. Parsers keep or drop a field that they do not know
//! and no writer leaves one, so such a field is an event of its own: bytes that nothing explains.

use std::ops::Range;

use headworks_types::{Fault, Limits, ReadAt};

use crate::format::{Input, Probe};
use crate::inspection::Inspection;
use crate::protobuf::{Message, Value, Wire};

/// A message: its name in the `.proto` file, and its fields by number.
pub(crate) struct Schema {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [(u32, Kind)],
}

/// What a field holds.
pub(crate) enum Kind {
    /// A number, or several, packed or not.
    Number,
    /// Bytes or a string.
    Bytes,
    /// Another message.
    Inner(&'static Schema),
}

/// One step of the walk.
pub(crate) struct Step {
    /// The message in which the field lies; for [`What::Close`] the one that ends.
    pub(crate) holder: &'static str,
    /// Number of the field.
    pub(crate) number: u32,
    /// What was met.
    pub(crate) what: What,
}

/// What was met.
pub(crate) enum What {
    /// A message of that name begins.
    Open(&'static str, Range<u64>),
    /// The innermost message ends.
    Close,
    Number(u64),
    Bytes(Range<u64>),
    /// A field that the schema does not have.
    Unknown(Range<u64>),
}

/// Goes through a message and the messages in it, in the order of the bytes.
pub(crate) struct Walk<'a> {
    pub(crate) wire: Wire<'a>,
    stack: Vec<(&'static Schema, Message)>,
    format: &'static str,
    depth_max: u64,
}

impl<'a> Walk<'a> {
    /// The message of `schema` that `range` of `bytes` holds.
    pub(crate) fn over(
        bytes: &'a dyn ReadAt,
        range: Range<u64>,
        schema: &'static Schema,
        format: &'static str,
        limits: &Limits,
    ) -> Self {
        let stack = vec![(schema, range)];
        Self { wire: Wire::new(bytes), stack, format, depth_max: limits.document_depth_max }
    }

    /// Where the next field begins.
    pub(crate) fn position(&self) -> u64 {
        self.stack.last().map_or(u64::MAX, |(_, message)| message.start)
    }

    /// The next step; none after the end of the outermost message.
    pub(crate) fn next(&mut self) -> Result<Option<Step>, Fault> {
        let depth = self.stack.len() as u64;
        let Some((schema, message)) = self.stack.last_mut() else { return Ok(None) };
        let (schema, format) = (*schema, self.format);
        let field = self.wire.next(message).map_err(|fault| fault.in_format(format, schema.name))?;
        let Some(field) = field else {
            self.stack.pop();
            return Ok(Some(Step { holder: schema.name, number: 0, what: What::Close }));
        };
        let kind = schema.fields.iter().find(|(number, _)| *number == field.number).map(|(_, kind)| kind);
        let what = match (kind, field.value) {
            (Some(Kind::Inner(inner)), Value::Bytes(range)) if depth < self.depth_max => {
                self.stack.push((inner, range.clone()));
                What::Open(inner.name, range)
            }
            (Some(Kind::Inner(_)), Value::Bytes(_)) => {
                return Err(Fault::Budget { limit: "document_depth_max".into(), max: self.depth_max });
            }
            (Some(Kind::Number), Value::Varint(value) | Value::Fixed64(value)) => What::Number(value),
            (Some(Kind::Number), Value::Fixed32(value)) => What::Number(value.into()),
            (Some(Kind::Number | Kind::Bytes), Value::Bytes(range)) => What::Bytes(range),
            _ => What::Unknown(field.bytes),
        };
        Ok(Some(Step { holder: schema.name, number: field.number, what }))
    }

    /// The next step that the schema has; what it has not is stated as bytes that nothing explains.
    pub(crate) fn next_known(
        &mut self,
        input: &Input<'_>,
        inspection: &mut Inspection<'_>,
    ) -> Result<Option<Step>, Fault> {
        loop {
            match self.next()? {
                Some(Step { what: What::Unknown(bytes), .. }) => {
                    inspection.fact(input.place.at(bytes), Fault::Unexplained { format: self.format.to_owned() });
                }
                step => return Ok(step),
            }
        }
    }

    /// The beginning of a string, at most `max` bytes of it.
    pub(crate) fn text(&mut self, range: &Range<u64>, max: u64) -> Result<String, Fault> {
        let range = range.start..range.end.min(range.start.saturating_add(max));
        self.wire.text(&range, max).map_err(|fault| fault.in_format(self.format, "a string"))
    }
}

/// Whether the first bytes are a message of `schema` in which `is_mark` holds of some step.
///
/// Judges a window's worth of fields; the mark counts also when what follows it is broken.
pub(crate) fn begins_as(probe: &Probe<'_>, schema: &'static Schema, mut is_mark: impl FnMut(&Step) -> bool) -> bool {
    let is_tag = |first: &u8| schema.fields.iter().any(|(number, _)| u32::from(first >> 3) == *number);
    if !probe.head.first().is_some_and(is_tag) {
        return false;
    }
    let size = probe.input.bytes.size();
    let mut walk = Walk::over(probe.input.bytes, 0..size, schema, "", &Limits::default());
    while walk.position() < Probe::WINDOW as u64 {
        match walk.next() {
            Ok(Some(Step { what: What::Unknown(_), .. }) | None) | Err(_) => return false,
            Ok(Some(step)) if is_mark(&step) => return true,
            Ok(Some(_)) => {}
        }
    }
    false
}
