//! Torch7: the files of `torch.save` in Lua, before PyTorch.
//!
//! Source: `File.lua`, `Tensor.lua` and the C readers of torch/torch7. A file is a graph of Lua values;
//! a function in it is Lua byte code, which the loader hands to `loadstring` as it reads: no check
//! stands between such byte code and the process. Classes are looked up among those that programs
//! registered, so their names are stated and nothing is loaded for them. The text variant
//! (`'ascii'`) and classes with a reader of their own (`tds`) are not read.
//!
//! Not covered: the text variant and classes with a reader of their own, which are faults, and Lua byte
//! code itself.

mod walk;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use walk::Walk;

/// Files of Torch in Lua.
pub(crate) static FORMAT: Format = Format { id: "torch7", title: "Torch7 (Lua) file", claims, inspect };

/// Text that begins a file in the text variant: an object, its number, the mark of its version.
const TEXT: &[u8] = b"4\n1\n3\nV 1\n";

fn claims(probe: &Probe<'_>) -> bool {
    let is_named = probe.name().ends_with(".t7") || probe.name().ends_with(".th7");
    probe.head.starts_with(TEXT) || is_object(probe.head) || is_table(probe.head) || (is_named && is_value(probe.head))
}

fn word(head: &[u8], index: usize) -> Option<u32> {
    let start = index.checked_mul(4)?;
    head.get(start..)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes))
}

/// An object: its number, then the three characters of its version.
fn is_object(head: &[u8]) -> bool {
    let is_versioned = matches!(head.get(12..16), Some([b'V', b' ', digit, _]) if digit.is_ascii_digit());
    word(head, 0) == Some(4) && word(head, 2) == Some(3) && is_versioned
}

/// A table of few entries, whose first key is a number or a short name.
fn is_table(head: &[u8]) -> bool {
    let is_first =
        word(head, 0) == Some(3) && word(head, 1) == Some(1) && word(head, 2).is_some_and(|count| count < 1 << 20);
    let has_key = match (word(head, 3), word(head, 4)) {
        (Some(1), _) => head.get(16..24).is_some_and(|key| key == 1f64.to_le_bytes()),
        (Some(2), Some(length @ 1..=64)) => {
            let name = usize::try_from(length).ok().and_then(|length| head.get(20..)?.get(..length));
            name.is_some_and(|name| name.iter().all(u8::is_ascii_graphic))
        }
        _ => false,
    };
    is_first && has_key
}

fn is_value(head: &[u8]) -> bool {
    word(head, 0).is_some_and(|of| of <= 8)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    if input.bytes.as_slice().is_none_or(|bytes| bytes.starts_with(TEXT)) && is_text(input) {
        inspection.identified(input, FORMAT.id, "Torch7 in its text variant");
        let fault = Fault::Unsupported { format: FORMAT.id.into(), feature: "the text variant".into() };
        return inspection.fact(input.place.at(0..input.bytes.size()), fault);
    }
    let mut walk = Walk::new(input);
    let outcome = walk.run(inspection);
    inspection.identified(input, FORMAT.id, walk.summary());
    walk.state(inspection);
    let rest = input.place.at(walk.position()..input.bytes.size());
    match outcome {
        Err(fault) => inspection.fact(rest, fault),
        Ok(()) if rest.start < rest.end => inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() }),
        Ok(()) => {}
    }
}

fn is_text(input: &Input<'_>) -> bool {
    let mut head = [0; TEXT.len()];
    input.bytes.read_at(0, &mut head).is_ok() && head == TEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_another_format_is_not_claimed() {
        assert!(is_object(b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1\x0d\0\0\0nn.Sequential"));
        assert!(is_table(b"\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\0\0\x05\0\0\0model"));
        assert!(!is_table(b"\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\0\0\x05\0\0\0\0\0\0\0\0"));
        assert!(!is_object(b"\x04\0\0\0\x01\0\0\0\x03\0\0\0abcd"));
    }
}
