//! The abstract machine: CPython's unpickler without its effects.
//!
//! Stack, marks and memo follow `pickle.py` to the letter, because every difference is a place to
//! hide a call. Where CPython's two implementations differ (the C one ignores frame borders, the
//! Python one takes a last line without line feed), the machine reads on as the one that goes
//! further and states a fault. A value that it cannot know is `Unknown`, never a guess.

use headworks_types::fact::PickleOpcode;
use headworks_types::{Fault, Limits};

use super::FORMAT;
use super::events::{EventLog, Span};
use super::joblib::WrapperState;
use super::memo::{Memo, Overfull, Recalled};
use super::nested::Candidate;
use super::opcodes::{self as op, name};
use super::torch::Tables;
use super::value::{Arena, NO_DETAIL, Value, budget};
use crate::reader::{ReadFault, Reader};

/// Runs one stream. What it saw stays in its public fields, however the run ended.
pub(super) struct Machine<'m> {
    pub(super) arena: Arena<'m>,
    pub(super) log: &'m mut EventLog,
    pub(super) limits: &'m Limits,
    /// Whether a loader may read array bytes after the BUILD of joblib's wrapper.
    pub(super) arrays_inside: bool,
    pub(super) protocol: u8,
    pub(super) opcodes: u64,
    pub(super) opcodes_max: u64,
    pub(super) faults: Vec<(Span, Fault)>,
    pub(super) nested: Vec<Candidate>,
    pub(super) torch: Tables,
    pub(super) wrapper: WrapperState,
    pub(super) arrays: Arrays,
    pub(super) dtypes: Vec<super::joblib::Dtype>,
    pub(super) scratch: Vec<Value>,
    stack: Vec<Value>,
    stack_max: usize,
    marks: Vec<usize>,
    /// Where the values after the last mark begin.
    fence: usize,
    memo: Memo,
    dictionaries: u32,
    start: u64,
    /// Offset of the current opcode.
    pub(super) at: u64,
    frame_end: u64,
    /// Some opcode's meaning was doubtful, although reading went on.
    doubtful: bool,
    expansion_stated: bool,
}

/// Arrays whose bytes lie in the stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arrays {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Arrays {
    pub(super) fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Why the machine stops.
pub(super) enum Halt {
    Stop,
    Fault(Box<Fault>),
}

pub(super) type Step<T = ()> = Result<T, Halt>;

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// Values of one tuple, all that is in it written out, that no memory could hold.
const EXPANSION_NOTABLE: u64 = 1 << 32;

/// Outside any frame.
const NO_FRAME: u64 = u64::MAX;

impl<'m> Machine<'m> {
    pub(super) fn new(
        input: Option<&'m [u8]>,
        log: &'m mut EventLog,
        limits: &'m Limits,
        opcodes_max: u64,
        arrays_inside: bool,
    ) -> Self {
        Self {
            arena: Arena::new(
                input,
                limits.pickle_arena_bytes_max,
                limits.pickle_values_kept,
                limits.pickle_text_bytes_kept,
            ),
            log,
            limits,
            arrays_inside,
            protocol: 0,
            opcodes: 0,
            opcodes_max,
            faults: Vec::new(),
            nested: Vec::new(),
            torch: Tables::default(),
            wrapper: WrapperState::default(),
            arrays: Arrays::default(),
            dtypes: Vec::new(),
            scratch: Vec::new(),
            stack: Vec::new(),
            stack_max: usize::try_from(limits.pickle_stack_max).unwrap_or(usize::MAX),
            marks: Vec::new(),
            fence: 0,
            memo: Memo::new(limits.pickle_values_kept),
            dictionaries: 0,
            start: 0,
            at: 0,
            frame_end: NO_FRAME,
            doubtful: false,
            expansion_stated: false,
        }
    }

    /// Runs until STOP or a fault; whether STOP was reached and nothing was misunderstood.
    pub(super) fn run(&mut self, reader: &mut Reader<'_>) -> bool {
        self.start = reader.position();
        let halt = loop {
            if let Err(halt) = self.step(reader) {
                break halt;
            }
        };
        if let Some(span) = self.arena.missed_at() {
            self.doubtful = true;
            self.faults.push((span, budget("pickle_values_kept", self.limits.pickle_values_kept)));
        }
        match halt {
            Halt::Stop => !self.doubtful,
            Halt::Fault(fault) => {
                self.faults.push((self.span(reader), *fault));
                false
            }
        }
    }

    #[inline]
    fn step(&mut self, reader: &mut Reader<'_>) -> Step {
        self.at = reader.position();
        if self.at >= self.frame_end {
            self.leave_frame(reader);
        }
        if self.opcodes >= self.opcodes_max {
            return Err(budget("pickle_opcodes_max", self.limits.pickle_opcodes_max).into());
        }
        let opcode = reader.u8().map_err(|fault| Halt::from(fault.in_format(FORMAT.id, "STOP")))?;
        self.opcodes = self.opcodes.wrapping_add(1);
        self.execute(opcode, reader)
    }

    /// One arm per opcode, in the order of frequency in real streams rather than of the alphabet.
    #[inline]
    fn execute(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Step {
        match opcode {
            op::MEMOIZE => self.memoize(),
            op::BINPUT => {
                let index = operand(reader.u8(), opcode)?;
                self.put(u64::from(index))
            }
            op::BINGET => {
                let index = operand(reader.u8(), opcode)?;
                self.get(u64::from(index))
            }
            op::LONG_BINPUT => {
                let index = operand(reader.u32_le(), opcode)?;
                self.put(u64::from(index))
            }
            op::LONG_BINGET => {
                let index = operand(reader.u32_le(), opcode)?;
                self.get(u64::from(index))
            }
            op::PUT => self.text_index(opcode, reader).and_then(|index| self.put(index)),
            op::GET => self.text_index(opcode, reader).and_then(|index| self.get(index)),
            op::MARK => self.mark(),
            op::BININT1 => {
                let value = operand(reader.u8(), opcode)?;
                self.push(Value::Int(i64::from(value)))
            }
            op::BININT2 => {
                let value = operand(reader.u16_le(), opcode)?;
                self.push(Value::Int(i64::from(value)))
            }
            op::BININT => {
                let bytes = operand(reader.array::<4>(), opcode)?;
                self.push(Value::Int(i64::from(i32::from_le_bytes(bytes))))
            }
            op::BINFLOAT => {
                operand(reader.array::<8>(), opcode)?;
                self.push(Value::Float)
            }
            op::NONE => self.push(Value::None),
            op::NEWTRUE => self.push(Value::Bool(true)),
            op::NEWFALSE => self.push(Value::Bool(false)),
            op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8 => self.unicode(opcode, reader),
            op::SHORT_BINSTRING | op::BINSTRING => self.byte_string(opcode, reader),
            op::SHORT_BINBYTES | op::BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => self.bytes(opcode, reader),
            op::INT | op::LONG | op::FLOAT | op::STRING | op::UNICODE => self.text_literal(opcode, reader),
            op::LONG1 | op::LONG4 => self.long(opcode, reader),
            op::EMPTY_TUPLE => {
                let tuple = self.arena.tuple(&[]);
                self.push(tuple)
            }
            op::TUPLE1 => self.short_tuple(1),
            op::TUPLE2 => self.short_tuple(2),
            op::TUPLE3 => self.short_tuple(3),
            op::TUPLE => self.tuple(),
            op::EMPTY_LIST => self.push(Value::List),
            op::EMPTY_DICT => self.empty_dictionary(),
            op::EMPTY_SET => self.push(Value::Set),
            op::LIST => self.collect(Value::List),
            op::FROZENSET => self.collect(Value::FrozenSet),
            op::DICT => self.dictionary(),
            op::APPEND => self.append(reader),
            op::APPENDS => self.append_items(PickleOpcode::Appends, reader),
            op::ADDITEMS => self.append_items(PickleOpcode::Additems, reader),
            op::SETITEM => self.set_item(reader),
            op::SETITEMS => self.set_items(reader),
            op::GLOBAL => self.global(reader),
            op::STACK_GLOBAL => self.stack_global(reader),
            op::INST => self.inst(reader),
            op::OBJ => self.obj(reader),
            op::REDUCE => self.reduce(reader),
            op::NEWOBJ => self.newobj(reader),
            op::NEWOBJ_EX => self.newobj_ex(reader),
            op::BUILD => self.build(reader),
            op::EXT1 | op::EXT2 | op::EXT4 => self.extension(opcode, reader),
            op::PERSID => self.text_persistent_id(reader),
            op::BINPERSID => self.persistent_id(reader),
            op::NEXT_BUFFER => self.next_buffer(reader),
            op::READONLY_BUFFER => self.top().map(|_| ()),
            op::POP => self.pop_any(),
            op::POP_MARK => self.pop_mark().map(|from| self.stack.truncate(from)),
            op::DUP => self.top().and_then(|value| self.push(value)),
            op::PROTO => self.proto(reader),
            op::FRAME => self.frame(reader),
            op::STOP => self.stop(reader),
            _ => Err(malformed(format!("opcode {opcode:#04x} does not exist"))),
        }
    }

    /// Whether the run ended because the bytes or its budget did, with nothing wrong before.
    pub(super) fn ended_early(&self) -> bool {
        matches!(self.faults.as_slice(), [(_, Fault::Truncated { .. } | Fault::Budget { .. })])
    }

    /// The bytes of the current opcode as far as they were read.
    pub(super) fn span(&self, reader: &Reader<'_>) -> Span {
        Span { start: self.at, end: reader.position().max(self.at) }
    }

    /// States a fault and reads on, because some loader does.
    pub(super) fn doubt(&mut self, problem: &str, reader: &Reader<'_>) {
        self.doubtful = true;
        let fault = Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() };
        if !self.faults.iter().any(|(_, known)| *known == fault) {
            self.faults.push((self.span(reader), fault));
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Step {
        if self.stack.len() >= self.stack_max {
            return Err(budget("pickle_stack_max", self.limits.pickle_stack_max).into());
        }
        self.stack.push(value);
        Ok(())
    }

    /// Takes the topmost value; values below the last mark are out of reach.
    #[inline]
    pub(super) fn pop(&mut self) -> Step<Value> {
        if self.stack.len() <= self.fence {
            return Err(underflow());
        }
        self.stack.pop().ok_or_else(underflow)
    }

    #[inline]
    pub(super) fn top(&self) -> Step<Value> {
        self.above_fence().last().copied().ok_or_else(underflow)
    }

    #[inline]
    pub(super) fn replace_top(&mut self, value: Value) -> Step {
        self.top()?;
        if let Some(top) = self.stack.last_mut() {
            *top = value;
        }
        Ok(())
    }

    fn above_fence(&self) -> &[Value] {
        self.stack.get(self.fence..).unwrap_or_default()
    }

    /// Takes the last mark; its values begin at the index returned and are still on the stack.
    #[inline]
    pub(super) fn pop_mark(&mut self) -> Step<usize> {
        let mark = self.marks.pop().ok_or_else(|| malformed("no MARK on the stack"))?;
        self.fence = self.marks.last().copied().unwrap_or_default();
        Ok(mark)
    }

    /// Values from an index that [`pop_mark`](Self::pop_mark) returned.
    pub(super) fn values_from(&self, index: usize) -> &[Value] {
        self.stack.get(index..).unwrap_or_default()
    }

    /// Drops the values from an index on.
    pub(super) fn drop_from(&mut self, index: usize) {
        self.stack.truncate(index);
    }

    fn mark(&mut self) -> Step {
        if self.marks.len() >= self.stack_max {
            return Err(budget("pickle_stack_max", self.limits.pickle_stack_max).into());
        }
        self.fence = self.stack.len();
        self.marks.push(self.fence);
        Ok(())
    }

    /// POP takes the mark when there is no value above it.
    fn pop_any(&mut self) -> Step {
        if self.stack.len() > self.fence { self.pop().map(|_| ()) } else { self.pop_mark().map(|_| ()) }
    }

    fn memoize(&mut self) -> Step {
        self.put(self.memo.len())
    }

    #[inline]
    fn put(&mut self, index: u64) -> Step {
        let value = self.top()?;
        let max = self.limits.pickle_memo_max;
        if self.memo.len() >= max && self.memo.get(index) == Recalled::Absent {
            return Err(budget("pickle_memo_max", max).into());
        }
        let kept = self.limits.pickle_values_kept;
        self.memo.put(index, value, &mut self.arena).map_err(|Overfull| budget("pickle_values_kept", kept).into())
    }

    #[inline]
    fn get(&mut self, index: u64) -> Step {
        match self.memo.get(index) {
            Recalled::Known(value) => self.push(value),
            Recalled::Forgotten => self.push(Value::Forgotten),
            Recalled::Absent => Err(malformed("GET of a memo entry that does not exist")),
        }
    }

    fn short_tuple(&mut self, count: usize) -> Step {
        let from = self.stack.len().checked_sub(count).filter(|&from| from >= self.fence).ok_or_else(underflow)?;
        self.tuple_from(from)
    }

    fn tuple(&mut self) -> Step {
        let from = self.pop_mark()?;
        self.tuple_from(from)
    }

    fn tuple_from(&mut self, from: usize) -> Step {
        let tuple = self.arena.tuple(self.stack.get(from..).unwrap_or_default());
        self.stack.truncate(from);
        if let Value::Tuple { weight, .. } = tuple
            && weight.values() >= EXPANSION_NOTABLE
            && !std::mem::replace(&mut self.expansion_stated, true)
        {
            let span = Span { start: self.at, end: self.at.saturating_add(1) };
            self.log.expansion(weight.values(), span, &mut self.arena)?;
        }
        self.push(tuple)
    }

    fn collect(&mut self, into: Value) -> Step {
        let from = self.pop_mark()?;
        self.stack.truncate(from);
        self.push(into)
    }

    fn dictionary(&mut self) -> Step {
        let from = self.pop_mark()?;
        let count = self.values_from(from).len();
        if !count.is_multiple_of(2) {
            return Err(malformed("DICT with a key that has no value"));
        }
        self.stack.truncate(from);
        if count > 0 {
            return self.push(Value::Dict(0));
        }
        self.empty_dictionary()
    }

    fn empty_dictionary(&mut self) -> Step {
        let dictionary = self.next_dictionary();
        self.note_dictionary(dictionary);
        self.push(Value::Dict(dictionary))
    }

    /// A number that no dictionary has yet.
    pub(super) fn next_dictionary(&mut self) -> u32 {
        self.dictionaries = self.dictionaries.wrapping_add(1).max(1);
        self.dictionaries
    }

    /// The value below the last mark.
    pub(super) fn below(&self, mark: usize) -> Option<Value> {
        self.stack.get(mark.checked_sub(1)?).copied()
    }

    fn proto(&mut self, reader: &mut Reader<'_>) -> Step {
        self.protocol = operand(reader.u8(), op::PROTO)?;
        if self.protocol > 5 {
            self.doubt("a protocol above 5", reader);
        }
        if self.at != self.start {
            self.doubt("PROTO within the stream", reader);
        }
        Ok(())
    }

    fn frame(&mut self, reader: &mut Reader<'_>) -> Step {
        let length = operand(reader.u64_le(), op::FRAME)?;
        if self.at < self.frame_end && self.frame_end != NO_FRAME {
            self.doubt("a frame within a frame", reader);
        }
        if length > reader.left() {
            self.doubt("a frame that ends beyond the bytes", reader);
        }
        self.frame_end = reader.position().saturating_add(length);
        Ok(())
    }

    #[cold]
    fn leave_frame(&mut self, reader: &Reader<'_>) {
        if self.at > self.frame_end {
            self.doubt("an opcode that crosses the end of its frame", reader);
        }
        self.frame_end = NO_FRAME;
    }

    /// Ends the frame where the last opcode ended; whether that is where the frame ends, so that
    /// the file and the frame agree on what is next.
    pub(super) fn end_frame(&mut self, reader: &Reader<'_>) -> bool {
        let frame_end = std::mem::replace(&mut self.frame_end, NO_FRAME);
        frame_end == NO_FRAME || frame_end == reader.position()
    }

    fn stop(&mut self, reader: &Reader<'_>) -> Step {
        let root = self.pop()?;
        self.keep_names_of(root);
        if !self.end_frame(reader) {
            self.doubt("STOP before the end of its frame", reader);
        }
        Err(Halt::Stop)
    }
}

/// An instance of what was called, when it has a name.
pub(super) fn result_of(callee: Value) -> Value {
    match callee {
        Value::Global(of) => Value::Instance { of, detail: NO_DETAIL },
        _ => Value::Unknown,
    }
}

/// An operand, or the fault of the opcode that has none.
#[inline]
pub(super) fn operand<T>(read: Result<T, ReadFault>, opcode: u8) -> Step<T> {
    read.map_err(|fault| missing(&fault, opcode))
}

#[cold]
fn missing(fault: &ReadFault, opcode: u8) -> Halt {
    fault.in_format(FORMAT.id, &format!("the operand of {}", name(opcode))).into()
}

#[cold]
pub(super) fn malformed(problem: impl Into<String>) -> Halt {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }.into()
}

#[cold]
pub(super) fn underflow() -> Halt {
    malformed("stack underflow")
}
