//! Pickle streams, protocols 0 to 5, raw joblib files among them.
//!
//! Source: CPython's `Lib/pickletools.py` (the opcodes) and `Lib/pickle.py` (what they do). A pickle
//! is a program for a small stack machine, and the calls it makes are its purpose; so the bytes run
//! here on an abstract machine that has the same stack and memo and no effects.
//!
//! - `recognise`: which bytes are a pickle
//! - `machine`, `literals`, `effects`: the opcodes
//! - `value`, `memo`: what the machine holds
//! - `events`, `shapes`: what it tells
//! - `joblib`, `torch`, `nested`: what surrounds opcodes, or hides in literals
//!
//! Not covered: what a listed callable does with its arguments, and the code behind an imported name.

mod effects;
mod events;
mod joblib;
mod literals;
mod machine;
mod memo;
mod names;
mod nested;
mod opcodes;
mod recognise;
mod roles;
mod shapes;
mod text_operands;
mod torch;
mod value;
mod window;

use headworks_types::{Fault, Location};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::Reader;
use events::EventLog;
use machine::{Arrays, Machine};
use nested::Candidate;

/// Python's pickle.
pub(crate) static FORMAT: Format = Format { id: "pickle", title: "Python pickle", claims, inspect };

/// Whose rules apply to what surrounds the opcodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loader {
    /// `pickle.load` and everything built on it, with `joblib.load`, which reads raw array bytes from
    /// within the stream.
    Plain,
    /// `torch.load`, whose persistent ids name storages.
    Torch,
}

/// Where a stream ended and what it told on the way.
pub(crate) struct StreamEnd {
    /// Offset after the STOP, or where reading stopped.
    pub(crate) end: u64,
    /// STOP was reached and nothing was misunderstood.
    pub(crate) complete: bool,
    /// Filled for [`Loader::Torch`] only.
    pub(crate) torch: TorchTables,
}

/// Storages and the tensors that view them.
#[derive(Default)]
pub(crate) struct TorchTables {
    pub(crate) storages: Vec<TorchStorage>,
    pub(crate) views: Vec<TorchView>,
    /// Names of tensors in the dictionary that a stream returned, each with the index of its view.
    pub(crate) names: Vec<(String, usize)>,
}

/// A storage that a persistent id names.
pub(crate) struct TorchStorage {
    pub(crate) key: String,
    /// Name of the storage's class, as in `FloatStorage`.
    pub(crate) class: String,
    pub(crate) element_bytes: Option<u64>,
    pub(crate) elements: u64,
    pub(crate) location: Location,
}

/// A tensor: a strided view of a storage, counted in the storage's elements.
pub(crate) struct TorchView {
    pub(crate) storage_key: String,
    pub(crate) offset: u64,
    pub(crate) size: Vec<u64>,
    pub(crate) stride: Vec<u64>,
    /// Dimensions of the tensor, which come first; an untyped storage has one more.
    pub(crate) rank: usize,
    pub(crate) location: Location,
}

/// The stacked pickles of `torch.save` are left to the torch format, which reads all of them.
fn claims(probe: &Probe<'_>) -> bool {
    recognise::claims(probe) && !crate::torch::is_legacy(probe.head)
}

/// Streams until the bytes end: a loader may call `load` again on the same file.
fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut run = Run::new(input, Loader::Plain);
    let mut streams: u64 = 0;
    let size = input.bytes.size();
    loop {
        let complete = run.stream(inspection);
        streams = streams.saturating_add(1);
        let end = run.reader.position();
        if !complete || end >= size || !recognise::continues(&mut run.reader) {
            break;
        }
    }
    inspection.identified(input, FORMAT.id, run.summary(streams));
    let end = run.finish(inspection).end;
    if end < size {
        inspection.fact(input.place.at(end..size), Fault::Unexplained { format: FORMAT.id.into() });
    }
}

/// Runs one pickle stream at `start` through the abstract machine and states its events and faults.
pub(crate) fn read_stream(input: &Input<'_>, start: u64, loader: Loader, inspection: &mut Inspection<'_>) -> StreamEnd {
    let mut run = Run::new(input, loader);
    run.reader.seek(start);
    let complete = run.stream(inspection);
    StreamEnd { complete, ..run.finish(inspection) }
}

/// Streams of one input, whose equal events are counted together.
struct Run<'i> {
    input: &'i Input<'i>,
    loader: Loader,
    reader: Reader<'i>,
    log: EventLog,
    faults: Vec<(events::Span, Fault)>,
    nested: Vec<Candidate>,
    torch: TorchTables,
    arrays: Arrays,
    opcodes: u64,
    protocol: u8,
}

impl<'i> Run<'i> {
    fn new(input: &'i Input<'i>, loader: Loader) -> Self {
        Self {
            input,
            loader,
            reader: Reader::new(input.bytes),
            log: EventLog::default(),
            faults: Vec::new(),
            nested: Vec::new(),
            torch: TorchTables::default(),
            arrays: Arrays::default(),
            opcodes: 0,
            protocol: 0,
        }
    }

    /// Runs the stream at the reader's position; whether it is whole and understood.
    fn stream(&mut self, inspection: &mut Inspection<'_>) -> bool {
        let arrays_inside = self.loader != Loader::Torch;
        let left = inspection.pickle_opcodes_left();
        let bytes = self.input.bytes.as_slice();
        let mut machine = Machine::new(bytes, &mut self.log, inspection.limits, left, arrays_inside);
        machine.torch.wanted = self.loader == Loader::Torch;
        let complete = machine.run(&mut self.reader);
        let Machine { faults, nested, torch, arrays, opcodes, protocol, .. } = machine;
        inspection.spend_pickle_opcodes(opcodes);
        self.faults.extend(faults);
        self.nested.extend(nested);
        self.arrays.add(arrays);
        self.opcodes = self.opcodes.saturating_add(opcodes);
        self.protocol = self.protocol.max(protocol);
        self.torch.extend(torch, &self.input.place);
        complete
    }

    fn summary(&self, streams: u64) -> String {
        let several = if streams == 1 { String::new() } else { format!("{streams} streams, ") };
        let arrays = match self.arrays {
            Arrays { count: 0, .. } => String::new(),
            Arrays { count, bytes } => format!(", joblib with {count} arrays in {bytes} bytes"),
        };
        format!("protocol {}, {several}{} opcodes{arrays}", self.protocol, self.opcodes)
    }

    /// States events, then faults, then what lies in literals.
    fn finish(self, inspection: &mut Inspection<'_>) -> StreamEnd {
        let place = &self.input.place;
        self.log.state_facts(place, inspection);
        for (span, fault) in self.faults {
            inspection.fact(place.at(span.start..span.end), fault);
        }
        nested::read_all(self.nested, self.input.bytes, place, 0, inspection);
        StreamEnd { end: self.reader.position(), complete: false, torch: self.torch }
    }
}

impl TorchTables {
    fn extend(&mut self, tables: torch::Tables, place: &headworks_types::Place) {
        let keys: Vec<String> = tables.storages.iter().map(|storage| storage.key.clone()).collect();
        let at = |span: events::Span| place.at(span.start..span.end);
        let before = self.views.len();
        let index = |view: u32| usize::try_from(view).unwrap_or(usize::MAX).saturating_add(before);
        self.names.extend(tables.names.into_iter().map(|(_, name, view)| (name, index(view))));
        self.storages.extend(tables.storages.into_iter().map(|storage| TorchStorage {
            key: storage.key,
            class: storage.class,
            element_bytes: storage.element_bytes,
            elements: storage.elements,
            location: at(storage.at.0),
        }));
        self.views.extend(tables.views.into_iter().map(|view| TorchView {
            storage_key:
                usize::try_from(view.storage).ok().and_then(|index| keys.get(index)).cloned().unwrap_or_default(),
            offset: view.offset,
            size: view.size,
            stride: view.stride,
            rank: view.rank,
            location: at(view.span),
        }));
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::{PickleFact, Shape};
    use headworks_types::{Fact, FactKind, Limits, Place, ReadAt, ReadError};

    use super::*;

    fn facts(bytes: &[u8]) -> Vec<Fact> {
        facts_within(bytes, &Limits::default())
    }

    fn facts_within(bytes: &[u8], limits: &Limits) -> Vec<Fact> {
        crate::inspect_as(&FORMAT, &bytes.to_vec(), Place::file("a.pkl"), limits)
    }

    fn calls(facts: &[Fact]) -> Vec<(String, Vec<Shape>, u64)> {
        let call = |fact: &Fact| match &fact.kind {
            FactKind::Pickle(PickleFact::Call { callee, arguments, .. }) => {
                Some((callee.to_string(), arguments.clone(), fact.times))
            }
            _ => None,
        };
        facts.iter().filter_map(call).collect()
    }

    fn faults(facts: &[Fact]) -> Vec<Fault> {
        let fault = |fact: &Fact| if let FactKind::Fault(fault) = &fact.kind { Some(fault.clone()) } else { None };
        facts.iter().filter_map(fault).collect()
    }

    fn string(text: &str) -> Vec<u8> {
        [&[0x8c, text.len() as u8][..], text.as_bytes()].concat()
    }

    fn call(module: &str, name: &str, arguments: &[u8]) -> Vec<u8> {
        [format!("c{module}\n{name}\n").as_bytes(), b"(", arguments, b"tR0"].concat()
    }

    /// A checkpoint of `count` tensors of one dimension and alternating storages.
    fn checkpoint(count: u32) -> Vec<u8> {
        let mut bytes = vec![0x80, 2];
        for index in 0..count {
            let storage = [
                &b"("[..],
                &string("storage"),
                b"ctorch\nFloatStorage\n",
                &string(&index.to_string()),
                &string("cpu"),
                b"J",
                &(index + 1).to_le_bytes(),
                b"tQ",
            ]
            .concat();
            let size = [&b"J"[..], &(index + 1).to_le_bytes(), &[0x85]].concat();
            let arguments = [&storage[..], b"K\x00", &size, b"K\x01\x85", b"\x89"].concat();
            bytes.extend(call("torch._utils", "_rebuild_tensor_v2", &arguments));
        }
        bytes.extend(b"N.");
        bytes
    }

    fn torch_tables(bytes: &[u8]) -> (StreamEnd, Vec<Fact>) {
        let (bytes, limits) = (bytes.to_vec(), Limits::default());
        let mut inspection = Inspection::new(&limits);
        let input = Input { bytes: &bytes, place: Place::file("data.pkl") };
        let end = read_stream(&input, 0, Loader::Torch, &mut inspection);
        (end, inspection.into_facts())
    }

    #[test]
    fn a_large_checkpoint_gives_few_facts_and_exact_tables() {
        let (end, facts) = torch_tables(&checkpoint(10_000));
        assert!(end.complete && facts.len() < 8, "{} facts", facts.len());
        assert_eq!((end.torch.storages.len(), end.torch.views.len()), (10_000, 10_000));
        let (storage, view) = (&end.torch.storages[9_998], &end.torch.views[9_998]);
        assert_eq!((storage.key.as_str(), storage.elements, storage.element_bytes), ("9998", 9_999, Some(4)));
        assert_eq!((view.storage_key.as_str(), view.offset), ("9998", 0));
        assert_eq!((view.size.as_slice(), view.stride.as_slice()), (&[9_999][..], &[1][..]));
        assert_eq!(calls(&facts).iter().map(|(_, _, times)| times).sum::<u64>(), 10_000);
    }

    #[test]
    fn a_tensor_with_computed_geometry_is_a_fault() {
        let persistent = [&string("storage")[..], b"Q"].concat();
        let arguments = [&persistent[..], b"K\x00)))"].concat();
        let bytes = [&[0x80, 2][..], &call("torch._utils", "_rebuild_tensor", &arguments), b"N."].concat();
        let (_, facts) = torch_tables(&bytes);
        assert!(matches!(faults(&facts).as_slice(), [Fault::Unsupported { .. }]));
    }

    #[test]
    fn an_untyped_storage_is_viewed_in_bytes() {
        let id = [&b"("[..], &string("storage"), b"ctorch\nUntypedStorage\n", &string("0"), &string("cpu"), b"K\x08tQ"];
        let rest = b"K\x01K\x01\x85K\x01\x85\x89Nctorch\nfloat32\n";
        let arguments = [&id.concat()[..], rest].concat();
        let bytes = [&[0x80, 2][..], &call("torch._utils", "_rebuild_tensor_v3", &arguments), b"N."].concat();
        let (end, _) = torch_tables(&bytes);
        let view = &end.torch.views[0];
        assert_eq!((view.offset, view.size.as_slice(), view.stride.as_slice()), (4, &[1, 4][..], &[4, 1][..]));
    }

    #[test]
    fn numbers_are_forgotten_beyond_64_variants_and_strings_later_still() {
        let mut bytes = vec![0x80, 2];
        (0..100).for_each(|index: u8| bytes.extend(call("m", "numbers", &[b'K', index])));
        (0..100).for_each(|index: u8| bytes.extend(call("m", "strings", &string(&format!("s{index}")))));
        bytes.extend(b"N.");
        let calls = calls(&facts(&bytes));
        let of = |name: &str| calls.iter().filter(|(callee, ..)| callee == name).collect::<Vec<_>>();
        assert_eq!(of("m.numbers"), [&("m.numbers".to_owned(), vec![Shape::Int(None)], 100)]);
        assert_eq!(of("m.strings").len(), 65);
        assert_eq!(of("m.strings")[7].1, [Shape::Str(Some("s7".into()))]);
        assert_eq!(*of("m.strings")[64], ("m.strings".to_owned(), vec![Shape::Str(None)], 36));
    }

    #[test]
    fn one_call_among_ten_thousand_others_is_not_lost() {
        let mut bytes = vec![0x80, 2];
        for index in 0..10_000u16 {
            let argument = [&b"M"[..], &index.to_le_bytes()].concat();
            bytes.extend(call("collections", "OrderedDict", &argument));
            if index == 7_777 {
                bytes.extend(call("os", "system", &string("echo headworks-marker")));
            }
        }
        bytes.extend(b"N.");
        let calls = calls(&facts(&bytes));
        assert!(calls.iter().any(|(callee, arguments, _)| {
            callee == "os.system" && *arguments == [Shape::Str(Some("echo headworks-marker".into()))]
        }));
    }

    #[test]
    fn every_budget_is_a_fault_and_keeps_the_events_before_it() {
        let event = call("os", "system", b"");
        let cases: [(&str, Limits, Vec<u8>); 4] = [
            ("pickle_opcodes_max", Limits { pickle_opcodes_max: 20, ..Limits::default() }, b"N0".repeat(100)),
            ("pickle_stack_max", Limits { pickle_stack_max: 20, ..Limits::default() }, b"N".repeat(100)),
            (
                "pickle_memo_max",
                Limits { pickle_memo_max: 20, ..Limits::default() },
                [b"N", &b"\x94".repeat(99)[..]].concat(),
            ),
            (
                "pickle_arena_bytes_max",
                Limits { pickle_arena_bytes_max: 2000, ..Limits::default() },
                b"C\x04\x80\x02N.0".repeat(99),
            ),
        ];
        for (name, limits, rest) in cases {
            let bytes = [&[0x80, 4][..], &event, &rest, b"."].concat();
            let facts = facts_within(&bytes, &limits);
            assert_eq!(calls(&facts).len(), 1, "{name}");
            assert!(
                faults(&facts).iter().any(|fault| matches!(fault, Fault::Budget { limit, .. } if limit == name)),
                "{name}"
            );
        }
    }

    /// A name in the memo, hundreds of other strings, and an import of that name, which was or was not in use before.
    fn late_import(in_use: bool) -> Vec<u8> {
        let filler: Vec<u8> = (0..300).flat_map(|index| [&string(&index.to_string())[..], b"\x940"].concat()).collect();
        let names = [&filler[..], &string("posix"), b"\x94", &string("system"), b"\x94"].concat();
        let import = &b"j\x2c\x01\0\0j\x2d\x01\0\0\x930"[..];
        let first = if in_use { import } else { b"" };
        [&[0x80, 4][..], &names, first, &filler, &filler, import, b"N."].concat()
    }

    #[test]
    fn a_name_from_long_ago_is_held_for_its_import_and_never_guessed() {
        let limits = Limits { pickle_values_kept: 100, pickle_text_bytes_kept: 200, ..Limits::default() };
        let unused = facts_within(&late_import(false), &limits);
        let is_budget = |fault: &Fault| matches!(fault, Fault::Budget { limit, .. } if limit == "pickle_values_kept");
        assert!(faults(&unused).iter().any(is_budget), "{unused:?}");
        let used = facts_within(&late_import(true), &limits);
        assert_eq!(faults(&used), []);
        let imports = |fact: &&Fact| matches!(&fact.kind, FactKind::Pickle(PickleFact::Import { callee, .. }) if callee.to_string() == "posix.system");
        assert_eq!(used.iter().find(imports).map(|fact| fact.times), Some(2));
    }

    #[test]
    fn a_bomb_of_shared_tuples_is_shown_small() {
        let bytes =
            [&b"\x80\x02N"[..], &b"2\x86".repeat(20_000), b"0cos\nsystem\n", b"N", &b"2\x86".repeat(64), b"\x85R."]
                .concat();
        let facts = facts(&bytes);
        assert!(format!("{facts:?}").len() < 20_000);
        assert_eq!(calls(&facts).len(), 1);
    }

    #[test]
    fn a_missing_memo_entry_is_a_fault_after_the_events() {
        let facts = facts(b"\x80\x02cos\nsystem\n)Rh\x09.");
        assert_eq!(calls(&facts).len(), 1);
        assert!(matches!(&faults(&facts)[0], Fault::Malformed { problem, .. } if problem.contains("memo")));
    }

    /// Bytes that pretend not to be in memory.
    struct Remote(Vec<u8>);

    impl ReadAt for Remote {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, ReadError> {
            self.0.as_slice().read_at(offset, into)
        }
    }

    #[test]
    fn bytes_in_memory_and_bytes_read_in_windows_give_the_same_facts() {
        let long = "é".repeat(200_000);
        let mut bytes = [&b"\x80\x04"[..], b"X", &(long.len() as u32).to_le_bytes(), long.as_bytes(), b"0"].concat();
        bytes.extend([&b"V"[..], &b"x".repeat(400_000), b"\n0S'", &b"y".repeat(400_000), b"'\n0"].concat());
        bytes.extend([&string("os")[..], b"q\x05", &string("system"), b"\x93", &string("echo"), b"\x85R."].concat());
        let near = facts(&bytes);
        let far = crate::inspect_as(&FORMAT, &Remote(bytes), Place::file("a.pkl"), &Limits::default());
        assert_eq!(near, far);
        assert_eq!((calls(&near).len(), faults(&near).len()), (1, 0));
    }

    #[test]
    fn a_data_set_of_pickled_records_is_no_fault_and_a_call_among_them_is_seen() {
        let mut bytes = vec![0x80, 4, b']', b'('];
        for index in 0..60_000u32 {
            bytes.extend([&b"C\x07\x80\x02M"[..], &index.to_le_bytes()[..2], b"N."].concat());
        }
        bytes.extend([&b"C\x0f"[..], b"cos\nsystem\n)R.."].concat());
        bytes.extend(b"e.");
        let facts = facts(&bytes);
        assert!(facts.len() < 600 && faults(&facts).is_empty(), "{} facts", facts.len());
        assert_eq!(calls(&facts).len(), 1);
    }

    #[test]
    fn a_container_operation_on_anything_but_its_own_type_is_an_event() {
        let mutations = |bytes: &[u8]| {
            facts(bytes)
                .iter()
                .filter(|fact| matches!(fact.kind, FactKind::Pickle(PickleFact::Mutation { .. })))
                .count()
        };
        assert_eq!(mutations(b"\x80\x04]Na}(NNu\x8f(N\x900]."), 0);
        assert_eq!(mutations(b"\x80\x02}Na."), 1);
        assert_eq!(mutations(b"\x80\x02ccollections\nOrderedDict\n)R(NNu."), 1);
        assert_eq!(mutations(b"\x80\x04(N\x91(N\x90."), 1);
    }
}
