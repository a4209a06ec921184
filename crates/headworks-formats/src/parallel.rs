//! Members of one container inspected beside each other, with the outcome of one after another.
//!
//! Whoever calls the crate may bring threads. A batch of members is then inspected in whatever order and by however many
//! of them; each member's facts are kept apart and told in the members' order. Budgets are shared, and a batch
//! in which one was spent is thrown away and inspected again one member after another, so that what is said never
//! depends on which member came first. That costs at most twice what the budgets allow.

use std::sync::OnceLock;

use crate::format::Input;
use crate::inspection::Inspection;

/// Calls the function that it is given with each number below the one that it is given, once, in any order and on any
/// threads, and returns when all calls have.
pub type Workers<'w> = dyn Fn(usize, &(dyn Fn(usize) + Sync)) + Sync + 'w;

/// Fewer members are not worth a thread.
const MEMBERS_MIN: usize = 8;

/// Members whose facts are kept apart at a time, which bounds memory and what a spent budget throws away.
pub(crate) const BATCH: usize = 64;

impl<'l> Inspection<'l> {
    /// Inspects `count` members of `input` that do not depend on each other.
    ///
    /// Only a file's own members are shared among threads: the bytes of one in a compressed stream cost the budget as
    /// often as they are read again, which depends on the order.
    pub(crate) fn each(
        &mut self,
        input: &Input<'_>,
        count: usize,
        inspect: &(dyn Fn(usize, &mut Inspection<'_>) + Sync),
    ) {
        let is_file = input.place.members().is_empty() && count >= MEMBERS_MIN;
        let Some(workers) = self.workers.filter(|_| is_file) else {
            return (0..count).for_each(|index| inspect(index, self));
        };
        for first in (0..count).step_by(BATCH) {
            let members = first..count.min(first.saturating_add(BATCH));
            match self.inspect_apart(workers, members.clone(), inspect) {
                Some(parts) => parts.into_iter().for_each(|part| self.absorb(part)),
                None => members.for_each(|index| inspect(index, self)),
            }
        }
    }

    /// What was seen in each member; nothing when a budget was spent on the way.
    fn inspect_apart(
        &self,
        workers: &Workers<'_>,
        members: std::ops::Range<usize>,
        inspect: &(dyn Fn(usize, &mut Inspection<'_>) + Sync),
    ) -> Option<Vec<Inspection<'l>>> {
        let batch = self.part();
        let parts: Vec<OnceLock<Inspection<'l>>> = members.clone().map(|_| OnceLock::new()).collect();
        workers(parts.len(), &|index| {
            let mut part = batch.sharing_budgets();
            inspect(members.start.saturating_add(index), &mut part);
            if let Some(slot) = parts.get(index) {
                _ = slot.set(part);
            }
        });
        let parts: Option<Vec<_>> = parts.into_iter().map(OnceLock::into_inner).collect();
        parts.filter(|parts| self.can_absorb(&batch, parts)).inspect(|_| self.take_budgets(&batch))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use headworks_types::{Fact, Limits, Place};

    /// A tar of this many members: pickles, text and a compressed stream in turn.
    fn archive(count: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for index in 0..count {
            let content: Vec<u8> = match index % 3 {
                0 => format!("(cos\nsystem\n(S'headworks-marker {index}'\ntR.").into_bytes(),
                1 => format!("line {index}\n").repeat(40).into_bytes(),
                _ => {
                    use std::io::Write as _;
                    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                    encoder.write_all(&vec![b'x'; 4000]).expect("in memory");
                    encoder.finish().expect("in memory")
                }
            };
            let mut block = [0u8; 512];
            let path = format!("member-{index}");
            block[..path.len()].copy_from_slice(path.as_bytes());
            block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            block[156] = b'0';
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
            block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            block[155] = b' ';
            out.extend_from_slice(&block);
            out.extend_from_slice(&content);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    /// Several threads, which take the last member first.
    fn backwards(count: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(index) = count.checked_sub(1 + next.fetch_add(1, Ordering::Relaxed)) {
                        work(index);
                    }
                });
            }
        });
    }

    fn both(bytes: &[u8], limits: &Limits) -> [Vec<Fact>; 2] {
        let (bytes, place) = (bytes.to_vec(), Place::file("members.tar"));
        let alone = crate::inspect(&bytes, place.clone(), limits);
        let batches = AtomicUsize::new(0);
        let workers = |count: usize, work: &(dyn Fn(usize) + Sync)| {
            batches.fetch_add(1, Ordering::Relaxed);
            backwards(count, work);
        };
        let (shared, _) = crate::inspect_leaving(&bytes, place, limits, &workers);
        assert!(batches.into_inner() > 1);
        [alone, shared]
    }

    #[test]
    fn facts_are_the_same_in_the_same_order_whoever_inspects_a_member() {
        let [alone, shared] = both(&archive(200), &Limits::default());
        assert!(alone.len() > 400);
        assert_eq!(alone, shared);
    }

    #[test]
    fn a_budget_that_is_spent_on_the_way_is_spent_by_the_same_member() {
        let archive = archive(200);
        for at in [0, 1, 4_000, 4_001, 100_000, 266_667, 268_000] {
            let [alone, shared] = both(&archive, &Limits { decoded_bytes_max: at, ..Limits::default() });
            assert_eq!(alone, shared, "decoded_bytes_max {at}");
        }
        for at in [0, 6, 7, 300, 401, 402, 403] {
            let [alone, shared] = both(&archive, &Limits { pickle_opcodes_max: at, ..Limits::default() });
            assert_eq!(alone, shared, "pickle_opcodes_max {at}");
        }
        for at in [1, 20, 64, 333, 400] {
            let [alone, shared] = both(&archive, &Limits { facts_max: at, ..Limits::default() });
            assert_eq!(alone, shared, "facts_max {at}");
        }
    }
}
