//! Nodes that the Flex delegate builds: operators of TensorFlow inside of a TensorFlow Lite model.
//!
//! The options of such a node are a flexbuffer of two strings, the operator's name and a serialised `NodeDef`.
//! The delegate goes by these, so a model can show one operator in its list and run another.

use std::ops::Range;

use headworks_types::{Fault, ReadAt, SubRange, fact::GraphFact};

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::tensorflow;

/// Type numbers of FlexBuffers.
const KEY: u8 = 4;
const STRING: u8 = 5;
const VECTOR: u8 = 10;
const VECTOR_OF_STRINGS: u8 = 15;

/// Bytes of an operator's name that are read.
const NAME_BYTES_MAX: u64 = 256;

/// States the operators that the options in `range` name.
pub(super) fn state_node(input: &Input<'_>, range: Range<u64>, inspection: &mut Inspection<'_>) {
    let options = Options(SubRange::new(input.bytes, range.clone()));
    let Some([name, node]) = options.strings() else {
        let problem = "options of a Flex node that are no vector of two strings".to_owned();
        return inspection.fact(input.place.at(range), Fault::Malformed { format: FORMAT.id.into(), problem });
    };
    let name = shortened(&options.text(name));
    let (framework, domain) = ("tensorflow".to_owned(), String::new());
    inspection.fact(input.place.at(range.clone()), GraphFact::Operator { framework, domain, name });
    let node = range.start.saturating_add(node.start)..range.start.saturating_add(node.end);
    tensorflow::state_node(input, node, inspection);
}

/// A flexbuffer, which is read from its end.
struct Options<'a>(SubRange<'a>);

impl Options<'_> {
    /// Where the two strings of the root vector lie.
    fn strings(&self) -> Option<[Range<u64>; 2]> {
        let size = self.0.size();
        let width = self.number(size.checked_sub(1)?, 1)?;
        let packed = u8::try_from(self.number(size.checked_sub(2)?, 1)?).ok()?;
        let root = size.checked_sub(2)?.checked_sub(width)?;
        let start = self.behind(root, width)?;
        let (of, width) = (packed >> 2, width_of(packed));
        let count = self.number(start.checked_sub(width)?, width)?;
        if count != 2 || !matches!(of, VECTOR | VECTOR_OF_STRINGS) {
            return None;
        }
        let [first, second] = [0, 1].map(|index: u64| {
            let types = start.checked_add(count.checked_mul(width)?)?;
            let packed = match of {
                VECTOR => u8::try_from(self.number(types.checked_add(index)?, 1)?).ok()?,
                _ => STRING << 2,
            };
            let is_text = matches!(packed >> 2, STRING | KEY);
            let text = self.behind(start.checked_add(index.checked_mul(width)?)?, width)?;
            let width = width_of(packed);
            let bytes = self.number(text.checked_sub(width)?, width)?;
            let end = text.checked_add(bytes)?;
            (is_text && end <= size).then_some(text..end)
        });
        Some([first?, second?])
    }

    /// Offsets lead backward.
    fn behind(&self, at: u64, width: u64) -> Option<u64> {
        at.checked_sub(self.number(at, width)?)
    }

    fn number(&self, at: u64, width: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        let into = bytes.get_mut(..usize::try_from(width).ok()?)?;
        (self.0.read_at(at, into) == Ok(into.len())).then_some(u64::from_le_bytes(bytes))
    }

    fn text(&self, range: Range<u64>) -> String {
        let length = range.end.saturating_sub(range.start).min(NAME_BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        let count = self.0.read_at(range.start, &mut bytes).unwrap_or_default();
        bytes.truncate(count);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn width_of(packed: u8) -> u64 {
    1u64.checked_shl(u32::from(packed & 3)).unwrap_or(1)
}
