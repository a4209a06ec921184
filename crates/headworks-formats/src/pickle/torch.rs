//! Tables of a torch checkpoint: the storages that persistent ids name, and the tensors over them.
//!
//! Source: `torch/serialization.py` (`persistent_id`) and `torch/_utils.py` (`_rebuild_tensor*`).
//! Numbers are kept exactly here, whatever the event log forgets: a stride that leads out of its
//! storage reads memory that is not the tensor's (CVE-2026-24747).
//!
//! Names of tensors are the keys of the dictionary that the stream returns: what a model loads by name is there
//! and nowhere deeper. They are known only where each key is text that the stream spells out.

use std::collections::{HashMap, HashSet};

use super::events::{CalleeId, Span};
use super::machine::{Machine, Step};
use super::roles::Role;
use super::value::{NO_DETAIL, Value};

/// Storages and views, by where they were seen.
#[derive(Default)]
pub(super) struct Tables {
    /// Whether the loader is torch's at all.
    pub(super) wanted: bool,
    pub(super) storages: Vec<Storage>,
    pub(super) views: Vec<View>,
    /// Names of tensors, each with its dictionary and its view, in the order of the stream.
    pub(super) names: Vec<(u32, String, u32)>,
    /// Dictionaries that have a tensor under a key that is not known.
    unnamed: HashSet<u32>,
    known: HashMap<Storage, u32>,
}

/// A storage; equal ids are one storage, whose location is not part of what it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Storage {
    pub(super) key: String,
    pub(super) class: String,
    pub(super) element_bytes: Option<u64>,
    pub(super) elements: u64,
    pub(super) at: At,
}

/// A place that takes no part in comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(pub(super) Span);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for At {}

impl std::hash::Hash for At {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// A strided view.
pub(super) struct View {
    pub(super) storage: u32,
    pub(super) offset: u64,
    pub(super) size: Vec<u64>,
    pub(super) stride: Vec<u64>,
    /// Dimensions of the tensor, which come first; an untyped storage has one more.
    pub(super) rank: usize,
    pub(super) span: Span,
}

/// What one entry is charged in the arena, besides its text and numbers.
const ENTRY_BYTES: u64 = 128;

impl Machine<'_> {
    /// The storage that a persistent id names, or no detail when it names none.
    pub(super) fn note_storage(&mut self, id: Value, span: Span) -> Step<u32> {
        let Some(storage) = self.torch.wanted.then(|| self.storage(id, span)).flatten() else { return Ok(NO_DETAIL) };
        if let Some(&index) = self.torch.known.get(&storage) {
            return Ok(index);
        }
        self.arena.charge(ENTRY_BYTES.saturating_add(storage.key.len() as u64))?;
        let index = u32::try_from(self.torch.storages.len()).unwrap_or(NO_DETAIL);
        self.torch.storages.push(storage.clone());
        self.torch.known.insert(storage, index);
        Ok(index)
    }

    /// `('storage', StorageType, key, location, elements)`, with a view as sixth in older files.
    fn storage(&self, id: Value, span: Span) -> Option<Storage> {
        let [kind, class, key, _, elements, ..] = self.arena.items(id)? else { return None };
        let (Value::Global(class), Value::Int(elements)) = (*class, *elements) else { return None };
        if self.arena.text(*kind) != Some("storage") {
            return None;
        }
        // Checkpoints name storages by text, packages by number.
        let key = match *key {
            Value::Int(number) => number.to_string(),
            key => self.arena.text(key)?.to_owned(),
        };
        Some(Storage {
            key,
            class: self.log.name(class).to_owned(),
            element_bytes: storage_element_bytes(self.log.name(class)),
            elements: u64::try_from(elements).ok()?,
            at: At(span),
        })
    }

    /// Keeps the geometry of a rebuilt tensor; one that is computed cannot be checked. Its index, if it is kept.
    pub(super) fn note_tensor(&mut self, callee: CalleeId, arguments: Value, span: Span) -> Step<u32> {
        if !self.torch.wanted {
            return Ok(NO_DETAIL);
        }
        let Some(view) = self.view(callee, arguments, span) else {
            self.unsupported("a tensor whose storage, offset, size or stride is computed", span);
            return Ok(NO_DETAIL);
        };
        let numbers = (view.size.len() as u64).saturating_mul(16);
        self.arena.charge(ENTRY_BYTES.saturating_add(numbers))?;
        let index = u32::try_from(self.torch.views.len()).unwrap_or(NO_DETAIL);
        self.torch.views.push(view);
        Ok(index)
    }

    /// The index of the tensor that a value is, or wraps.
    pub(super) fn tensor(&self, value: Value) -> Option<u32> {
        let Value::Instance { of, detail } = value else { return None };
        let is_tensor =
            matches!(self.log.role(of), Role::TorchTensor | Role::TorchUntypedTensor | Role::TorchParameter);
        (is_tensor && detail != NO_DETAIL).then_some(detail)
    }

    /// Keeps the names that SETITEMS gives; the items lie above the mark, the dictionary below it.
    pub(super) fn note_names(&mut self, mark: usize) -> Step {
        if !self.torch.wanted {
            return Ok(());
        }
        let Some(target) = self.below(mark) else { return Ok(()) };
        let count = self.values_from(mark).len();
        for at in (0..count).step_by(2) {
            let pair = self.values_from(mark).get(at..at.saturating_add(2));
            if let Some(&[key, value]) = pair {
                self.note_name(target, key, value)?;
            }
        }
        Ok(())
    }

    /// Keeps the name of a tensor in a dictionary.
    pub(super) fn note_name(&mut self, target: Value, key: Value, value: Value) -> Step {
        let (Some(dictionary), Some(view)) = (self.dictionary_of(target), self.tensor(value)) else { return Ok(()) };
        match self.arena.text_if_kept(key).map(str::to_owned) {
            Some(name) => {
                self.arena.charge(ENTRY_BYTES.saturating_add(name.len() as u64))?;
                self.torch.names.push((dictionary, name, view));
            }
            None => _ = self.torch.unnamed.insert(dictionary),
        }
        Ok(())
    }

    /// Drops the names of all dictionaries but the one that the stream returns.
    pub(super) fn keep_names_of(&mut self, root: Value) {
        let of = self.dictionary_of(root).filter(|dictionary| !self.torch.unnamed.contains(dictionary));
        self.torch.names.retain(|(dictionary, _, _)| Some(*dictionary) == of);
    }

    /// The number of a dictionary that was empty at first.
    fn dictionary_of(&self, value: Value) -> Option<u32> {
        match value {
            Value::Dict(number) if number != 0 => Some(number),
            Value::Instance { of, detail } if self.log.role(of) == Role::OrderedDict => Some(detail),
            _ => None,
        }
    }

    fn view(&self, callee: CalleeId, arguments: Value, span: Span) -> Option<View> {
        let items = self.arena.items(arguments)?;
        let [storage, offset, size, stride, ..] = items else { return None };
        let Value::Persistent(storage) = *storage else { return None };
        let mut view = View {
            storage,
            offset: number(*offset)?,
            size: self.numbers(*size)?,
            stride: self.numbers(*stride)?,
            rank: 0,
            span,
        };
        view.rank = view.size.len();
        if storage == NO_DETAIL {
            return None;
        }
        if self.log.role(callee) == Role::TorchUntypedTensor {
            let Some(Value::Global(dtype)) = items.get(6).copied() else { return None };
            view.in_bytes(dtype_bytes(self.log.name(dtype))?)?;
        }
        Some(view)
    }

    fn numbers(&self, value: Value) -> Option<Vec<u64>> {
        self.arena.items(value)?.iter().map(|&item| number(item)).collect()
    }
}

impl View {
    /// An untyped storage counts bytes, so its view does as well: one more dimension, over the
    /// bytes of an element.
    fn in_bytes(&mut self, element: u64) -> Option<()> {
        self.offset = self.offset.checked_mul(element)?;
        for stride in &mut self.stride {
            *stride = stride.checked_mul(element)?;
        }
        self.size.push(element);
        self.stride.push(1);
        Some(())
    }
}

fn number(value: Value) -> Option<u64> {
    match value {
        Value::Int(value) => u64::try_from(value).ok(),
        _ => None,
    }
}

/// Bytes of one element, by the storage's class.
fn storage_element_bytes(class: &str) -> Option<u64> {
    match class {
        "ComplexDoubleStorage" => Some(16),
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => Some(8),
        "FloatStorage" | "IntStorage" | "QInt32Storage" => Some(4),
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => Some(2),
        "CharStorage" | "ByteStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage" | "QUInt4x2Storage"
        | "QUInt2x4Storage" | "UntypedStorage" => Some(1),
        _ => None,
    }
}

/// Bytes of one element, by the data type's name.
fn dtype_bytes(name: &str) -> Option<u64> {
    match name {
        "complex128" => Some(16),
        "float64" | "int64" | "uint64" | "complex64" => Some(8),
        "float32" | "int32" | "uint32" | "qint32" | "complex32" => Some(4),
        "float16" | "bfloat16" | "int16" | "uint16" => Some(2),
        "int8" | "uint8" | "bool" | "qint8" | "quint8" | "float4_e2m1fn_x2" => Some(1),
        _ if name.starts_with("float8_") || name.starts_with("bits1x8") || name == "bits8" => Some(1),
        _ => None,
    }
}
