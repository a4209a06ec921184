//! What the formats that are one compressed stream share: the stream is opened, what it decodes to
//! is inspected as a member, and bytes after it belong to nobody.

use headworks_types::{Fault, ReadAt, ReadError, SubRange};

use crate::decoded::{Codec, Decoded, Opened};
use crate::format::{Input, Probe};
use crate::inspection::Inspection;

/// One format that is a single compressed stream.
pub(crate) struct CompressedFile {
    /// Id of the format.
    pub(crate) format: &'static str,
    /// How the stream is compressed.
    pub(crate) codec: Codec,
    /// Endings of a file name, each with what stands in its place once the bytes are decoded.
    pub(crate) endings: &'static [(&'static str, &'static str)],
}

/// What the header says about the stream.
#[derive(Default)]
pub(crate) struct Preamble {
    /// Where the stream begins.
    pub(crate) start: u64,
    /// Name of the file that was compressed.
    pub(crate) name: Option<String>,
    /// What to add to the summary.
    pub(crate) note: Option<String>,
    /// Size of the decoded bytes, where a header in front of the stream states it.
    pub(crate) decoded_bytes: Option<u64>,
}

impl CompressedFile {
    /// Decodes the stream behind `preamble` and inspects what it holds.
    pub(crate) fn inspect(&self, input: &Input<'_>, preamble: Preamble, inspection: &mut Inspection<'_>) {
        let size = input.bytes.size();
        let compressed = SubRange::new(input.bytes, preamble.start..size);
        let opened = Decoded::open(self.codec, compressed, inspection);
        let decoded_bytes = opened.decoded.size();
        let note = preamble.note.map(|note| format!(", {note}")).unwrap_or_default();
        inspection.identified(input, self.format, format!("{}, {decoded_bytes} bytes decoded{note}", self.format));
        let end = preamble.start.saturating_add(opened.consumed);
        self.state_end(input, &opened, end, inspection);
        self.state_size(input, &opened, preamble.decoded_bytes, inspection);
        if decoded_bytes > 0 || opened.fault.is_none() {
            let name = preamble.name.filter(|name| !name.is_empty()).unwrap_or_else(|| self.member_name(input));
            inspection.member(&Input { bytes: &opened.decoded, place: input.place.member(name) });
        }
    }

    fn state_end(&self, input: &Input<'_>, opened: &Opened<'_>, end: u64, inspection: &mut Inspection<'_>) {
        let rest = input.place.at(end..input.bytes.size());
        match &opened.fault {
            None if end < input.bytes.size() => {
                inspection.fact(rest, Fault::Unexplained { format: self.format.into() });
            }
            None => {}
            Some(ReadError::Decode { .. }) if opened.truncated => {
                let wanted = "the rest of the compressed stream".into();
                inspection.fact(rest, Fault::Truncated { format: self.format.into(), wanted });
            }
            Some(error) => inspection.read_failed(rest, self.format, error),
        }
    }

    fn state_size(&self, input: &Input<'_>, opened: &Opened<'_>, stated: Option<u64>, inspection: &mut Inspection<'_>) {
        let decoded_bytes = opened.decoded.size();
        if let Some(stated) = stated.filter(|&stated| stated != decoded_bytes && opened.fault.is_none()) {
            let problem = format!("the header states {stated} decoded bytes and there are {decoded_bytes}");
            inspection.fact(input.place.at(0..0), Fault::Malformed { format: self.format.into(), problem });
        }
    }

    /// The file's name without its ending, as the tools name what they decompress.
    fn member_name(&self, input: &Input<'_>) -> String {
        let name = input.place.base_name();
        let decoded = self.endings.iter().find_map(|(ending, instead)| {
            let stem = name.strip_suffix(ending).filter(|stem| !stem.is_empty())?;
            Some(format!("{stem}{instead}"))
        });
        decoded.unwrap_or_else(|| "decoded".into())
    }
}

/// Whether the bytes begin with `magic`, or with skippable frames that lead to it.
///
/// LZ4 and zstd share the skippable frame: magic 0x184D2A50 to 0x184D2A5F and a length. One that
/// leads beyond what is shown is taken to lead to the magic, since a decoder would look there too.
pub(crate) fn frames_lead_to(magic: &[u8], probe: &Probe<'_>) -> bool {
    let mut rest = probe.head;
    while let Some(bytes) = crate::decoded::skippable(rest) {
        match usize::try_from(bytes).ok().and_then(|bytes| rest.get(bytes..)) {
            Some(after) => rest = after,
            None => return true,
        }
    }
    rest.starts_with(magic)
}
