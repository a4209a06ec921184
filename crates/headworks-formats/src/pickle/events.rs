//! The event log: imports, calls and other effects, each stated before the stack is touched.
//!
//! Equal events are counted. A checkpoint calls one rebuild function ten thousand times with other
//! numbers each time, so beyond [`VARIANTS_MAX`] variants the numbers are forgotten, and beyond as
//! many again the rest is joined into one event with whatever all of them share. A forgotten value
//! is `None` in its [`Shape`] and fails any rule that demands a certain one.

use std::collections::HashMap;

use headworks_types::fact::{Callee, PickleFact, PickleOpcode, Shape};
use headworks_types::{Fault, Place};

use super::names;
use super::roles::Role;
use super::shapes::{self, Render};
use super::value::{Arena, Value};
use crate::inspection::Inspection;

/// A name that the stream imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CalleeId(u32);

/// Where an event lies in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Variants of one event that are told apart before their numbers are forgotten.
const VARIANTS_MAX: usize = 64;

/// What one entry of the log is charged in the arena, besides its text.
const ENTRY_BYTES: u64 = 512;

/// Copies of a name that the log keeps: the key, its parts, and the dotted form.
const NAME_COPIES: u64 = 4;

/// Events that differ only in the shapes of what is involved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Import(CalleeId, PickleOpcode),
    ImportComputed(PickleOpcode),
    Call(CalleeId, PickleOpcode),
    CallComputed(PickleOpcode),
    State(Option<CalleeId>),
    Mutation(PickleOpcode, Option<CalleeId>),
    PersistentId,
    Extension(u32),
    OutOfBandBuffer,
    Expansion(u64),
}

struct Entry {
    subject: Subject,
    shapes: Vec<Shape>,
    span: Span,
    /// Zero for an entry that was folded into another.
    times: u64,
}

/// The entries of one subject.
#[derive(Default)]
struct Variants {
    entries: Vec<usize>,
    folded: bool,
    joined: Option<usize>,
}

struct Named {
    module: String,
    name: String,
    spelled: Option<String>,
    dotted: String,
    role: Role,
}

/// Everything that happened in the streams of one place.
#[derive(Default)]
pub(super) struct EventLog {
    callees: Vec<Named>,
    /// By mapping flag, module and name as spelled.
    known: HashMap<Box<[u8]>, CalleeId>,
    entries: Vec<Entry>,
    subjects: HashMap<Subject, usize>,
    variants: Vec<Variants>,
    scratch: Vec<u8>,
    /// Bytes of names that the arena was not charged for yet.
    uncharged: u64,
}

impl EventLog {
    /// The number of a name, which is mapped to today's spelling for protocols below 3.
    pub(super) fn callee(&mut self, module: &str, name: &str, protocol: u8) -> CalleeId {
        self.scratch.clear();
        self.scratch.push(u8::from(protocol < 3));
        self.scratch.extend_from_slice(module.as_bytes());
        self.scratch.push(b'\n');
        self.scratch.extend_from_slice(name.as_bytes());
        if let Some(&id) = self.known.get(self.scratch.as_slice()) {
            return id;
        }
        self.uncharged = self.uncharged.saturating_add((self.scratch.len() as u64).saturating_mul(NAME_COPIES));
        let id = CalleeId(u32::try_from(self.callees.len()).unwrap_or(u32::MAX));
        self.callees.push(Named::of(module, name, protocol));
        self.known.insert(self.scratch.as_slice().into(), id);
        id
    }

    /// What the machine must know of a callee beyond its name.
    pub(super) fn role(&self, callee: CalleeId) -> Role {
        self.named(callee).map_or(Role::Other, |named| named.role)
    }

    /// `module.name`.
    pub(super) fn dotted(&self, callee: CalleeId) -> &str {
        self.named(callee).map_or("", |named| named.dotted.as_str())
    }

    /// The last part of the callee's name, for tables keyed on class names.
    pub(super) fn name(&self, callee: CalleeId) -> &str {
        self.named(callee).map_or("", |named| named.name.as_str())
    }

    /// Whether nothing was logged.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a call was logged whose callee satisfies `accepts`; a computed callee has no name.
    pub(super) fn has_call(&self, accepts: impl Fn(Option<(&str, &str)>) -> bool) -> bool {
        self.entries.iter().any(|entry| match entry.subject {
            Subject::Call(callee, _) => {
                accepts(self.named(callee).map(|named| (named.module.as_str(), named.name.as_str())))
            }
            Subject::CallComputed(_) => accepts(None),
            _ => false,
        })
    }

    /// Whether an import of a name was logged that satisfies `accepts`.
    pub(super) fn has_import(&self, accepts: impl Fn(&str, &str) -> bool) -> bool {
        let imports = self.entries.iter().filter_map(|entry| match entry.subject {
            Subject::Import(callee, _) => self.named(callee),
            _ => None,
        });
        imports.into_iter().any(|named| accepts(&named.module, &named.name))
    }

    /// Whether an extension code was logged.
    pub(super) fn has_extension(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.subject, Subject::Extension(_)))
    }

    /// A name is imported.
    pub(super) fn import(
        &mut self,
        callee: CalleeId,
        opcode: PickleOpcode,
        span: Span,
        arena: &mut Arena<'_>,
    ) -> Result<(), Fault> {
        self.record(Subject::Import(callee, opcode), &[], span, arena)
    }

    /// A name is imported that the stream computes.
    pub(super) fn import_computed(
        &mut self,
        parts: [Value; 2],
        opcode: PickleOpcode,
        span: Span,
        arena: &mut Arena<'_>,
    ) -> Result<(), Fault> {
        self.record(Subject::ImportComputed(opcode), &parts, span, arena)
    }

    /// `values[0]` is called with the other values.
    pub(super) fn call(
        &mut self,
        values: &[Value],
        opcode: PickleOpcode,
        span: Span,
        arena: &mut Arena<'_>,
    ) -> Result<(), Fault> {
        match values.split_first() {
            Some((&Value::Global(callee), arguments)) => {
                self.record(Subject::Call(callee, opcode), arguments, span, arena)
            }
            _ => self.record(Subject::CallComputed(opcode), values, span, arena),
        }
    }

    /// BUILD.
    pub(super) fn state(
        &mut self,
        target: Value,
        state: Value,
        span: Span,
        arena: &mut Arena<'_>,
    ) -> Result<(), Fault> {
        self.record(Subject::State(origin(target)), &[target, state], span, arena)
    }

    /// A method of `target` is called to add items.
    pub(super) fn mutation(
        &mut self,
        target: Value,
        opcode: PickleOpcode,
        span: Span,
        arena: &mut Arena<'_>,
    ) -> Result<(), Fault> {
        self.record(Subject::Mutation(opcode, origin(target)), &[target], span, arena)
    }

    /// `persistent_load` is called.
    pub(super) fn persistent_id(&mut self, id: Value, span: Span, arena: &mut Arena<'_>) -> Result<(), Fault> {
        self.record(Subject::PersistentId, &[id], span, arena)
    }

    /// An extension code is looked up.
    pub(super) fn extension(&mut self, code: u32, span: Span, arena: &mut Arena<'_>) -> Result<(), Fault> {
        self.record(Subject::Extension(code), &[], span, arena)
    }

    /// An out-of-band buffer is taken.
    pub(super) fn out_of_band_buffer(&mut self, span: Span, arena: &mut Arena<'_>) -> Result<(), Fault> {
        self.record(Subject::OutOfBandBuffer, &[], span, arena)
    }

    /// A tuple is built that would be so many values if all that is in it were written out.
    pub(super) fn expansion(&mut self, values: u64, span: Span, arena: &mut Arena<'_>) -> Result<(), Fault> {
        self.record(Subject::Expansion(values), &[], span, arena)
    }

    /// States all events, in the order of their first occurrence.
    pub(super) fn state_facts(&self, place: &Place, inspection: &mut Inspection<'_>) {
        for entry in self.entries.iter().filter(|entry| entry.times > 0) {
            let fact = self.fact(entry.subject, entry.shapes.clone());
            inspection.fact_times(place.at(entry.span.start..entry.span.end), fact, entry.times);
        }
    }

    fn named(&self, callee: CalleeId) -> Option<&Named> {
        self.callees.get(usize::try_from(callee.0).ok()?)
    }

    fn record(&mut self, subject: Subject, values: &[Value], span: Span, arena: &mut Arena<'_>) -> Result<(), Fault> {
        let index = *self.subjects.entry(subject).or_insert(self.variants.len());
        if index == self.variants.len() {
            self.variants.push(Variants::default());
        }
        let mut variants = self.variants.get_mut(index).map(std::mem::take).unwrap_or_default();
        let outcome = self.record_variant(subject, &mut variants, values, span, arena);
        if let Some(slot) = self.variants.get_mut(index) {
            *slot = variants;
        }
        arena.locate_missed(span);
        outcome.and_then(|()| arena.charge(std::mem::take(&mut self.uncharged)))
    }

    fn record_variant(
        &mut self,
        subject: Subject,
        variants: &mut Variants,
        values: &[Value],
        span: Span,
        arena: &mut Arena<'_>,
    ) -> Result<(), Fault> {
        if self.count_known(variants, values, arena) {
            return Ok(());
        }
        if variants.entries.len() >= VARIANTS_MAX && !variants.folded {
            self.fold(variants, subject == Subject::PersistentId);
            if self.count_known(variants, values, arena) {
                return Ok(());
            }
        }
        if variants.entries.len() >= VARIANTS_MAX {
            self.join(subject, variants, values, span, arena);
            return Ok(());
        }
        let mut shapes = self.render(values, arena);
        if variants.folded {
            shapes.iter_mut().for_each(|shape| shapes::forget_numbers(shape, subject == Subject::PersistentId));
        }
        let bytes = shapes::text_bytes(&shapes).saturating_add(ENTRY_BYTES);
        variants.entries.push(self.push(subject, shapes, span));
        arena.charge(bytes)
    }

    /// Counts the event on an entry that has these shapes; whether there is one.
    fn count_known(&mut self, variants: &Variants, values: &[Value], arena: &Arena<'_>) -> bool {
        let render = Render { arena, names: &|callee| self.dotted(callee) };
        let known = variants.entries.iter().rev().copied().find(|&index| {
            self.entries.get(index).is_some_and(|entry| render.all_match(&entry.shapes, values, variants.folded))
        });
        let Some(entry) = known.and_then(|index| self.entries.get_mut(index)) else { return false };
        entry.times = entry.times.saturating_add(1);
        true
    }

    fn render(&self, values: &[Value], arena: &Arena<'_>) -> Vec<Shape> {
        Render { arena, names: &|callee| self.dotted(callee) }.all(values)
    }

    fn push(&mut self, subject: Subject, shapes: Vec<Shape>, span: Span) -> usize {
        let index = self.entries.len();
        self.entries.push(Entry { subject, shapes, span, times: 1 });
        index
    }

    /// Forgets numbers, and counts the entries that are equal without them as one.
    fn fold(&mut self, variants: &mut Variants, digits_too: bool) {
        variants.folded = true;
        let mut kept: Vec<usize> = Vec::new();
        for &index in &variants.entries {
            let Some(entry) = self.entries.get_mut(index) else { continue };
            entry.shapes.iter_mut().for_each(|shape| shapes::forget_numbers(shape, digits_too));
            let (shapes, times) = (entry.shapes.clone(), entry.times);
            let same = kept.iter().copied().find(|&kept| self.entries.get(kept).is_some_and(|e| e.shapes == shapes));
            match same {
                Some(first) => self.merge(first, index, times),
                None => kept.push(index),
            }
        }
        variants.entries = kept;
    }

    fn merge(&mut self, into: usize, from: usize, times: u64) {
        if let Some(entry) = self.entries.get_mut(into) {
            entry.times = entry.times.saturating_add(times);
        }
        if let Some(entry) = self.entries.get_mut(from) {
            entry.times = 0;
        }
    }

    /// Counts the event on the one entry that stands for all further variants.
    fn join(&mut self, subject: Subject, variants: &mut Variants, values: &[Value], span: Span, arena: &Arena<'_>) {
        let shapes = self.render(values, arena);
        match variants.joined.and_then(|index| self.entries.get_mut(index)) {
            Some(entry) => {
                shapes::join_all(&mut entry.shapes, &shapes);
                entry.times = entry.times.saturating_add(1);
            }
            None => variants.joined = Some(self.push(subject, shapes, span)),
        }
    }

    fn fact(&self, subject: Subject, mut shapes: Vec<Shape>) -> PickleFact {
        match subject {
            Subject::Import(callee, opcode) => PickleFact::Import { callee: self.callee_fact(callee), opcode },
            Subject::ImportComputed(opcode) => {
                let value = Box::new(Shape::Tuple(Some(shapes)));
                PickleFact::Import { callee: Callee::Computed { value }, opcode }
            }
            Subject::Call(callee, opcode) => {
                PickleFact::Call { callee: self.callee_fact(callee), opcode, arguments: shapes }
            }
            Subject::CallComputed(opcode) => {
                let arguments = shapes.split_off(shapes.len().min(1));
                let value = Box::new(shapes.pop().unwrap_or(Shape::Unknown));
                PickleFact::Call { callee: Callee::Computed { value }, opcode, arguments }
            }
            Subject::State(_) => {
                let state = shapes.pop().unwrap_or(Shape::Unknown);
                PickleFact::State { target: shapes.pop().unwrap_or(Shape::Unknown), state }
            }
            Subject::Mutation(opcode, _) => {
                PickleFact::Mutation { target: shapes.pop().unwrap_or(Shape::Unknown), opcode }
            }
            Subject::PersistentId => PickleFact::PersistentId { id: shapes.pop().unwrap_or(Shape::Unknown) },
            Subject::Extension(code) => PickleFact::Extension { code },
            Subject::OutOfBandBuffer => PickleFact::OutOfBandBuffer,
            Subject::Expansion(values) => PickleFact::Expansion { values },
        }
    }

    fn callee_fact(&self, callee: CalleeId) -> Callee {
        match self.named(callee) {
            Some(Named { module, name, spelled, .. }) => {
                Callee::Name { module: module.clone(), name: name.clone(), spelled: spelled.clone() }
            }
            None => Callee::Computed { value: Box::new(Shape::Unknown) },
        }
    }
}

impl Named {
    fn of(module: &str, name: &str, protocol: u8) -> Self {
        let mapped = if protocol < 3 { names::today(module, name) } else { None };
        let (today, name_today) = mapped.unwrap_or((module, name));
        let spelled = mapped.map(|_| format!("{module} {name}"));
        let (dotted, role) = (format!("{today}.{name_today}"), Role::of(today, name_today));
        Self { module: today.into(), name: name_today.into(), spelled, dotted, role }
    }
}

/// What a value was made by, so that events on objects of different classes never share a budget.
fn origin(value: Value) -> Option<CalleeId> {
    match value {
        Value::Global(of) | Value::Instance { of, .. } => Some(of),
        _ => None,
    }
}
