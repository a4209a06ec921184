//! The zip layouts: `torch.save` since 1.6, TorchScript and `torch.package`.

use std::collections::{HashMap, HashSet};

use headworks_types::{Fault, fact::ArchiveFact};

use super::{FORMAT, script, storage};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::pickle::{self, Loader, TorchTables};
use crate::reader::Reader;
use crate::zip::Member;

/// Members whose presence below the root makes torch's reader take the archive.
const MARKERS: [&str; 4] = ["data.pkl", "constants.pkl", ".data/extern_modules", ".data/python_version"];

/// Records of a line or so; longer ones are none.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// The folder that torch reads an archive from, if torch's reader would take the archive.
///
/// The reader takes the first part of the first member's path and looks there alone.
pub(crate) fn root(members: &[Member]) -> Option<String> {
    let (root, _) = members.first()?.path.split_once('/')?;
    let within = |member: &Member| Some(member.path.strip_prefix(root)?.strip_prefix('/')?.to_ascii_lowercase());
    let recognised = members.iter().filter_map(within).any(|name| MARKERS.contains(&name.as_str()));
    recognised.then(|| root.to_owned())
}

/// Inspects the members of an archive of torch's.
pub(crate) fn inspect_archive(input: &Input<'_>, root: &str, members: &[Member], inspection: &mut Inspection<'_>) {
    let archive = Archive::new(root, members);
    inspection.identified(input, FORMAT.id, archive.summary());
    archive.judge_names(input, inspection);
    let named = archive.inspect_pickles(input, inspection);
    archive.inspect_others(input, &named, inspection);
}

struct Archive<'m> {
    root: &'m str,
    members: &'m [Member],
    /// By path in lower case: torch's reader looks names up without regard to case.
    by_path: HashMap<String, usize>,
}

impl<'m> Archive<'m> {
    fn new(root: &'m str, members: &'m [Member]) -> Self {
        let paths = members.iter().enumerate().rev();
        let by_path = paths.map(|(index, member)| (member.path.to_ascii_lowercase(), index)).collect();
        Self { root, members, by_path }
    }

    fn index_of(&self, name: &str) -> Option<usize> {
        self.by_path.get(&format!("{}/{name}", self.root).to_ascii_lowercase()).copied()
    }

    /// The member's path below the root.
    fn name<'p>(&self, member: &'p Member) -> Option<&'p str> {
        member.path.strip_prefix(self.root)?.strip_prefix('/')
    }

    fn summary(&self) -> String {
        let is_code = |member: &&Member| self.name(member).is_some_and(is_code);
        let code = self.members.iter().filter(is_code).count();
        if self.index_of("constants.pkl").is_some() {
            format!("TorchScript, code files: {code}")
        } else if self.index_of(".data/extern_modules").is_some() {
            let sources = self.members.iter().filter(|member| member.path.ends_with(".py")).count();
            format!("torch.package, source files: {sources}")
        } else {
            "checkpoint in a zip, read by unpickling".into()
        }
    }

    /// Names that differ in case only are one name to torch's reader.
    fn judge_names(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        for (index, member) in self.members.iter().enumerate() {
            let first = self.by_path.get(&member.path.to_ascii_lowercase()).and_then(|&first| self.members.get(first));
            let differs = first.is_some_and(|first| first.path != member.path);
            if differs && self.by_path.get(&member.path.to_ascii_lowercase()) != Some(&index) {
                let fact = ArchiveFact::DuplicateMember { path: member.path.clone() };
                inspection.fact(input.place.at(member.span()), fact);
            }
        }
    }

    /// Reads every pickle and compares it with the storages; the members that are storages.
    fn inspect_pickles(&self, input: &Input<'_>, inspection: &mut Inspection<'_>) -> HashSet<usize> {
        let mut named = HashSet::new();
        for member in self.members.iter().filter(|member| is_pickle(&member.path)) {
            member.open(input, inspection, &mut |content, inspection| {
                let tables = read_pickle(content, inspection);
                let storages = self.storages(&member.path, &tables);
                named.extend(storages.values().copied());
                let bytes_of = |key: &str| Some(self.members.get(*storages.get(key)?)?.bytes);
                // A trace keeps the shape of its example inputs and not their numbers.
                let are_left_out = self.name(member) == Some("traced_inputs.pkl")
                    && tables.storages.iter().all(|storage| bytes_of(&storage.key) == Some(0));
                if are_left_out {
                    return;
                }
                let whole = content.place.at(0..content.bytes.size());
                storage::check(&tables, whole, &bytes_of, inspection);
                if self.name(member) == Some("data.pkl") {
                    storage::state_names(&tables, &input.place.at(0..input.bytes.size()), inspection);
                }
            });
            member.inspect_other_readings(input, inspection);
        }
        named
    }

    /// The members that hold the storages the pickle at `path` names.
    fn storages<'t>(&self, path: &str, tables: &'t TorchTables) -> HashMap<&'t str, usize> {
        let beside = path.strip_suffix(".pkl").and_then(|path| path.strip_prefix(self.root)?.strip_prefix('/'));
        let find = |key: &str| {
            let beside = beside.and_then(|folder| self.index_of(&format!("{folder}/{key}")));
            beside.or_else(|| self.index_of(&format!(".data/{key}.storage")))
        };
        tables.storages.iter().filter_map(|storage| Some((storage.key.as_str(), find(&storage.key)?))).collect()
    }

    fn inspect_others(&self, input: &Input<'_>, named: &HashSet<usize>, inspection: &mut Inspection<'_>) {
        for (index, member) in self.members.iter().enumerate() {
            if is_pickle(&member.path) || member.is_folder() {
                continue;
            }
            let name = self.name(member);
            if named.contains(&index) {
                // Raw numbers: that there are as many as the pickle says is all there is to know.
                member.open(input, inspection, &mut |_, _| {});
                member.inspect_other_readings(input, inspection);
            } else if name.is_some_and(is_storage) {
                let whole = input.place.member(member.path.clone()).at(0..member.bytes);
                inspection.fact(whole, Fault::Unexplained { format: FORMAT.id.into() });
                member.inspect(input, inspection);
            } else if name.is_some_and(is_code) {
                member.open(input, inspection, &mut inspect_code);
                member.inspect_other_readings(input, inspection);
            } else if let Some(explains) = name.and_then(record) {
                member
                    .open(input, inspection, &mut |content, inspection| inspect_record(content, explains, inspection));
                member.inspect_other_readings(input, inspection);
            } else {
                member.inspect(input, inspection);
            }
        }
    }
}

fn is_pickle(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(".pkl") || path.ends_with(".debug_pkl")
}

fn is_storage(name: &str) -> bool {
    name.starts_with("data/")
        || name.starts_with("constants/")
        || name.starts_with(".data/") && name.ends_with(".storage")
}

fn is_code(name: &str) -> bool {
    name.starts_with("code/") && name.ends_with(".py")
}

/// Reads the pickles of a member, as many as are stacked in it.
fn read_pickle(content: &Input<'_>, inspection: &mut Inspection<'_>) -> TorchTables {
    let end = pickle::read_stream(content, 0, Loader::Torch, inspection);
    let mut at = end.end;
    let mut complete = end.complete;
    while complete && at < content.bytes.size() {
        // torch reads one; whoever unpickles the member alone may read on.
        let rest = content.place.at(at..content.bytes.size());
        inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() });
        let next = pickle::read_stream(content, at, Loader::Torch, inspection);
        complete = next.complete && next.end > at;
        at = next.end;
    }
    end.torch
}

/// TorchScript is Python's grammar with torch's meaning, so the Python parser reads it.
fn inspect_code(content: &Input<'_>, inspection: &mut Inspection<'_>) {
    inspection.identified(content, FORMAT.id, "TorchScript code");
    for python in crate::ALL.iter().filter(|format| format.id == "python") {
        (python.inspect)(content, inspection);
    }
    script::state(content, inspection);
}

/// What a record of the archive itself may hold.
type Explains = fn(&str) -> bool;

/// The records that torch's writers add around pickle, storages and code.
fn record(name: &str) -> Option<Explains> {
    match name {
        "version" | ".data/version" | ".format_version" | ".storage_alignment" | ".data/serialization_id" => {
            Some(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        }
        "byteorder" => Some(|text| matches!(text, "little" | "big")),
        ".data/python_version" => {
            Some(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+".contains(&byte)))
        }
        ".data/extern_modules" => Some(|text| text.lines().all(is_module)),
        _ => None,
    }
}

fn is_module(line: &str) -> bool {
    line.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.')
}

fn inspect_record(content: &Input<'_>, explains: Explains, inspection: &mut Inspection<'_>) {
    let length = content.bytes.size().min(RECORD_BYTES_MAX);
    let mut reader = Reader::new(content.bytes);
    let text = reader
        .take(usize::try_from(length).unwrap_or_default())
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let explained = content.bytes.size() <= RECORD_BYTES_MAX
        && text.is_ok_and(|text| explains(text.strip_suffix('\n').unwrap_or(&text)));
    if !explained {
        let problem = "the record is not what torch writes there".into();
        inspection
            .fact(content.place.at(0..content.bytes.size()), Fault::Malformed { format: FORMAT.id.into(), problem });
        inspection.member(content);
    }
}
