//! What the tables of a schema refer to, and the bytes that they account for together.

use std::ops::Range;

use headworks_types::Fault;

use super::{Flatbuffer, OFFSET_BYTES, Table};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::tensor_table::is_zero;

/// A table of a schema.
pub(crate) struct Layout {
    /// Its name in the schema.
    name: &'static str,
    /// Number of fields in the newest schema that is known; more are not understood.
    slots: u16,
    /// The fields that refer to something.
    fields: &'static [Field],
}

impl Layout {
    /// A table of `slots` fields, of which `fields` refer to something.
    pub(crate) const fn new(name: &'static str, slots: u16, fields: &'static [Field]) -> Self {
        Self { name, slots, fields }
    }
}

/// A field that refers to something.
pub(crate) struct Field(pub(crate) u16, pub(crate) Kind);

/// What a field refers to.
pub(crate) enum Kind {
    /// A vector of numbers of so many bytes each; a string is one of bytes with a zero behind it.
    Numbers(u64),
    /// A string.
    Text,
    /// A vector of strings.
    Texts,
    /// A table.
    Table(&'static Layout),
    /// A vector of tables.
    Tables(&'static Layout),
    /// A table of a type that the field before it states.
    Union(&'static [(u8, &'static Layout)]),
}

impl Flatbuffer<'_> {
    /// Accounts for the bytes of `table` and of all that it refers to.
    ///
    /// Goes as deep as the layouts do, which are finite and refer to no table above them.
    pub(crate) fn cover(&mut self, table: Table, layout: &'static Layout) -> Result<(), Fault> {
        self.account(table.vtable..table.vtable.saturating_add(table.vtable_bytes));
        self.account(table.at..table.at.saturating_add(table.bytes));
        self.refuse_unknown_fields(table, layout)?;
        for Field(slot, kind) in layout.fields {
            self.cover_field(table, *slot, kind, layout)?;
        }
        Ok(())
    }

    fn cover_field(&mut self, table: Table, slot: u16, kind: &Kind, of: &Layout) -> Result<(), Fault> {
        if !self.has(table, slot)? {
            return Ok(());
        }
        match kind {
            Kind::Numbers(bytes) => {
                let range = self.vector(table, slot, *bytes)?.range();
                self.account(range.start.saturating_sub(OFFSET_BYTES)..range.end);
            }
            Kind::Text => {
                let range = self.vector(table, slot, 1)?.range();
                self.account(range.start.saturating_sub(OFFSET_BYTES)..range.end.saturating_add(1));
            }
            Kind::Texts => {
                let vector = self.tables(table, slot)?;
                self.account(vector.start.saturating_sub(OFFSET_BYTES)..vector.range().end);
                for index in vector.indices() {
                    let letters = self.letters(vector, index)?;
                    self.account(letters.start.saturating_sub(OFFSET_BYTES)..letters.end.saturating_add(1));
                }
            }
            Kind::Table(layout) => {
                if let Some(inner) = self.table(table, slot)? {
                    self.cover(inner, layout)?;
                }
            }
            Kind::Tables(layout) => {
                let vector = self.tables(table, slot)?;
                self.account(vector.start.saturating_sub(OFFSET_BYTES)..vector.range().end);
                for index in vector.indices() {
                    let inner = self.element(vector, index)?;
                    self.cover(inner, layout)?;
                }
            }
            Kind::Union(members) => self.cover_union(table, slot, members, of)?,
        }
        Ok(())
    }

    fn cover_union(
        &mut self,
        table: Table,
        slot: u16,
        members: &'static [(u8, &'static Layout)],
        of: &Layout,
    ) -> Result<(), Fault> {
        let tag = self.u8(table, slot.saturating_sub(1))?;
        let Some((_, layout)) = members.iter().find(|(known, _)| *known == tag) else {
            let feature = format!("type {tag} of field {slot} of a table {}", of.name);
            return Err(Fault::Unsupported { format: self.format.to_owned(), feature });
        };
        match self.table(table, slot)? {
            Some(inner) => self.cover(inner, layout),
            None => Ok(()),
        }
    }

    /// A newer schema may refer to more than is known, and no field says how large it is.
    fn refuse_unknown_fields(&mut self, table: Table, layout: &Layout) -> Result<(), Fault> {
        let slots = table.vtable_bytes.saturating_sub(4).checked_div(2).unwrap_or_default();
        let slots = u16::try_from(slots).unwrap_or(u16::MAX);
        for slot in layout.slots..slots {
            if self.has(table, slot)? {
                let feature = format!("field {slot} of a table {}", layout.name);
                return Err(Fault::Unsupported { format: self.format.to_owned(), feature });
            }
        }
        Ok(())
    }

    /// States bytes before `end` that no object accounts for and that are not zero, and objects that share some.
    pub(crate) fn state_coverage(mut self, input: &Input<'_>, end: u64, inspection: &mut Inspection<'_>) {
        self.spans.sort_by_key(|span| (span.start, span.end));
        // Writers store equal vtables and strings once.
        self.spans.dedup();
        let mut accounted = 0;
        for span in &self.spans {
            if span.start < accounted {
                let problem = "two objects share bytes".to_owned();
                let fault = Fault::Malformed { format: self.format.to_owned(), problem };
                inspection.fact(input.place.at(span.start..accounted.min(span.end)), fault);
            }
            state_gap(input, self.format, accounted..span.start.min(end), inspection);
            accounted = accounted.max(span.end);
        }
        state_gap(input, self.format, accounted..end, inspection);
    }

    /// Where the last object ends.
    pub(crate) fn end(&self) -> u64 {
        self.spans.iter().map(|span| span.end).max().unwrap_or_default()
    }
}

/// States bytes that are in no object, unless they are the zeros that align the next one.
fn state_gap(input: &Input<'_>, format: &'static str, gap: Range<u64>, inspection: &mut Inspection<'_>) {
    if gap.is_empty() {
        return;
    }
    match is_zero(input, gap.clone()) {
        Ok(true) => {}
        Ok(false) => inspection.fact(input.place.at(gap), Fault::Unexplained { format: format.to_owned() }),
        Err(fault) => inspection.fact(input.place.at(gap), fault.in_format(format, "padding")),
    }
}
