//! One inspection: the facts so far, and what it may still cost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use headworks_types::{Fact, FactKind, Fault, Limits, Location, Place, ReadError, fact::FileFact};

use crate::format::{Ends, Input};
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
    pickle_opcodes: u64,
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
            pickle_opcodes: 0,
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
        self.limits.pickle_opcodes_max.saturating_sub(self.pickle_opcodes)
    }

    /// Takes opcodes from the budget.
    pub(crate) fn spend_pickle_opcodes(&mut self, opcodes: u64) {
        self.pickle_opcodes = self.pickle_opcodes.saturating_add(opcodes);
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
