//! Tables of a torch checkpoint: the storages that persistent ids name, and the tensors over them.
//!
//! Source: `torch/serialization.py` (`persistent_id`) and `torch/_utils.py` (`_rebuild_tensor*`).
//! Numbers are kept exactly here, whatever the event log forgets: a stride that leads out of its
//! storage reads memory that is not the tensor's (CVE-2026-24747).

use std::collections::HashMap;

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

    /// Keeps the geometry of a rebuilt tensor; one that is computed cannot be checked.
    pub(super) fn note_tensor(&mut self, callee: CalleeId, arguments: Value, span: Span) -> Step {
        if !self.torch.wanted {
            return Ok(());
        }
        match self.view(callee, arguments, span) {
            Some(view) => {
                let numbers = (view.size.len() as u64).saturating_mul(16);
                self.arena.charge(ENTRY_BYTES.saturating_add(numbers))?;
                self.torch.views.push(view);
            }
            None => self.unsupported("a tensor whose storage, offset, size or stride is computed", span),
        }
        Ok(())
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
            span,
        };
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
