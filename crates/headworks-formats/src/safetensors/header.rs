//! The members of a safetensors header: `__metadata__`, and one entry for each tensor.

use std::collections::HashSet;
use std::ops::Range;

use headworks_types::{Fault, fact::TensorFact};

use super::FORMAT;
use super::json::{Json, JsonFault};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::reader::{ReadFault, Reader};
use crate::tensor_table::{Tensor, TensorTable};

/// The key that is no tensor.
const METADATA: &str = "__metadata__";

/// Reads a header and states what contradicts itself within it.
pub(super) struct Header<'a, 'i, 'l> {
    input: &'a Input<'a>,
    json: Json<'a>,
    data: Range<u64>,
    table: TensorTable,
    inspection: &'i mut Inspection<'l>,
}

/// What one tensor's entry says, as far as it says it.
#[derive(Default)]
struct Entry {
    dtype: Option<&'static Dtype>,
    shape: Option<Vec<u64>>,
    offsets: Option<(u64, u64)>,
}

/// A data type and the bits of one element.
struct Dtype {
    name: &'static str,
    bits: u64,
}

/// Those of safetensors 0.8.
const DTYPES: &[Dtype] = &[
    Dtype { name: "BOOL", bits: 8 },
    Dtype { name: "F4", bits: 4 },
    Dtype { name: "F6_E2M3", bits: 6 },
    Dtype { name: "F6_E3M2", bits: 6 },
    Dtype { name: "U8", bits: 8 },
    Dtype { name: "I8", bits: 8 },
    Dtype { name: "F8_E5M2", bits: 8 },
    Dtype { name: "F8_E4M3", bits: 8 },
    Dtype { name: "F8_E8M0", bits: 8 },
    Dtype { name: "F8_E4M3FNUZ", bits: 8 },
    Dtype { name: "F8_E5M2FNUZ", bits: 8 },
    Dtype { name: "I16", bits: 16 },
    Dtype { name: "U16", bits: 16 },
    Dtype { name: "F16", bits: 16 },
    Dtype { name: "BF16", bits: 16 },
    Dtype { name: "I32", bits: 32 },
    Dtype { name: "U32", bits: 32 },
    Dtype { name: "F32", bits: 32 },
    Dtype { name: "C64", bits: 64 },
    Dtype { name: "F64", bits: 64 },
    Dtype { name: "I64", bits: 64 },
    Dtype { name: "U64", bits: 64 },
];

/// A fault and the offset it was met at.
type Located = (u64, Fault);

impl<'a, 'i, 'l> Header<'a, 'i, 'l> {
    pub(super) fn new(
        input: &'a Input<'a>,
        header: Range<u64>,
        data: Range<u64>,
        inspection: &'i mut Inspection<'l>,
    ) -> Self {
        let reader = Reader::over(input.bytes, header.start, header.end);
        let json = Json::new(reader, inspection.limits.document_depth_max);
        Self { input, json, data, table: TensorTable::default(), inspection }
    }

    /// Reads all members; the first fault ends it.
    pub(super) fn read(&mut self) -> Result<(), Located> {
        let start = self.json.position();
        self.step(|json| json.expect(b'{', "a header that begins with `{`"))?;
        if self.json.position() != start.saturating_add(1) {
            return Err((start, malformed("the header does not begin with `{`")));
        }
        let (mut is_first, mut has_metadata) = (true, false);
        while let Some(key) = self.step(|json| json.key(is_first))? {
            is_first = false;
            match key == METADATA {
                true if std::mem::replace(&mut has_metadata, true) => self.duplicate(key),
                true => {}
                false => {
                    self.tensor(key)?;
                    continue;
                }
            }
            self.metadata()?;
        }
        match self.step(Json::at_end)? {
            true => Ok(()),
            false => Err((self.json.position(), malformed("the header goes on after its object"))),
        }
    }

    /// The tensors read.
    pub(super) fn into_table(self) -> TensorTable {
        self.table
    }

    /// `__metadata__` maps strings to strings.
    fn metadata(&mut self) -> Result<(), Located> {
        let kind = self.step(Json::kind)?;
        if kind != "object" {
            self.unexpected_type(METADATA.to_owned(), "object", kind);
            return self.step(Json::skip_value);
        }
        self.step(|json| json.expect(b'{', "an object"))?;
        let mut keys = HashSet::new();
        let mut is_first = true;
        while let Some(key) = self.step(|json| json.key(is_first))? {
            is_first = false;
            self.metadata_value(&key)?;
            if let Some(key) = keys.replace(key) {
                self.duplicate(format!("{METADATA}.{}", shortened(&key)));
            }
        }
        Ok(())
    }

    fn metadata_value(&mut self, key: &str) -> Result<(), Located> {
        let kind = self.step(Json::kind)?;
        if kind != "string" {
            self.unexpected_type(format!("{METADATA}.{}", shortened(key)), "string", kind);
            return self.step(Json::skip_value);
        }
        let start = self.json.position();
        let value = self.step(Json::string)?;
        let place = self.input.place.at(start..self.json.position());
        // A key is as free a text as its value.
        state_metadata(place.clone(), key, key, self.inspection);
        state_metadata(place, key, &value, self.inspection);
        Ok(())
    }

    /// One tensor's entry.
    fn tensor(&mut self, name: String) -> Result<(), Located> {
        if let Some(fault) = self.table.full(self.inspection.limits) {
            return Err((self.json.position(), fault));
        }
        self.step(Json::peek)?;
        let start = self.json.position();
        self.step(|json| json.expect(b'{', "an object for each tensor"))?;
        let mut entry = Entry::default();
        let mut is_first = true;
        while let Some(key) = self.step(|json| json.key(is_first))? {
            is_first = false;
            self.tensor_member(&name, &key, &mut entry)?;
        }
        let at = start..self.json.position();
        let Entry { dtype: Some(dtype), shape: Some(shape), offsets: Some(offsets) } = entry else {
            return Err((start, malformed("a tensor lacks `dtype`, `shape` or `data_offsets`")));
        };
        self.add(name, dtype, &shape, offsets, at);
        Ok(())
    }

    fn tensor_member(&mut self, name: &str, key: &str, entry: &mut Entry) -> Result<(), Located> {
        let at = self.json.position();
        let is_repeated = match key {
            "dtype" => entry.dtype.replace(self.dtype()?).is_some(),
            "shape" => entry.shape.replace(self.shape()?).is_some(),
            "data_offsets" => entry.offsets.replace(self.offsets()?).is_some(),
            _ => {
                let problem = format!("a tensor has the key `{}`, which the format does not define", shortened(key));
                self.inspection.fact(self.input.place.at(at..self.json.position()), malformed(&problem));
                self.step(Json::skip_value)?;
                false
            }
        };
        if is_repeated {
            self.duplicate(format!("{}.{key}", shortened(name)));
        }
        Ok(())
    }

    fn dtype(&mut self) -> Result<&'static Dtype, Located> {
        let at = self.json.position();
        let name = self.step(Json::string)?;
        let unknown =
            || Fault::Unsupported { format: FORMAT.id.into(), feature: format!("dtype {}", shortened(&name)) };
        DTYPES.iter().find(|dtype| dtype.name == name).ok_or_else(|| (at, unknown()))
    }

    fn shape(&mut self) -> Result<Vec<u64>, Located> {
        let max = self.inspection.limits.tensor_dimensions_max;
        self.step(|json| json.expect(b'[', "a list of dimensions"))?;
        let mut shape = Vec::new();
        while self.step(|json| json.another(shape.is_empty(), b']'))? {
            if shape.len() as u64 >= max {
                let fault = Fault::Budget { limit: "tensor_dimensions_max".into(), max };
                return Err((self.json.position(), fault));
            }
            shape.push(self.step(Json::unsigned)?);
        }
        Ok(shape)
    }

    fn offsets(&mut self) -> Result<(u64, u64), Located> {
        self.step(|json| {
            json.expect(b'[', "a pair of offsets")?;
            let start = json.unsigned()?;
            json.expect(b',', "a pair of offsets")?;
            let end = json.unsigned()?;
            json.expect(b']', "a pair of offsets")?;
            Ok((start, end))
        })
    }

    /// Holds the entry's shape, type and offsets against each other and takes the tensor in.
    fn add(&mut self, name: String, dtype: &'static Dtype, shape: &[u64], (start, end): (u64, u64), at: Range<u64>) {
        let elements = shape.iter().try_fold(1u64, |product, &length| product.checked_mul(length));
        let bits = elements.and_then(|elements| elements.checked_mul(dtype.bits));
        let place = self.input.place.at(at.clone());
        let stated = end.saturating_sub(start);
        match bits {
            // Elements of 4 or 6 bits that end within a byte.
            Some(bits) if bits.checked_rem(8) != Some(0) => {
                let subject = format!("{}: {bits} bits are no whole bytes", shortened(&name));
                self.inspection.fact(place, TensorFact::Misaligned { subject });
            }
            bits => {
                let expected = bits.and_then(|bits| bits.checked_div(8));
                if expected != Some(stated) {
                    let tensor = shortened(&name);
                    self.inspection.fact(place, TensorFact::SizeMismatch { tensor, expected, stated });
                }
            }
        }
        self.table.note_shape(&name, shape.iter().copied());
        if self.input.place.base_name().starts_with("adapter_model") {
            self.table.note_adapter(&name, shape);
        }
        let absolute = |offset: u64| offset.saturating_add(self.data.start);
        let tensor = Tensor { name, bytes: absolute(start)..absolute(end), entry: at };
        self.table.add(tensor, elements.unwrap_or(u64::MAX), dtype.name);
    }

    fn duplicate(&mut self, key: String) {
        let at = self.json.position();
        self.inspection.fact(self.input.place.at(at..at), TensorFact::DuplicateKey { key });
    }

    fn unexpected_type(&mut self, key: String, expected: &str, found: &str) {
        let at = self.json.position();
        let (expected, found) = (expected.to_owned(), found.to_owned());
        self.inspection.fact(self.input.place.at(at..at), TensorFact::UnexpectedType { key, expected, found });
    }

    /// Reads something and puts a fault into the format's words.
    fn step<T>(&mut self, read: impl FnOnce(&mut Json<'a>) -> Result<T, JsonFault>) -> Result<T, Located> {
        read(&mut self.json).map_err(|fault| (self.json.position(), self.in_format(&fault)))
    }

    fn in_format(&self, fault: &JsonFault) -> Fault {
        match fault {
            // The header is there and its JSON does not end in it.
            JsonFault::Read(ReadFault::Truncated { .. }) if self.input.bytes.size() > self.json.position() => {
                malformed("the JSON of the header does not end within it")
            }
            JsonFault::Read(fault) => fault.in_format(FORMAT.id, "the header"),
            JsonFault::Syntax { wanted } => malformed(&format!("the header wants {wanted}")),
            JsonFault::Depth { max } => Fault::Budget { limit: "document_depth_max".into(), max: *max },
        }
    }
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.to_owned() }
}
