//! One inspection: the facts so far, and what it may still cost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use headworks_types::{Fact, FactKind, Fault, Limits, Location, Place, ReadError, fact::FileFact};

use crate::format::{Ends, Input};
use crate::parallel::{BATCH, Workers};
use crate::sweep::{Check, Sweep};

/// Collects the facts of one file and holds the budgets that all its parsers share.
///
/// One context goes through every container branch, so no branch can have defaults of its own.
pub struct Inspection<'l> {
    pub(crate) limits: &'l Limits,
    facts: Vec<Fact>,
    seen: HashMap<(Place, FactKind), usize>,
    nesting: u64,
    decode_budget: DecodeBudget,
    pickle_opcodes: Arc<AtomicU64>,
    /// Threads for the members of a container, when there are any.
    pub(crate) workers: Option<&'l Workers<'l>>,
    /// Facts that are kept of a member that is inspected apart.
    part_facts_max: Option<u64>,
    /// Whether it had more.
    is_overfull: bool,
    /// Work left for a sweep over the file at a place, when there will be one.
    sweep: Option<(Place, Sweep)>,
}

impl<'l> Inspection<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        let decode_budget = DecodeBudget { spent: Arc::default(), max: limits.decoded_bytes_max };
        Self {
            limits,
            facts: Vec::new(),
            seen: HashMap::new(),
            nesting: 0,
            decode_budget,
            pickle_opcodes: Arc::default(),
            workers: None,
            part_facts_max: None,
            is_overfull: false,
            sweep: None,
        }
    }

    pub(crate) fn into_facts(self) -> Vec<Fact> {
        self.facts
    }

    /// Lets checksums be left to a sweep over all bytes of the file, which is inspected at `place`.
    pub(crate) fn leave_to_sweep(&mut self, place: Place) {
        self.sweep = Some((place, Sweep::default()));
    }

    /// The facts, and what was left to the sweep.
    pub(crate) fn into_parts(self) -> (Vec<Fact>, Sweep) {
        (self.facts, self.sweep.map(|(_, sweep)| sweep).unwrap_or_default())
    }

    /// An inspection of parts of this one, with budgets of its own that begin where this one's are.
    pub(crate) fn part(&self) -> Self {
        let copy = |counter: &AtomicU64| Arc::new(AtomicU64::new(counter.load(Ordering::Relaxed)));
        let decode_budget = DecodeBudget { spent: copy(&self.decode_budget.spent), max: self.decode_budget.max };
        let sweep = self.sweep.as_ref().map(|(place, _)| (place.clone(), Sweep::default()));
        let part_facts_max = self.limits.facts_max.checked_div(BATCH as u64);
        let (nesting, pickle_opcodes) = (self.nesting, copy(&self.pickle_opcodes));
        Self { nesting, decode_budget, pickle_opcodes, part_facts_max, sweep, ..Self::new(self.limits) }
    }

    /// The same, with budgets that it shares with this one.
    pub(crate) fn sharing_budgets(&self) -> Self {
        let (decode_budget, pickle_opcodes) = (self.decode_budget.clone(), Arc::clone(&self.pickle_opcodes));
        Self { decode_budget, pickle_opcodes, ..self.part() }
    }

    /// Whether parts that shared the budgets of `batch` saw what they would have seen one after another.
    pub(crate) fn can_absorb(&self, batch: &Self, parts: &[Self]) -> bool {
        let decoded = batch.decode_budget.spent.load(Ordering::Relaxed);
        let sweeps = || parts.iter().filter_map(|part| part.sweep.as_ref().map(|(_, sweep)| sweep));
        decoded <= batch.decode_budget.max
            // A stream that ends with the last opcode of the budget cannot be told from one that is cut there.
            && batch.pickle_opcodes.load(Ordering::Relaxed) < self.limits.pickle_opcodes_max
            && !parts.iter().any(|part| part.is_overfull)
            && self.sweep.as_ref().is_none_or(|(_, sweep)| sweep.can_absorb(sweeps()))
    }

    /// Takes over what a batch left of the budgets.
    pub(crate) fn take_budgets(&self, batch: &Self) {
        let take = |own: &AtomicU64, other: &AtomicU64| own.store(other.load(Ordering::Relaxed), Ordering::Relaxed);
        take(&self.decode_budget.spent, &batch.decode_budget.spent);
        take(&self.pickle_opcodes, &batch.pickle_opcodes);
    }

    /// Tells what a part saw as if it had been seen here.
    pub(crate) fn absorb(&mut self, part: Self) {
        part.facts.into_iter().for_each(|fact| self.fact_times(fact.location, fact.kind, fact.times));
        if let (Some((_, sweep)), Some((_, of_part))) = (&mut self.sweep, part.sweep) {
            sweep.absorb(of_part);
        }
    }

    /// Leaves a check of `input` to the sweep, if there will be one over these bytes; whether it did.
    pub(crate) fn leave(&mut self, input: &Input<'_>, check: Check) -> bool {
        match &mut self.sweep {
            // Offsets in a member are not those of the file.
            Some((place, sweep)) if input.place == *place => sweep.add(check),
            _ => false,
        }
    }

    /// States a fact. The same fact at the same place is counted, not repeated.
    pub(crate) fn fact(&mut self, location: Location, kind: impl Into<FactKind>) {
        self.fact_times(location, kind, 1);
    }

    /// States a fact that was seen `times` times.
    pub(crate) fn fact_times(&mut self, location: Location, kind: impl Into<FactKind>, times: u64) {
        let key = (location.place.clone(), kind.into());
        if let Some(fact) = self.seen.get(&key).and_then(|&index| self.facts.get_mut(index)) {
            fact.times = fact.times.saturating_add(times);
            return;
        }
        if self.part_facts_max.is_some_and(|max| self.facts.len() as u64 >= max) {
            self.is_overfull = true;
            return;
        }
        let max = self.limits.facts_max;
        let full = self.facts.len() as u64 >= max;
        // The budget fault itself goes in above the bound: it must never be lost, nor a later fault.
        let kind = match (full, &key.1) {
            (false, _) | (true, FactKind::Fault(_)) => key.1.clone(),
            (true, _) => FactKind::Fault(Fault::Budget { limit: "facts_max".into(), max }),
        };
        let key = (location.place.clone(), kind.clone());
        if full && (self.seen.contains_key(&key) || self.facts.len() as u64 >= max.saturating_mul(2)) {
            return;
        }
        self.seen.insert(key, self.facts.len());
        self.facts.push(Fact { location, times, kind });
    }

    /// States that the format's parser ran, and what it says the bytes are.
    pub(crate) fn identified(&mut self, input: &Input<'_>, format: &str, summary: impl Into<String>) {
        let kind = FileFact::Identified { format: format.to_owned(), summary: summary.into() };
        self.fact(input.place.at(0..input.bytes.size()), kind);
    }

    /// States that a read failed, in the terms of `format`.
    pub(crate) fn read_failed(&mut self, location: Location, format: &str, error: &ReadError) {
        let fault = match error {
            ReadError::Io { .. } => Fault::Unreadable { reason: error.to_string() },
            ReadError::Decode { .. } => Fault::Malformed { format: format.to_owned(), problem: error.to_string() },
            ReadError::Budget { limit, max } => Fault::Budget { limit: (*limit).to_owned(), max: *max },
        };
        self.fact(location, fault);
    }

    /// Inspects a file of the artifact with every format that claims it.
    pub(crate) fn file(&mut self, input: &Input<'_>) {
        if input.bytes.size() == 0 {
            return self.identified(input, "empty", "no bytes");
        }
        if self.run_claimants(input) == 0 {
            self.fact(input.place.at(0..input.bytes.size()), Fault::Unrecognised);
        }
    }

    /// Inspects a member of a container the same way, one level deeper.
    pub(crate) fn member(&mut self, input: &Input<'_>) {
        let max = self.limits.nesting_max;
        if self.nesting >= max {
            let fault = Fault::Budget { limit: "nesting_max".into(), max };
            return self.fact(input.place.at(0..input.bytes.size()), fault);
        }
        self.nesting = self.nesting.saturating_add(1);
        self.file(input);
        self.nesting = self.nesting.saturating_sub(1);
    }

    /// The budget for decoded data, for a stream that decodes again after it was opened.
    pub(crate) fn decode_budget(&self) -> DecodeBudget {
        self.decode_budget.clone()
    }

    /// Opcodes that pickle streams of this file may still have.
    pub(crate) fn pickle_opcodes_left(&self) -> u64 {
        self.limits.pickle_opcodes_max.saturating_sub(self.pickle_opcodes.load(Ordering::Relaxed))
    }

    /// Takes opcodes from the budget.
    pub(crate) fn spend_pickle_opcodes(&mut self, opcodes: u64) {
        self.pickle_opcodes.fetch_add(opcodes, Ordering::Relaxed);
    }

    /// Runs every format that claims the input; the number that did.
    fn run_claimants(&mut self, input: &Input<'_>) -> usize {
        let ends = match Ends::read(input) {
            Ok(ends) => ends,
            Err(error) => {
                self.read_failed(input.place.at(0..input.bytes.size()), "file", &error);
                return usize::MAX;
            }
        };
        let probe = ends.probe(input);
        let claimants: Vec<_> = crate::ALL.iter().filter(|format| (format.claims)(&probe)).collect();
        claimants.iter().for_each(|format| (format.inspect)(input, self));
        let ids: Vec<_> = claimants.iter().map(|format| format.id).collect();
        if let Some(fact) = crate::naming::misleading(probe.name(), &ids) {
            self.fact(input.place.at(0..input.bytes.size()), fact);
        }
        claimants.len()
    }
}

/// Bytes that all compressed streams of one file may still decode to, shared by all of them.
#[derive(Clone)]
pub(crate) struct DecodeBudget {
    spent: Arc<AtomicU64>,
    max: u64,
}

impl DecodeBudget {
    /// Takes `bytes` from the budget.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), ReadError> {
        let before = self.spent.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.max {
            return Ok(());
        }
        Err(ReadError::Budget { limit: "decoded_bytes_max", max: self.max })
    }
}
