//! Whether bytes are a pickle: by the header since protocol 2, by a trial run before it.

use headworks_types::{Limits, ReadAt};

use super::EventLog;
use super::machine::Machine;
use super::opcodes as op;
use crate::format::Probe;
use crate::reader::Reader;

/// Opcodes of a trial.
const TRIAL_OPCODES: u64 = 4096;

/// Opcodes of a trial of text, of which hardly any runs this far.
const TEXT_TRIAL_OPCODES: u64 = 1 << 22;

/// Opcodes that must make sense when nothing else says that the bytes are a pickle.
const SENSE_OPCODES: u64 = 8;

/// Whether some loader could take the file for a pickle.
pub(super) fn claims(probe: &Probe<'_>) -> bool {
    let Some(&first) = probe.head.first() else { return false };
    if !op::is_opcode(first) {
        return false;
    }
    if has_header(probe.head) {
        return true;
    }
    let mut trial = Trial::of(probe.input.bytes, TRIAL_OPCODES);
    if trial.opcodes >= TRIAL_OPCODES && is_text(probe.head) {
        // Opcodes that do nothing, as many as it takes, must not hide a call behind them.
        trial = Trial::of(probe.input.bytes, TEXT_TRIAL_OPCODES);
        trial.calls |= trial.opcodes >= TEXT_TRIAL_OPCODES;
    }
    trial.calls || trial.is_whole || (trial.makes_sense && !is_text(probe.head)) || is_named(probe, &trial)
}

/// Whether another stream begins at the reader's position, which stays where it is.
pub(super) fn continues(reader: &mut Reader<'_>) -> bool {
    let start = reader.position();
    let count = usize::try_from(reader.left().min(3)).unwrap_or_default();
    let mut continues = reader.take(count).is_ok_and(has_header);
    reader.seek(start);
    if !continues {
        let mut log = EventLog::default();
        let limits = Limits::default();
        let mut machine = Machine::new(None, &mut log, &limits, TRIAL_OPCODES, false);
        let complete = machine.run(reader);
        continues = complete || machine.opcodes >= TRIAL_OPCODES || log.has_call(is_plausible_callee);
        reader.seek(start);
    }
    continues
}

/// PROTO, a protocol, and an opcode; no other format begins so.
fn has_header(head: &[u8]) -> bool {
    matches!(head, [op::PROTO, 0..=5, next, ..] if op::is_opcode(*next)) || matches!(head, [op::PROTO, 2..=5])
}

/// What a bounded run over the first bytes showed.
struct Trial {
    /// Something with a plausible name is called, so it does not matter how the bytes go on.
    calls: bool,
    imports: bool,
    /// Streams end exactly where the bytes do.
    is_whole: bool,
    /// Enough opcodes ran without fault, until the trial or the bytes ended.
    makes_sense: bool,
    opcodes: u64,
}

impl Trial {
    fn of(bytes: &dyn ReadAt, opcodes_max: u64) -> Self {
        let mut log = EventLog::default();
        let limits = Limits::default();
        let mut reader = Reader::new(bytes);
        let (mut opcodes, mut is_whole, mut broken) = (0, false, false);
        while opcodes < opcodes_max && !is_whole && !broken {
            let left = opcodes_max.saturating_sub(opcodes);
            let mut machine = Machine::new(bytes.as_slice(), &mut log, &limits, left, false);
            let complete = machine.run(&mut reader);
            opcodes = opcodes.saturating_add(machine.opcodes);
            broken = !complete && !machine.ended_early();
            is_whole = complete && reader.left() == 0;
            if !complete {
                break;
            }
        }
        let calls = log.has_call(is_plausible_callee) || (log.has_extension() && log.has_call(|name| name.is_none()));
        let imports = log.has_import(is_plausible);
        Self { calls, imports, is_whole, makes_sense: !broken && opcodes >= SENSE_OPCODES, opcodes }
    }
}

/// The names people give to pickles let a shorter trial suffice, but `.bin` is anything.
fn is_named(probe: &Probe<'_>, trial: &Trial) -> bool {
    const EXTENSIONS: [&str; 9] = [".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth", ".ckpt", ".dill", ".pk"];
    let name = probe.name().to_ascii_lowercase();
    let named = EXTENSIONS.iter().any(|extension| name.ends_with(extension));
    let named = named || (name.ends_with(".bin") && !is_text(probe.head));
    // Opcodes after an import must make sense, or every list of words that begins with c is a pickle.
    named && ((trial.imports && trial.opcodes > 5) || trial.makes_sense)
}

/// Text is never claimed for its opcodes alone: a list of words that begin with V runs very far.
fn is_text(head: &[u8]) -> bool {
    head.iter().take(512).all(|byte| matches!(byte, 9..=13 | 32..=126))
}

/// A callee that a person could have named; a computed one may be anything.
pub(super) fn is_plausible_callee(name: Option<(&str, &str)>) -> bool {
    name.is_some_and(|(module, name)| is_plausible(module, name))
}

/// A name that a person could have given.
pub(super) fn is_plausible(module: &str, name: &str) -> bool {
    is_dotted_name(module.as_bytes()) && is_dotted_name(name.as_bytes())
}

/// Identifiers with dots between them.
pub(super) fn is_dotted_name(name: &[u8]) -> bool {
    let identifier = |part: &[u8]| {
        part.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte >= 0x80)
            && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
    };
    name.split(|byte| *byte == b'.').all(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(name: &str, bytes: &[u8]) -> bool {
        use crate::format::{Ends, Input};
        let bytes = bytes.to_vec();
        let input = Input { bytes: &bytes, place: headworks_types::Place::file(name) };
        let ends = Ends::read(&input).unwrap();
        claims(&ends.probe(&input))
    }

    #[test]
    fn text_pickles_that_call_are_claimed_with_and_without_an_end() {
        assert!(claimed("a.txt", b"cos\nsystem\n(S'echo headworks-marker'\ntR."));
        assert!(claimed("a.txt", b"cos\nsystem\n(S'echo headworks-marker'\ntR"));
        assert!(claimed("a.txt", b"(S'echo headworks-marker'\nios\nsystem\ngarbage"));
        assert!(claimed("a", b"\x82\x01)Rgarbage"));
    }

    #[test]
    fn a_call_behind_many_opcodes_without_effect_is_claimed() {
        let padding = b"N0".repeat(10_000);
        let text = [&padding[..], b"cos\nsystem\n(S'echo headworks-marker'\ntR."].concat();
        assert!(claimed("vocabulary.txt", &text));
        assert!(!claimed("vocabulary.txt", &padding));
        let second = [&b"N."[..], &text].concat();
        assert!(claimed("vocabulary.txt", &second));
    }

    #[test]
    fn broken_streams_with_a_header_are_claimed() {
        assert!(claimed("model.safetensors", b"\x80\x04cos\nsystem\n\xff\xff"));
        assert!(claimed("a", b"\x80\x02"));
        assert!(!claimed("a", b"\x80\x02\x00\x00\x00\x00"));
    }

    #[test]
    fn data_of_protocols_0_and_1_is_claimed_when_it_is_whole_or_makes_sense() {
        assert!(claimed("a", b"(dp0\nVa\np1\nI1\ns."));
        assert!(claimed("a", b"}q\x00(U\x01aq\x01K\x01U\x01bK\x02u"));
        assert!(!claimed("a", b"N. Bohr"));
    }

    #[test]
    fn other_formats_and_text_are_not_claimed() {
        for other in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
            b"PK\x03\x04\n\0\0\0\0\0",
            b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0",
            b"{\"a\": 1}",
            b"(introduction) This is prose.\nIt goes on.\n",
            b"cat\ndog\nmouse\nhorse\n",
            b"config\nname\n(see below)\n",
            b"I am text.\n",
            b"Very good\nVery bad\nVery\nVerb\nVan\nVat\nVex\nVow\nVia\nVim\n",
            b"import os\nos.system('true')\n",
            b"\x08\0\0\0\0\0\0\0{}      ",
        ] {
            assert!(!claimed("weights.bin", other), "{}", other.escape_ascii());
        }
    }
}
