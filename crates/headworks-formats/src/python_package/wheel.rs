//! Wheels: a zip that an installer unpacks where Python imports from.
//!
//! Read by the zip format, which hands the members here. What pip and uv do differently with a wheel
//! is stated: a list of files (`RECORD`) that is absent or wrong, files it leaves out, modules that
//! run at every start of the interpreter, programs put beside others, files put outside the
//! library. Duplicate members and escaping paths are facts of the zip. Digests other than SHA-256 in
//! `RECORD` are not computed.
//!
//! Not covered: digests in `RECORD` other than SHA-256.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headworks_types::Fault;
use headworks_types::fact::{CodeFact, PackageFact};

use crate::fields::{self, Syntax};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::oci::blob::sha256;
use crate::zip::{self, Member};

/// Wheels, recognised by their folder of metadata.
pub(crate) static FORMAT: Format = Format { id: "wheel", title: "Python wheel", claims, inspect };

/// Longest list or record that is read in memory.
const RECORD_BYTES_MAX: u64 = 32 << 20;

/// The zip format finds out, once it knows the members.
fn claims(_: &Probe<'_>) -> bool {
    false
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    zip::inspect(input, inspection);
}

/// The folder of metadata, if an installer would take the archive for a wheel.
pub(crate) fn metadata_folder(members: &[Member]) -> Option<String> {
    let folder = |member: &Member| {
        let (folder, name) = member.path.split_once('/')?;
        (folder.ends_with(".dist-info") && matches!(name, "WHEEL" | "METADATA")).then(|| folder.to_owned())
    };
    members.iter().find_map(folder)
}

/// Inspects the members of a wheel.
pub(crate) fn inspect_archive(input: &Input<'_>, folder: &str, members: &[Member], inspection: &mut Inspection<'_>) {
    let mut wheel = Wheel { input, folder, record: None };
    wheel.record = wheel.read_record(members, inspection);
    inspection.identified(input, FORMAT.id, format!("wheel, {}", folder.trim_end_matches(".dist-info")));
    if wheel.record.is_none() {
        inspection.fact(input.place.at(0..input.bytes.size()), PackageFact::MissingRecord);
    }
    wheel.state_top_level(members, inspection);
    inspection.each(input, members.len(), &|index, inspection| {
        if let Some(member) = members.get(index) {
            wheel.member(member, inspection);
        }
    });
    wheel.state_absent(members, inspection);
}

struct Wheel<'a> {
    input: &'a Input<'a>,
    folder: &'a str,
    record: Option<HashMap<String, Row>>,
}

/// What `RECORD` says of a file.
struct Row {
    digest: String,
    size: String,
}

impl Wheel<'_> {
    fn name<'m>(&self, member: &'m Member) -> Option<&'m str> {
        member.path.strip_prefix(self.folder)?.strip_prefix('/')
    }

    fn read_record(&self, members: &[Member], inspection: &mut Inspection<'_>) -> Option<HashMap<String, Row>> {
        let member = members.iter().find(|member| self.name(member) == Some("RECORD"))?;
        let mut rows = None;
        member.open(self.input, inspection, &mut |content, inspection| {
            rows = text(content, inspection).map(|text| text.lines().filter_map(row).collect());
        });
        rows
    }

    /// Hands the member to its formats, and compares it with `RECORD` on the way.
    fn member(&self, member: &Member, inspection: &mut Inspection<'_>) {
        if member.is_folder() {
            return;
        }
        let name = self.name(member).map(str::to_owned);
        let location = self.input.place.at(member.span());
        member.open(self.input, inspection, &mut |content, inspection| {
            self.compare(member, content, inspection);
            if name.as_deref() == Some("RECORD") {
                return inspection.identified(content, FORMAT.id, "list of the files");
            }
            match name.as_deref() {
                Some("WHEEL") => self.state_tags(content, inspection),
                Some("entry_points.txt") => self.state_entry_points(content, inspection),
                _ => {}
            }
            inspection.member(content);
        });
        member.inspect_other_readings(self.input, inspection);
        if matches!(member.path.as_str(), "sitecustomize.py" | "usercustomize.py" | "sitecustomize/__init__.py") {
            let fact = PackageFact::StartupCode { path: member.path.clone(), excerpt: String::new() };
            inspection.fact(location.clone(), fact);
        }
        if let Some(fact) = outside_library(&member.path) {
            inspection.fact(location, fact);
        }
    }

    fn compare(&self, member: &Member, content: &Input<'_>, inspection: &mut Inspection<'_>) {
        let Some(record) = &self.record else { return };
        let is_exempt = self.name(member).is_some_and(|name| matches!(name, "RECORD" | "RECORD.jws" | "RECORD.p7s"));
        if is_exempt {
            return;
        }
        let location = self.input.place.at(member.span());
        let path = member.path.clone();
        let Some(row) = record.get(&path) else {
            return inspection.fact(location, PackageFact::UnrecordedMember { path });
        };
        let size = content.bytes.size().to_string();
        if !row.size.is_empty() && row.size != size {
            let (field, recorded) = ("size".into(), row.size.clone());
            let fact = PackageFact::RecordMismatch { path: path.clone(), field, recorded, actual: size };
            inspection.fact(location.clone(), fact);
        }
        match row.digest.split_once('=') {
            Some(("sha256", encoded)) => match sha256(content.bytes).map(|digest| digest.hex()) {
                Ok(actual) if same(encoded, &actual) => {}
                Ok(actual) => {
                    let (field, recorded) = ("digest".into(), shortened(encoded));
                    inspection.fact(location, PackageFact::RecordMismatch { path, field, recorded, actual });
                }
                Err(error) => inspection.read_failed(location, FORMAT.id, &error),
            },
            Some((algorithm, _)) => {
                let feature = format!("the digest `{}` in the list of files", shortened(algorithm));
                inspection.fact(location, Fault::Unsupported { format: FORMAT.id.into(), feature });
            }
            None => inspection.fact(location, PackageFact::UnrecordedMember { path }),
        }
    }

    fn state_absent(&self, members: &[Member], inspection: &mut Inspection<'_>) {
        let Some(record) = &self.record else { return };
        let present: std::collections::HashSet<&str> = members.iter().map(|member| member.path.as_str()).collect();
        let mut absent: Vec<&String> = record.keys().filter(|path| !present.contains(path.as_str())).collect();
        absent.sort();
        for path in absent {
            let fact = PackageFact::RecordedAbsentMember { path: shortened(path) };
            inspection.fact(self.input.place.at(0..self.input.bytes.size()), fact);
        }
    }

    /// The modules and packages that the wheel puts at the top of the import path.
    fn state_top_level(&self, members: &[Member], inspection: &mut Inspection<'_>) {
        let top = |member: &Member| {
            let library = member
                .path
                .split_once(".data/")
                .and_then(|(_, rest)| rest.strip_prefix("purelib/").or_else(|| rest.strip_prefix("platlib/")));
            let path = library.unwrap_or(&member.path);
            match path.split_once('/') {
                Some((folder, _)) if !folder.contains('.') => Some(folder.to_owned()),
                Some(_) => None,
                None => path.strip_suffix(".py").map(str::to_owned),
            }
        };
        let names: std::collections::BTreeSet<String> = members.iter().filter_map(top).collect();
        for name in names {
            inspection.fact(self.input.place.at(0..self.input.bytes.size()), PackageFact::TopLevelModule { name });
        }
    }

    fn state_tags(&self, content: &Input<'_>, inspection: &mut Inspection<'_>) {
        let text = text(content, inspection).unwrap_or_default();
        for tag in text.lines().filter_map(|line| line.strip_prefix("Tag:")).map(str::trim) {
            let fact = PackageFact::Platform { tag: shortened(tag), is_any: tag.ends_with("-any") };
            inspection.fact(self.input.place.at(0..self.input.bytes.size()), fact);
        }
    }

    fn state_entry_points(&self, content: &Input<'_>, inspection: &mut Inspection<'_>) {
        let fields = fields::read(content, Syntax::Ini, FORMAT.id, inspection);
        let programs = fields.iter().filter(|field| matches!(field.part(0), "console_scripts" | "gui_scripts"));
        for field in programs {
            let fact = PackageFact::Command { name: shortened(field.part(1)), target: shortened(&field.value) };
            inspection.fact(content.place.at(0..content.bytes.size()), fact);
        }
        // Whoever looks for plugins of its kind imports what such a line names.
        let plugins = fields.iter().filter(|field| !matches!(field.part(0), "console_scripts" | "gui_scripts"));
        for field in plugins.filter(|field| field.path.len() == 2) {
            let module = field.value.split([':', '[']).next().unwrap_or_default();
            let fact = CodeFact::Import { module: shortened(module.trim()) };
            inspection.fact(content.place.at(0..content.bytes.size()), fact);
        }
    }
}

/// `name.data/scripts/x` goes beside the programs, other schemes elsewhere.
fn outside_library(path: &str) -> Option<PackageFact> {
    let (folder, rest) = path.split_once('/')?;
    folder.strip_suffix(".data")?;
    let (scheme, path) = rest.split_once('/')?;
    match scheme {
        "purelib" | "platlib" => None,
        "scripts" => Some(PackageFact::Command { name: shortened(path), target: String::new() }),
        _ => Some(PackageFact::OutsideLibrary { scheme: shortened(scheme), path: shortened(path) }),
    }
}

/// A row of `RECORD`: CSV with three columns.
fn row(line: &str) -> Option<(String, Row)> {
    let line = line.trim_end_matches('\r');
    let (rest, size) = line.rsplit_once(',')?;
    let (path, digest) = rest.rsplit_once(',')?;
    let path = path
        .strip_prefix('"')
        .and_then(|path| path.strip_suffix('"'))
        .map_or(path.to_owned(), |path| path.replace("\"\"", "\""));
    Some((path, Row { digest: digest.to_owned(), size: size.trim().to_owned() }))
}

/// Whether an encoded digest is the one of these hexadecimal digits.
fn same(encoded: &str, hex: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(encoded.trim().trim_end_matches('=')).unwrap_or_default();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits == hex
}

/// The content as text; longer lists are a fault.
fn text(content: &Input<'_>, inspection: &mut Inspection<'_>) -> Option<String> {
    let size = content.bytes.size();
    if size > RECORD_BYTES_MAX {
        let problem = format!("a file of metadata has {size} bytes");
        inspection.fact(content.place.at(0..size), Fault::Malformed { format: FORMAT.id.into(), problem });
        return None;
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    let count = content.bytes.read_at(0, &mut bytes).ok()?;
    bytes.truncate(count);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
