//! The opcodes with an effect: each logs its event first and touches the stack afterwards.

use headworks_types::fact::PickleOpcode;

use super::machine::{Machine, Step, malformed, operand, result_of, underflow};
use super::opcodes as op;
use super::roles::Role;
use super::shapes::WIDTH_MAX;
use super::value::{NO_DETAIL, Value};
use crate::reader::Reader;

/// A longer name on the stack counts as computed: no module has one, and every GET of it would
/// cost its length again.
const NAME_BYTES_MAX: usize = 1024;

impl Machine<'_> {
    /// GLOBAL: module and name in two lines.
    pub(super) fn global(&mut self, reader: &mut Reader<'_>) -> Step {
        let value = self.import_lines(op::GLOBAL, PickleOpcode::Global, reader)?;
        self.push(value)
    }

    /// INST: an import and a call in one opcode.
    pub(super) fn inst(&mut self, reader: &mut Reader<'_>) -> Step {
        let class = self.import_lines(op::INST, PickleOpcode::Inst, reader)?;
        let from = self.pop_mark()?;
        self.instantiate(class, from, PickleOpcode::Inst, reader)
    }

    /// OBJ: the class lies on the mark, its arguments above it.
    pub(super) fn obj(&mut self, reader: &mut Reader<'_>) -> Step {
        let from = self.pop_mark()?;
        let class = self.values_from(from).first().copied().ok_or_else(underflow)?;
        self.instantiate(class, from.saturating_add(1), PickleOpcode::Obj, reader)?;
        let instance = self.pop()?;
        self.drop_from(from);
        self.push(instance)
    }

    fn import_lines(&mut self, opcode: u8, event: PickleOpcode, reader: &mut Reader<'_>) -> Step<Value> {
        let module = self.name_line(opcode, reader)?;
        let name = self.name_line(opcode, reader)?;
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let callee = self.log.callee(&text(&module), &text(&name), self.protocol);
        self.log.import(callee, event, self.span(reader), &mut self.arena)?;
        if std::str::from_utf8(&module).is_err() || std::str::from_utf8(&name).is_err() {
            return Err(malformed("a name that is no UTF-8"));
        }
        Ok(Value::Global(callee))
    }

    /// STACK_GLOBAL: module and name are whatever the stack holds.
    pub(super) fn stack_global(&mut self, reader: &mut Reader<'_>) -> Step {
        let (name, module) = (self.pop()?, self.pop()?);
        let span = self.span(reader);
        let short = |value| self.arena.text(value).filter(|text| text.len() <= NAME_BYTES_MAX);
        let value = match (short(module), short(name)) {
            (Some(module), Some(name)) => {
                let callee = self.log.callee(module, name, self.protocol);
                self.log.import(callee, PickleOpcode::StackGlobal, span, &mut self.arena)?;
                Value::Global(callee)
            }
            _ => {
                self.log.import_computed([module, name], PickleOpcode::StackGlobal, span, &mut self.arena)?;
                if ![module, name].into_iter().all(may_be_text) {
                    self.doubt("STACK_GLOBAL of something that is no string", reader);
                }
                Value::Unknown
            }
        };
        self.push(value)
    }

    /// EXT1, EXT2, EXT4: the process's own registry says what is imported.
    pub(super) fn extension(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        let code = match opcode {
            op::EXT1 => u32::from(operand(reader.u8(), opcode)?),
            op::EXT2 => u32::from(operand(reader.u16_le(), opcode)?),
            _ => operand(reader.u32_le(), opcode)?,
        };
        self.log.extension(code, self.span(reader), &mut self.arena)?;
        if code == 0 || code > i32::MAX.unsigned_abs() {
            return Err(malformed("an extension code that is not positive"));
        }
        self.push(Value::Unknown)
    }

    /// REDUCE: a callable and a tuple of arguments.
    pub(super) fn reduce(&mut self, reader: &mut Reader<'_>) -> Step {
        let arguments = self.pop()?;
        let callee = self.top()?;
        self.log_call(callee, arguments, None, PickleOpcode::Reduce, reader)?;
        let result = self.result(callee, arguments, reader)?;
        self.replace_top(result)
    }

    /// NEWOBJ: `cls.__new__(cls, *args)`.
    pub(super) fn newobj(&mut self, reader: &mut Reader<'_>) -> Step {
        let arguments = self.pop()?;
        let class = self.pop()?;
        self.log_call(class, arguments, None, PickleOpcode::Newobj, reader)?;
        self.push(result_of(class))
    }

    /// NEWOBJ_EX: the same with keyword arguments.
    pub(super) fn newobj_ex(&mut self, reader: &mut Reader<'_>) -> Step {
        let keywords = self.pop()?;
        let arguments = self.pop()?;
        let class = self.pop()?;
        self.log_call(class, arguments, Some(keywords), PickleOpcode::NewobjEx, reader)?;
        self.push(result_of(class))
    }

    /// Calls `class` with the values from `from` on, which the result replaces.
    fn instantiate(&mut self, class: Value, from: usize, opcode: PickleOpcode, reader: &Reader<'_>) -> Step {
        let mut values = std::mem::take(&mut self.scratch);
        values.clear();
        values.push(class);
        let arguments = self.values_from(from);
        if arguments.len() <= WIDTH_MAX {
            values.extend_from_slice(arguments);
        } else {
            values.push(Value::Unknown);
        }
        let span = self.span(reader);
        let logged = self.log.call(&values, opcode, span, &mut self.arena);
        self.scratch = values;
        logged?;
        self.drop_from(from);
        self.push(result_of(class))
    }

    /// Logs a call whose arguments are a tuple; pure Python takes any iterable, which is not known.
    fn log_call(
        &mut self,
        callee: Value,
        arguments: Value,
        keywords: Option<Value>,
        opcode: PickleOpcode,
        reader: &Reader<'_>,
    ) -> Step {
        let mut values = std::mem::take(&mut self.scratch);
        values.clear();
        values.push(callee);
        match self.arena.items(arguments).filter(|items| items.len() <= WIDTH_MAX) {
            Some(items) => {
                values.extend_from_slice(items);
                values.extend(keywords);
            }
            None => values.push(Value::Unknown),
        }
        let span = self.span(reader);
        let logged = self.log.call(&values, opcode, span, &mut self.arena);
        self.scratch = values;
        logged?;
        // The C unpickler wants a tuple; the Python one takes whatever can be iterated.
        if !matches!(arguments, Value::Tuple { .. }) {
            self.doubt("call arguments that are no tuple", reader);
        }
        Ok(())
    }

    /// What a REDUCE leaves, as far as it is known.
    fn result(&mut self, callee: Value, arguments: Value, reader: &Reader<'_>) -> Step<Value> {
        let Value::Global(of) = callee else { return Ok(Value::Unknown) };
        match self.log.role(of) {
            Role::NumpyDtype => Ok(Value::Instance { of, detail: self.new_dtype(arguments)? }),
            Role::Reconstructor => {
                let class = self.arena.items(arguments).and_then(|items| items.first().copied());
                Ok(class.map_or(Value::Unknown, result_of))
            }
            Role::TorchTensor | Role::TorchUntypedTensor => {
                let span = self.span(reader);
                let detail = self.note_tensor(of, arguments, span)?;
                Ok(Value::Instance { of, detail })
            }
            Role::TorchParameter => {
                let wrapped = self.arena.items(arguments).and_then(|items| items.first().copied());
                let detail = wrapped.and_then(|value| self.tensor(value)).unwrap_or(NO_DETAIL);
                Ok(Value::Instance { of, detail })
            }
            Role::OrderedDict => Ok(Value::Instance { of, detail: self.next_dictionary() }),
            Role::Other | Role::JoblibArray | Role::JoblibFile => Ok(result_of(callee)),
        }
    }

    /// BUILD: `__setstate__`, or attributes set from a dictionary.
    pub(super) fn build(&mut self, reader: &mut Reader<'_>) -> Step {
        let state = self.pop()?;
        let target = self.top()?;
        self.log.state(target, state, self.span(reader), &mut self.arena)?;
        let Value::Instance { of, detail } = target else { return Ok(()) };
        match self.log.role(of) {
            Role::NumpyDtype => {
                self.set_dtype_state(detail, state);
                Ok(())
            }
            Role::JoblibArray if self.arrays_inside => self.pass_array(state, reader),
            Role::JoblibFile if self.arrays_inside => {
                self.note_array_file(state, reader);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// PERSID: the id is a line.
    pub(super) fn text_persistent_id(&mut self, reader: &mut Reader<'_>) -> Step {
        let line = self.name_line(op::PERSID, reader)?;
        let id = match std::str::from_utf8(&line) {
            Ok(text) => self.arena.string(text),
            Err(_) => Value::OpaqueStr,
        };
        self.log.persistent_id(id, self.span(reader), &mut self.arena)?;
        if !line.is_ascii() {
            return Err(malformed("a persistent id that is not ASCII"));
        }
        self.push(Value::Persistent(NO_DETAIL))
    }

    /// BINPERSID: the id is the topmost value.
    pub(super) fn persistent_id(&mut self, reader: &mut Reader<'_>) -> Step {
        let id = self.pop()?;
        let span = self.span(reader);
        self.log.persistent_id(id, span, &mut self.arena)?;
        let storage = self.note_storage(id, span)?;
        self.push(Value::Persistent(storage))
    }

    /// NEXT_BUFFER: bytes from outside the stream.
    pub(super) fn next_buffer(&mut self, reader: &mut Reader<'_>) -> Step {
        self.log.out_of_band_buffer(self.span(reader), &mut self.arena)?;
        self.push(Value::Buffer)
    }

    /// APPEND.
    pub(super) fn append(&mut self, reader: &mut Reader<'_>) -> Step {
        self.pop()?;
        let target = self.top()?;
        self.mutate(target, target == Value::List, PickleOpcode::Append, reader)
    }

    /// APPENDS, ADDITEMS.
    pub(super) fn append_items(&mut self, opcode: PickleOpcode, reader: &mut Reader<'_>) -> Step {
        let from = self.pop_mark()?;
        self.drop_from(from);
        let target = self.top()?;
        let expected = if opcode == PickleOpcode::Appends { Value::List } else { Value::Set };
        self.mutate(target, target == expected, opcode, reader)
    }

    /// SETITEM.
    pub(super) fn set_item(&mut self, reader: &mut Reader<'_>) -> Step {
        let (value, key) = (self.pop()?, self.pop()?);
        let target = self.top()?;
        self.note_items(target, &[key, value], 2);
        self.note_name(target, key, value)?;
        self.mutate(target, matches!(target, Value::Dict(_)), PickleOpcode::Setitem, reader)
    }

    /// SETITEMS.
    pub(super) fn set_items(&mut self, reader: &mut Reader<'_>) -> Step {
        let from = self.pop_mark()?;
        let count = self.values_from(from).len();
        let mut items = std::mem::take(&mut self.scratch);
        items.clear();
        items.extend_from_slice(self.values_from(from).get(..count.min(WIDTH_MAX)).unwrap_or_default());
        let named = self.note_names(from);
        self.drop_from(from);
        let target = self.top();
        if let Ok(target) = target {
            self.note_items(target, &items, count);
        }
        self.scratch = items;
        named?;
        let target = target?;
        self.mutate(target, matches!(target, Value::Dict(_)), PickleOpcode::Setitems, reader)?;
        if !count.is_multiple_of(2) { Err(malformed("SETITEMS with a key that has no value")) } else { Ok(()) }
    }

    /// A built-in container of the expected type just grows; anything else has its method called.
    fn mutate(&mut self, target: Value, plain: bool, opcode: PickleOpcode, reader: &Reader<'_>) -> Step {
        if !plain {
            self.log.mutation(target, opcode, self.span(reader), &mut self.arena)?;
        }
        Ok(())
    }
}

/// Whether a value is a string, or could turn out to be one.
fn may_be_text(value: Value) -> bool {
    matches!(
        value,
        Value::Str { .. }
            | Value::OpaqueStr
            | Value::Unknown
            | Value::Forgotten
            | Value::Instance { .. }
            | Value::Persistent(_)
    )
}
