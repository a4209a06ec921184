//! What an opcode costs: CPU time over benign streams of 10 k to 10 M opcodes.
//!
//! Prints a line per size and the ratio of the cost per opcode at 1 M to that at 10 k, which must
//! stay below 1.2: a machine whose cost grows faster than its input is a denial of service.

#![expect(clippy::print_stdout, reason = "the measurement is what this program is for")]

use std::hint::black_box;
use std::time::Instant;

use headworks_types::{FactKind, Limits, Place, fact::FileFact};

const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// Opcodes that one size is measured over, in repeated inspections.
const OPCODES_PER_RUN: u64 = 4_000_000;

const RUNS: usize = 7;

fn main() {
    let mut costs = Vec::new();
    for size in SIZES {
        let stream = Stream::of(size);
        let cost = stream.seconds_per_opcode();
        println!(
            "{:>10} opcodes  {:>11} bytes  {:>7.2} ns/opcode  {:>6.1} M opcodes/s",
            stream.opcodes,
            stream.bytes.len(),
            cost * 1e9,
            1e-6 / cost
        );
        costs.push(cost);
    }
    let ratio = costs[2] / costs[0];
    println!("1 M : 10 k = {ratio:.3}");
    if ratio > 1.2 {
        std::process::exit(1);
    }
}

/// A protocol 4 stream as `pickle.dumps` writes a dictionary of small things.
struct Stream {
    bytes: Vec<u8>,
    opcodes: u64,
    memo: u32,
}

impl Stream {
    fn of(opcodes: u64) -> Self {
        let mut stream = Self { bytes: Vec::new(), opcodes: 0, memo: 0 };
        stream.opcode(0x80, &[4]);
        stream.opcode(b'}', &[]);
        stream.memoize();
        while stream.opcodes + 40 < opcodes {
            stream.batch(opcodes);
        }
        stream.opcode(b'.', &[]);
        stream
    }

    fn batch(&mut self, opcodes: u64) {
        self.opcode(b'(', &[]);
        for _ in 0..1000 {
            if self.opcodes + 40 >= opcodes {
                break;
            }
            self.entry();
        }
        self.opcode(b'u', &[]);
    }

    /// `"key-…": [7, "text", (1.5, None, 300), True, "text", b"abc"]`.
    fn entry(&mut self) {
        let key = format!("key-{}", self.memo);
        self.string(&key);
        self.opcode(b']', &[]);
        self.memoize();
        self.opcode(b'(', &[]);
        self.opcode(b'K', &[7]);
        self.string("text");
        let text = self.memo - 1;
        self.opcode(b'G', &1.5f64.to_be_bytes());
        self.opcode(b'N', &[]);
        self.opcode(b'M', &[44, 1]);
        self.opcode(0x87, &[]);
        self.memoize();
        self.opcode(0x88, &[]);
        self.opcode(b'j', &text.to_le_bytes());
        self.opcode(b'C', b"\x03abc");
        self.memoize();
        self.opcode(b'e', &[]);
    }

    fn string(&mut self, text: &str) {
        let length = u8::try_from(text.len()).expect("keys are short");
        self.bytes.extend([0x8c, length]);
        self.bytes.extend(text.as_bytes());
        self.opcodes += 1;
        self.memoize();
    }

    fn memoize(&mut self) {
        self.opcode(0x94, &[]);
        self.memo += 1;
    }

    fn opcode(&mut self, opcode: u8, operand: &[u8]) {
        self.bytes.push(opcode);
        self.bytes.extend(operand);
        self.opcodes += 1;
    }

    /// The median over several runs.
    fn seconds_per_opcode(&self) -> f64 {
        self.inspect();
        let repeats = (OPCODES_PER_RUN / self.opcodes).max(1);
        let mut runs: Vec<f64> = (0..RUNS).map(|_| self.run(repeats) / (repeats * self.opcodes) as f64).collect();
        runs.sort_by(f64::total_cmp);
        runs[RUNS / 2]
    }

    fn run(&self, repeats: u64) -> f64 {
        let (wall, ticks) = (Instant::now(), cpu_seconds());
        for _ in 0..repeats {
            self.inspect();
        }
        match (ticks, cpu_seconds()) {
            (Some(before), Some(after)) => after - before,
            _ => wall.elapsed().as_secs_f64(),
        }
    }

    fn inspect(&self) {
        let facts = headworks_formats::inspect(&self.bytes, Place::file("cost.pkl"), &Limits::default());
        let understood = facts.iter().all(|fact| matches!(fact.kind, FactKind::File(FileFact::Identified { .. })));
        assert!(understood, "a benign stream states only what it is: {facts:?}");
        black_box(facts);
    }
}

/// CPU time of this thread so far, which other load on the machine does not change.
fn cpu_seconds() -> Option<f64> {
    let schedule = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: u64 = schedule.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 * 1e-9)
}
