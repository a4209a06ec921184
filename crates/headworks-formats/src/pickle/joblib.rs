//! joblib's files: a pickle whose arrays lie, as raw bytes, between its opcodes.
//!
//! Source: joblib's `numpy_pickle.py`. After the BUILD of a `NumpyArrayWrapper` the loader reads
//! the array from the file itself: a length byte and padding since joblib 1.2, then shape times
//! element size bytes; or, for arrays of objects, a whole pickle stream. The file is read as
//! `joblib.load` reads it; `pickle.load`, which takes array bytes for opcodes, stops at the first.

use headworks_types::Fault;

use super::FORMAT;
use super::events::{EventLog, Span};
use super::machine::{Halt, Machine, Step, malformed, operand};
use super::opcodes::BUILD;
use super::recognise::is_plausible;
use super::roles::Role;
use super::value::{NO_DETAIL, Value};
use crate::reader::Reader;

/// joblib aligns arrays to 16 bytes; the smallest opcode is 0x28.
const PADDING_MAX: i64 = 0x27;

/// Opcodes that the bytes of an array are tried for.
const PROBE_OPCODES: u64 = 64;

/// What a numpy data type says about one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dtype {
    /// Absent when the type is not understood.
    bytes: Option<u64>,
    objects: bool,
}

/// The attributes of the wrapper that is being built.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WrapperState {
    /// The dictionary that holds them; absent when it has keys that are not known.
    dictionary: Option<u32>,
    shape: Option<Value>,
    dtype: Option<Value>,
    alignment: Option<Value>,
    filename: Option<Value>,
}

impl Machine<'_> {
    /// The index of a new data type, from the arguments of `numpy.dtype`.
    pub(super) fn new_dtype(&mut self, arguments: Value) -> Step<u32> {
        let name = self.arena.items(arguments).and_then(|items| self.arena.text(*items.first()?));
        let dtype = name.map_or(Dtype { bytes: None, objects: false }, Dtype::named);
        self.arena.charge(size_of::<Dtype>() as u64)?;
        let index = u32::try_from(self.dtypes.len()).unwrap_or(NO_DETAIL);
        self.dtypes.push(dtype);
        Ok(index)
    }

    /// `dtype.__setstate__`: `(version, order, subtype, names, fields, size, alignment, flags, ...)`.
    pub(super) fn set_dtype_state(&mut self, index: u32, state: Value) {
        let Some(&[_, _, subtype, _, _, size, _, flags, ..]) = self.arena.items(state) else { return };
        let slot = usize::try_from(index).ok().and_then(|index| self.dtypes.get_mut(index));
        let Some(dtype) = slot else { return };
        if let Value::Int(size @ 1..) = size {
            dtype.bytes = u64::try_from(size).ok();
        }
        const HAS_OBJECT: i64 = 1;
        match flags {
            Value::Int(flags) => dtype.objects |= flags & HAS_OBJECT != 0,
            _ => dtype.bytes = None,
        }
        if subtype != Value::None {
            dtype.bytes = None;
        }
    }

    /// A new dictionary; directly above a wrapper it is the one that holds its attributes.
    pub(super) fn note_dictionary(&mut self, dictionary: u32) {
        let above = self.top().ok().filter(|_| self.arrays_inside);
        let Some(Value::Instance { of, .. }) = above else { return };
        if matches!(self.log.role(of), Role::JoblibArray | Role::JoblibFile) {
            self.wrapper = WrapperState { dictionary: Some(dictionary), ..WrapperState::default() };
        }
    }

    /// Keeps the attributes of a wrapper. The dictionary has a number of its own, so no change of it
    /// goes unseen, wherever it lies.
    pub(super) fn note_items(&mut self, target: Value, items: &[Value], count: usize) {
        let Value::Dict(dictionary) = target else { return };
        if self.wrapper.dictionary != Some(dictionary) {
            return;
        }
        if items.len() < count {
            self.wrapper = WrapperState::default();
        }
        for pair in items.chunks_exact(2) {
            let &[key, value] = pair else { continue };
            match self.arena.text(key) {
                Some("shape") => self.wrapper.shape = Some(value),
                Some("dtype") => self.wrapper.dtype = Some(value),
                Some("numpy_array_alignment_bytes") => self.wrapper.alignment = Some(value),
                Some("filename") => self.wrapper.filename = Some(value),
                Some(_) => {}
                None => self.wrapper.dictionary = None,
            }
        }
    }

    /// Passes over the array that follows the BUILD.
    pub(super) fn pass_array(&mut self, state: Value, reader: &mut Reader<'_>) -> Step {
        if !self.end_frame(reader) {
            return Err(malformed("a joblib array within a frame"));
        }
        let wrapper = self.known_wrapper(state).ok_or_else(|| unknown_array("its attributes are computed"))?;
        let dtype = self.dtype(wrapper.dtype).ok_or_else(|| unknown_array("its data type is computed"))?;
        if dtype.objects {
            return self.read_objects(reader);
        }
        let start = reader.position();
        match wrapper.alignment {
            None | Some(Value::None) => self.probe_array(reader),
            Some(alignment) => self.pass_padding(alignment, reader)?,
        }
        let bytes = self.array_bytes(wrapper.shape, dtype).ok_or_else(|| unknown_array("its size is computed"))?;
        pass(bytes, reader)?;
        self.arrays.count = self.arrays.count.saturating_add(1);
        self.arrays.bytes = self.arrays.bytes.saturating_add(reader.position().saturating_sub(start));
        Ok(())
    }

    /// A length byte, then as many bytes. No opcode is as small as an honest length, so `pickle.load`,
    /// which would read opcodes here, stops at it; a larger one is a stream for two readers.
    fn pass_padding(&mut self, alignment: Value, reader: &mut Reader<'_>) -> Step {
        let padding = operand(reader.u8(), BUILD)?;
        let honest = matches!(alignment, Value::Int(alignment) if i64::from(padding) <= alignment.min(PADDING_MAX));
        if !honest {
            self.doubt("a joblib array with more padding than its alignment", reader);
        }
        pass(u64::from(padding), reader)
    }

    /// Before joblib 1.2 the array begins at once. Where its bytes import something by a plausible
    /// name, they are meant for `pickle.load`.
    fn probe_array(&mut self, reader: &mut Reader<'_>) {
        let start = reader.position();
        let mut log = EventLog::default();
        let mut machine = Machine::new(None, &mut log, self.limits, PROBE_OPCODES, false);
        machine.run(reader);
        let (opcodes, imports) = (machine.opcodes, log.has_import(is_plausible));
        self.opcodes = self.opcodes.saturating_add(opcodes);
        reader.seek(start);
        if imports {
            self.doubt("a joblib array whose bytes are opcodes", reader);
        }
    }

    fn known_wrapper(&self, state: Value) -> Option<WrapperState> {
        let Value::Dict(dictionary) = state else { return None };
        (self.wrapper.dictionary == Some(dictionary)).then_some(self.wrapper)
    }

    fn dtype(&self, value: Option<Value>) -> Option<Dtype> {
        let Some(Value::Instance { of, detail }) = value else { return None };
        if self.log.role(of) != Role::NumpyDtype {
            return None;
        }
        self.dtypes.get(usize::try_from(detail).ok()?).copied()
    }

    fn array_bytes(&self, shape: Option<Value>, dtype: Dtype) -> Option<u64> {
        self.arena.items(shape?)?.iter().try_fold(dtype.bytes?, |bytes, &length| match length {
            Value::Int(length) => bytes.checked_mul(u64::try_from(length).ok()?),
            _ => None,
        })
    }

    /// An array of objects is a stream of its own, read by an unpickler of its own.
    fn read_objects(&mut self, reader: &mut Reader<'_>) -> Step {
        let left = self.opcodes_max.saturating_sub(self.opcodes);
        let mut inner = Machine::new(self.arena.input(), self.log, self.limits, left, false);
        let complete = inner.run(reader);
        let (opcodes, faults, nested) = (inner.opcodes, inner.faults, inner.nested);
        self.opcodes = self.opcodes.saturating_add(opcodes);
        self.arrays.count = self.arrays.count.saturating_add(1);
        self.nested.extend(nested);
        self.faults.extend(faults);
        if complete { Ok(()) } else { Err(malformed("a joblib array of objects that is no whole pickle")) }
    }

    /// The older wrapper names a file beside the pickle, which is inspected as the file it is.
    pub(super) fn note_array_file(&mut self, state: Value, reader: &Reader<'_>) {
        let wrapper = self.known_wrapper(state);
        let name = wrapper.and_then(|wrapper| self.arena.text(wrapper.filename?)).unwrap_or("<computed>");
        if name == "<computed>" || name.contains(['/', '\\', '\0']) || name.contains("..") {
            let stand_in = format!("joblib array file {name:?}");
            self.faults.push((self.span(reader), Fault::Absent { stand_in }));
        }
    }

    /// States that something in the stream is not read.
    pub(super) fn unsupported(&mut self, feature: &str, span: Span) {
        let fault = Fault::Unsupported { format: FORMAT.id.into(), feature: feature.into() };
        if !self.faults.iter().any(|(_, known)| *known == fault) {
            self.faults.push((span, fault));
        }
    }
}

impl Dtype {
    /// `i8`, `U12`, `M8[ns]`: kind, then bytes of one element, or characters for `U`.
    fn named(name: &str) -> Self {
        let name = name.trim_start_matches(['<', '>', '=', '|']);
        let objects = name.starts_with('O');
        let mut characters = name.chars();
        let kind = characters.next().unwrap_or_default();
        let count: Option<u64> = characters.as_str().split('[').next().and_then(|digits| digits.parse().ok());
        let bytes = match kind {
            'U' => count.and_then(|count| count.checked_mul(4)),
            'b' | 'i' | 'u' | 'f' | 'c' | 'S' | 'V' | 'm' | 'M' | 'O' => count,
            _ => None,
        };
        Self { bytes, objects }
    }
}

/// Passes over bytes of an array.
fn pass(bytes: u64, reader: &mut Reader<'_>) -> Step {
    let missing = |_| Fault::Truncated { format: FORMAT.id.into(), wanted: "the bytes of a joblib array".into() };
    Ok(reader.skip(bytes).map_err(missing)?)
}

fn unknown_array(problem: &str) -> Halt {
    malformed(format!("a joblib array whose end is not known: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn element_sizes_are_read_from_the_name() {
        let bytes = |name| Dtype::named(name).bytes;
        assert_eq!((bytes("f8"), bytes("U3"), bytes("M8[ns]"), bytes("b1")), (Some(8), Some(12), Some(8), Some(1)));
        assert_eq!(bytes("complex"), None);
        assert!(Dtype::named("O8").objects && !Dtype::named("V16").objects);
    }
}
