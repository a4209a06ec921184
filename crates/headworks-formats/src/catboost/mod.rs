//! CatBoost models (`.cbm`).
//!
//! Source: `model.cpp`, the schemas in `libs/model/flatbuffers` and what `TFullModel::Load` calls, of CatBoost 1.2.10.
//! A file is its magic, a core in flatbuffers and the parts that the core names, in their order: statistics of
//! categories, then collections that turn texts and embeddings into numbers. All of it is walked; lists are held
//! against each other as far as a reader relies on it. What a training wrote down (parameters, metrics, metadata) is
//! text, and is looked through as the metadata of other weights is.
//!
//! Not covered: whether numbers of leaves and statistics are plausible; parts of other versions than are named here.

mod collection;
mod ctr;
mod schema;
mod trees;

use std::ops::Range;

use headworks_types::{Fault, SubRange};

use crate::flatbuffer::{Flatbuffer, Layout, Table};
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::{shortened, state_metadata};
use crate::reader::{ReadFault, Reader};
use crate::secrets;
use trees::Trees;

/// Models of CatBoost.
pub(crate) static FORMAT: Format = Format { id: "catboost", title: "CatBoost model", claims, inspect };

const MAGIC: &[u8] = b"CBM1";

/// What the core of every model states first; the reader takes no other.
const CORE_VERSION: &str = "FlabuffersModel_v1";

/// Parts that the core may name; the names of collections have sixteen bytes with the zero that ends them.
const CTR_PART: &str = "static_provider_v1";
const TEXT_PART: &str = "text_process_v2\0";
const EMBEDDING_PART: &str = "embed_process_1\0";

fn claims(probe: &Probe<'_>) -> bool {
    // The magic is printable, so text may begin with it; a core has zeros from its first words on.
    probe.head.starts_with(MAGIC)
        && (probe.head.len() < 64 || probe.head.get(..64).is_some_and(|head| head.contains(&0)))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let reader = Reader::over(input.bytes, MAGIC.len() as u64, input.bytes.size());
    let mut model = Model { input, inspection, reader, trees: None, parts: Vec::new(), part_before: 0..0 };
    let outcome = model.read();
    let Model { inspection, reader, trees, parts, .. } = model;
    inspection.identified(input, FORMAT.id, summary(trees.as_ref(), &parts));
    let rest = input.place.at(reader.position()..input.bytes.size());
    match outcome {
        Err(fault) => inspection.fact(rest, fault),
        Ok(()) if reader.left() > 0 => inspection.fact(rest, Fault::Unexplained { format: FORMAT.id.into() }),
        Ok(()) => {}
    }
}

fn summary(trees: Option<&Trees>, parts: &[String]) -> String {
    let Some(trees) = trees else { return "CatBoost model, its trees not read".to_owned() };
    let Trees { trees, splits, leaf_values, outputs, features } = trees;
    let parts = if parts.is_empty() { String::new() } else { format!(", with {}", parts.join(", ").replace('\0', "")) };
    let size = format!("{trees} trees, {splits} splits, {leaf_values} leaf values");
    format!("CatBoost model, {size}, {features} features, {outputs} outputs{parts}")
}

struct Model<'r, 'a, 'l> {
    input: &'r Input<'a>,
    inspection: &'r mut Inspection<'l>,
    reader: Reader<'a>,
    trees: Option<Trees>,
    parts: Vec<String>,
    /// Where the name of the last part of a collection lies.
    part_before: Range<u64>,
}

impl Model<'_, '_, '_> {
    fn read(&mut self) -> Result<(), Fault> {
        let size = self.size().map_err(|fault| fault.in_format(FORMAT.id, "the size of the core"))?;
        self.flatbuffer(size, "core", &schema::MODEL_CORE, |model, buffer, core| model.core(buffer, core))?;
        for part in self.parts.clone() {
            match part.as_str() {
                CTR_PART => self.ctr_tables()?,
                TEXT_PART => self.text_collection()?,
                EMBEDDING_PART => self.embedding_collection()?,
                other => return Err(unsupported(format!("the part `{other}`"))),
            }
        }
        Ok(())
    }

    fn core(&mut self, buffer: &mut Flatbuffer<'_>, core: Table) -> Result<(), Fault> {
        let version = buffer.text(core, 0)?;
        if version != CORE_VERSION {
            return Err(unsupported(format!("a core of version `{}`", shortened(&version))));
        }
        let trees = buffer.table(core, 1)?.ok_or_else(|| buffer.malformed("a core without trees"))?;
        self.trees = Some(trees::read(buffer, trees)?);
        let names = buffer.tables(core, 3)?;
        for index in names.indices() {
            let letters = buffer.letters(names, index)?;
            let name = buffer.excerpt(&letters)?;
            self.parts.push(shortened(&name));
        }
        self.notes(buffer, core)
    }

    /// What the training wrote down.
    fn notes(&mut self, buffer: &mut Flatbuffer<'_>, core: Table) -> Result<(), Fault> {
        let notes = buffer.tables(core, 2)?;
        let place = self.input.place.member("core");
        let bytes = buffer.bytes();
        let input = Input { bytes, place };
        let mut left = bytes.size();
        for index in notes.indices() {
            let note = buffer.element(notes, index)?;
            let key = buffer.text(note, 0)?;
            let letters = buffer.vector(note, 1, 1)?.range();
            let length = letters.end.saturating_sub(letters.start);
            // Many notes with one text would make few bytes into much work.
            left = left.checked_sub(length).ok_or_else(|| malformed("notes that share their text"))?;
            let max = self.inspection.limits.text_bytes_max;
            let mut reader = Reader::over(bytes, letters.start, letters.end);
            let value = reader.text(length, max);
            let value = value.map_err(|fault| fault.in_format(FORMAT.id, "a note of the training"))?;
            state_metadata(input.place.at(letters.clone()), &key, &value, self.inspection);
            secrets::scan(&value, &input, letters.start, self.inspection);
        }
        Ok(())
    }

    /// Walks a flatbuffer of `size` bytes, accounts for all of them, and hands it to `each`.
    fn flatbuffer<T>(
        &mut self,
        size: u64,
        name: &str,
        layout: &'static Layout,
        each: impl FnOnce(&mut Self, &mut Flatbuffer<'_>, Table) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let start = self.reader.position();
        if size > self.reader.left() {
            return Err(Fault::Truncated { format: FORMAT.id.into(), wanted: name.to_owned() });
        }
        let bytes = SubRange::new(self.input.bytes, start..start.saturating_add(size));
        let mut buffer = Flatbuffer::new(&bytes, FORMAT.id, self.inspection.limits);
        let root = buffer.root_without_identifier()?;
        let outcome = each(self, &mut buffer, root)?;
        buffer.cover(root, layout)?;
        let input = Input { bytes: &bytes, place: self.input.place.member(name) };
        buffer.state_coverage(&input, size, self.inspection);
        self.reader.seek(start.saturating_add(size));
        Ok(outcome)
    }

    /// A size as the library writes it: eight bytes where four are not enough.
    fn size(&mut self) -> Result<u64, ReadFault> {
        match self.reader.u32_le()? {
            u32::MAX => self.reader.u64_le(),
            size => Ok(u64::from(size)),
        }
    }
}

fn malformed(problem: impl Into<String>) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}
