//! One tensor: whether its bytes are those that shape and type ask for.

use std::ops::Range;

use headworks_types::{Fault, fact::TensorFact};

use super::FORMAT;
use super::body::Constant;
use super::external::Entries;

/// A tensor as far as it is read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) dimensions: Vec<u64>,
    pub(super) data_type: u64,
    pub(super) is_external: bool,
    pub(super) raw: Option<Range<u64>>,
    /// Numbers and strings in the fields of a type, and the bytes of the packed ones of fixed size.
    pub(super) typed: u64,
    /// The last of them, where it is an integer.
    pub(super) integer: Option<i64>,
    pub(super) entries: Entries,
}

/// Name of a type of elements, and bits of one; strings have none.
fn element(data_type: u64) -> Option<(&'static str, u64)> {
    Some(match data_type {
        1 => ("float32", 32),
        2 => ("uint8", 8),
        3 => ("int8", 8),
        4 => ("uint16", 16),
        5 => ("int16", 16),
        6 => ("int32", 32),
        7 => ("int64", 64),
        8 => ("string", 0),
        9 => ("bool", 8),
        10 => ("float16", 16),
        11 => ("float64", 64),
        12 => ("uint32", 32),
        13 => ("uint64", 64),
        14 => ("complex64", 64),
        15 => ("complex128", 128),
        16 => ("bfloat16", 16),
        17 => ("float8e4m3fn", 8),
        18 => ("float8e4m3fnuz", 8),
        19 => ("float8e5m2", 8),
        20 => ("float8e5m2fnuz", 8),
        21 => ("uint4", 4),
        22 => ("int4", 4),
        23 => ("float4e2m1", 4),
        24 => ("float8e8m0", 8),
        25 => ("uint2", 2),
        26 => ("int2", 2),
        27 => ("float6e2m3", 8),
        28 => ("float6e3m2", 8),
        _ => return None,
    })
}

/// Elements from which on a tensor can be weights: below lie epsilons, scales and means of colours.
const WEIGHT_ELEMENTS_MIN: u64 = 4;

/// What is known of a tensor whose type and shape are in order.
pub(super) struct Sized {
    pub(super) dtype: &'static str,
    pub(super) elements: u64,
    pub(super) bytes: u64,
}

impl Draft {
    /// Elements and bytes that shape and type ask for.
    pub(super) fn sized(&self) -> Result<Sized, Fault> {
        let (dtype, bits) =
            element(self.data_type).ok_or_else(|| unsupported(format!("the data type {}", self.data_type)))?;
        let product = self.dimensions.iter().try_fold(1u64, |product, &length| {
            i64::try_from(length).ok()?;
            product.checked_mul(length)
        });
        let bytes = product.and_then(|elements| Some((elements, elements.checked_mul(bits)?.div_ceil(8))));
        let (elements, bytes) =
            bytes.ok_or_else(|| malformed(format!("`{}` has dimensions whose product overflows", self.name)))?;
        Ok(Sized { dtype, elements, bytes })
    }

    /// What contradicts the size, for data within the file.
    pub(super) fn mismatch(&self, sized: &Sized) -> Option<TensorFact> {
        let stated = match &self.raw {
            Some(raw) => raw.end.saturating_sub(raw.start),
            None => {
                let wanted = self.typed_wanted(sized);
                let complete = self.typed == wanted;
                if complete {
                    return None;
                }
                let each = sized.bytes.checked_div(sized.elements).unwrap_or(1).max(1);
                self.typed.saturating_mul(each)
            }
        };
        // Strings have no size of their own; they are counted.
        let is_right = stated == sized.bytes && (sized.dtype != "string" || self.raw.is_none());
        let tensor = crate::metadata::shortened(&self.name);
        (!is_right || self.raw.is_none()).then_some(TensorFact::SizeMismatch {
            tensor,
            expected: Some(sized.bytes),
            stated,
        })
    }

    /// How many numbers the fields of a type must hold: two halves of a complex one, a byte of small ones.
    fn typed_wanted(&self, sized: &Sized) -> u64 {
        match self.data_type {
            14 | 15 => sized.elements.saturating_mul(2),
            21..=23 | 25 | 26 => sized.bytes,
            _ => sized.elements,
        }
    }

    /// What two places for the data contradict.
    pub(super) fn contradiction(&self) -> Option<Fault> {
        let has_typed = self.typed > 0;
        let has_raw = self.raw.as_ref().is_some_and(|raw| !raw.is_empty());
        let problem = match (self.is_external, has_raw, has_typed) {
            (true, true, _) | (true, _, true) => "has data in the file and outside of it",
            (false, true, true) => "has raw data and data in a field of its type",
            _ => return None,
        };
        Some(malformed(format!("`{}` {problem}", self.name)))
    }

    /// What matters for the flow through the graph.
    pub(super) fn constant(&self, sized: &Sized) -> Constant {
        let is_numeric = !matches!(sized.dtype, "string" | "bool" | "int32" | "int64" | "uint32" | "uint64");
        let is_weight = is_numeric && sized.elements >= WEIGHT_ELEMENTS_MIN;
        Constant { is_weight, single: self.integer.filter(|_| sized.elements == 1) }
    }
}

pub(super) fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}

pub(super) fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}
