//! The buffers of a model, and the tensors that say what is in them.

use std::collections::BTreeSet;
use std::ops::Range;

use headworks_types::{Fault, fact::TensorFact};

use super::FORMAT;
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Name and bits of a type of element; no bits where elements differ in size.
static TYPES: &[(&str, Option<u64>)] = &[
    ("FLOAT32", Some(32)),
    ("FLOAT16", Some(16)),
    ("INT32", Some(32)),
    ("UINT8", Some(8)),
    ("INT64", Some(64)),
    ("STRING", None),
    ("BOOL", Some(8)),
    ("INT16", Some(16)),
    ("COMPLEX64", Some(64)),
    ("INT8", Some(8)),
    ("FLOAT64", Some(64)),
    ("COMPLEX128", Some(128)),
    ("UINT64", Some(64)),
    ("RESOURCE", None),
    ("VARIANT", None),
    ("UINT32", Some(32)),
    ("UINT16", Some(16)),
    ("INT4", Some(4)),
    ("BFLOAT16", Some(16)),
    ("INT2", Some(2)),
    ("UINT4", Some(4)),
];

/// The buffers, by number, and the constants in them.
pub(super) struct Buffers {
    buffers: Vec<Buffer>,
    tensors: u64,
    parameters: u64,
    dtypes: BTreeSet<&'static str>,
}

struct Buffer {
    bytes: Range<u64>,
    /// Whether it lies behind the flatbuffer, where the walk over its tables does not come.
    is_behind: bool,
    is_named: bool,
}

impl Buffers {
    /// Reads where each buffer lies: in the flatbuffer, or behind it since version 3c.
    pub(super) fn read(model: &mut Flatbuffer<'_>, root: Table) -> Result<Self, Fault> {
        let vector = model.tables(root, 4)?;
        let mut buffers = Vec::new();
        for index in vector.indices() {
            let buffer = model.element(vector, index)?;
            let (offset, bytes) = (model.u64(buffer, 1)?, model.u64(buffer, 2)?);
            // An offset of one is the writer's placeholder.
            let is_behind = offset > 1 && bytes > 0;
            let within = model.vector(buffer, 0, 1)?.range();
            let bytes = if is_behind { offset..offset.saturating_add(bytes) } else { within };
            buffers.push(Buffer { bytes, is_behind, is_named: false });
        }
        Ok(Self { buffers, tensors: 0, parameters: 0, dtypes: BTreeSet::new() })
    }

    /// Says that something names the buffer; where its bytes lie.
    pub(super) fn name(&mut self, index: u32) -> Range<u64> {
        let buffer = usize::try_from(index).ok().and_then(|index| self.buffers.get_mut(index));
        buffer.map_or(0..0, |buffer| {
            buffer.is_named = true;
            buffer.bytes.clone()
        })
    }

    /// Counts a tensor, and holds its shape against the bytes it names.
    pub(super) fn add_tensor(
        &mut self,
        input: &Input<'_>,
        model: &mut Flatbuffer<'_>,
        tensor: Table,
        inspection: &mut Inspection<'_>,
    ) -> Result<(), Fault> {
        let index = model.u32(tensor, 2)?;
        if usize::try_from(index).is_ok_and(|index| index > 0 && index >= self.buffers.len()) {
            return Err(model.malformed(format!("a tensor in buffer {index} of {}", self.buffers.len())));
        }
        let bytes = self.name(index);
        if bytes.is_empty() {
            return Ok(());
        }
        let number = model.u8(tensor, 1)?;
        let of = TYPES.get(usize::from(number));
        let (dtype, bits) = *of.ok_or_else(|| model.malformed(format!("element type {number}")))?;
        let elements = elements(model, tensor, inspection.limits.tensor_dimensions_max)?;
        self.tensors = self.tensors.saturating_add(1);
        self.parameters = self.parameters.saturating_add(elements.unwrap_or_default());
        self.dtypes.insert(dtype);
        let is_sparse = model.has(tensor, 6)?;
        let Some(bits) = bits.filter(|_| !is_sparse) else { return Ok(()) };
        let expected = elements.and_then(|elements| elements.checked_mul(bits)).map(|bits| bits.div_ceil(8));
        let stated = bytes.end.saturating_sub(bytes.start);
        if expected != Some(stated) {
            let tensor = shortened(&model.text(tensor, 3)?);
            inspection.fact(input.place.at(bytes), TensorFact::SizeMismatch { tensor, expected, stated });
        }
        Ok(())
    }

    /// One line that sums the constants up, for people.
    pub(super) fn summary(&self) -> String {
        let dtypes = Vec::from_iter(self.dtypes.iter().copied()).join(", ");
        match self.tensors {
            0 => "no constants".to_owned(),
            1 => format!("1 constant, {} parameters, {dtypes}", self.parameters),
            count => format!("{count} constants, {} parameters, {dtypes}", self.parameters),
        }
    }

    /// States the constants, those that lie outside of the file, and buffers that nothing names.
    pub(super) fn state(&self, input: &Input<'_>, model: &mut Flatbuffer<'_>, inspection: &mut Inspection<'_>) {
        let size = input.bytes.size();
        let lengths = self.buffers.iter().map(|buffer| buffer.bytes.end.saturating_sub(buffer.bytes.start));
        let table = TensorFact::Table {
            tensors: self.tensors,
            parameters: self.parameters,
            bytes: lengths.fold(0, u64::saturating_add),
            dtypes: self.dtypes.iter().map(|&dtype| dtype.to_owned()).collect(),
        };
        inspection.fact(input.place.at(0..size), table);
        for (index, Buffer { bytes, is_behind, is_named }) in self.buffers.iter().enumerate() {
            if bytes.end > size {
                let tensor = format!("buffer {index}");
                inspection.fact(input.place.at(0..size), TensorFact::OutOfBounds { tensor });
                let wanted = "the bytes of a buffer".to_owned();
                inspection.fact(input.place.at(0..size), Fault::Truncated { format: FORMAT.id.into(), wanted });
            } else if !bytes.is_empty() && !is_named {
                inspection.fact(input.place.at(bytes.clone()), Fault::Unexplained { format: FORMAT.id.into() });
            }
            if *is_behind {
                model.account(bytes.start.min(size)..bytes.end.min(size));
            }
        }
    }
}

/// The number of elements a shape has; none when it overflows or a dimension is negative.
fn elements(model: &mut Flatbuffer<'_>, tensor: Table, dimensions_max: u64) -> Result<Option<u64>, Fault> {
    let shape = model.vector(tensor, 0, 4)?;
    if shape.count > dimensions_max {
        return Err(Fault::Budget { limit: "tensor_dimensions_max".into(), max: dimensions_max });
    }
    let mut elements = Some(1u64);
    for index in shape.indices() {
        let length = u64::try_from(model.i32_of(shape, index)?).ok();
        elements = elements.and_then(|product| product.checked_mul(length?));
    }
    Ok(elements)
}
