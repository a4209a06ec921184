//! A folder: some coders, how they are joined, and the packed streams that go into them.

use std::ops::Range;

use headworks_types::Fault;

use super::coder::Record;
use super::property::Properties;
use super::{FORMAT, malformed, unsupported};
use crate::decoded::{CODERS_MAX, Chain, Step};

/// Coders of one folder, and inputs or outputs of all of them; 7-Zip itself takes no more.
const STREAMS_MAX: u64 = 64;

/// Packed streams and what they decode to.
pub(super) struct Folder {
    coders: Box<[Record]>,
    /// Inputs with the outputs that feed them.
    bonds: Box<[(u64, u64)]>,
    /// Inputs that packed streams feed.
    packed_inputs: Box<[u64]>,
    /// Bytes of every output.
    sizes: Box<[u64]>,
    /// Checksum of the last output.
    pub(super) crc: Option<u32>,
    /// Its packed streams among those of the archive.
    pub(super) packed: Range<usize>,
    /// The files in it, among the parts of the archive.
    pub(super) parts: Range<usize>,
}

impl Folder {
    /// Reads all but the sizes and the checksum, which follow those of all folders.
    pub(super) fn read(header: &mut Properties<'_>) -> Result<Self, Fault> {
        let count = header.number()?;
        if !(1..=STREAMS_MAX).contains(&count) {
            return Err(malformed(format!("a folder has {count} coders")));
        }
        let coders = (0..count).map(|_| Record::read(header)).collect::<Result<Box<[_]>, _>>()?;
        let (inputs, outputs) = (streams(&coders, |coder| coder.inputs), streams(&coders, |coder| coder.outputs));
        let bound = outputs.saturating_sub(1);
        let is_plausible = (1..=STREAMS_MAX).contains(&inputs) && (1..=STREAMS_MAX).contains(&outputs);
        let packed = inputs.checked_sub(bound).filter(|&packed| packed > 0 && is_plausible);
        let packed = packed.ok_or_else(|| malformed(format!("a folder has {inputs} inputs and {outputs} outputs")))?;
        let bonds =
            (0..bound).map(|_| Ok((header.number()?, header.number()?))).collect::<Result<Box<[_]>, Fault>>()?;
        let packed_inputs: Box<[_]> = match packed {
            1 => (0..inputs).filter(|input| !bonds.iter().any(|(bound, _)| bound == input)).collect(),
            _ => (0..packed).map(|_| header.number()).collect::<Result<_, _>>()?,
        };
        if packed_inputs.len() as u64 != packed {
            return Err(malformed("two outputs of a folder feed one input"));
        }
        Ok(Self { coders, bonds, packed_inputs, sizes: Box::default(), crc: None, packed: 0..0, parts: 0..0 })
    }

    /// Reads the size of every output.
    pub(super) fn read_sizes(&mut self, header: &mut Properties<'_>) -> Result<(), Fault> {
        let outputs = streams(&self.coders, |coder| coder.outputs);
        self.sizes = (0..outputs).map(|_| header.number()).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Coders, bonds and inputs: what takes memory.
    pub(super) fn pieces(&self) -> usize {
        self.coders.len().saturating_add(self.bonds.len()).saturating_add(self.packed_inputs.len())
    }

    /// Number of packed streams that go into it.
    pub(super) fn packed_count(&self) -> usize {
        self.packed_inputs.len()
    }

    /// Bytes that it decodes to: those of the output that feeds no coder.
    pub(super) fn bytes(&self) -> u64 {
        let feeds_a_coder = |output: u64| self.bonds.iter().any(|&(_, bound)| bound == output);
        let last = (0..).zip(&*self.sizes).find(|&(output, _)| !feeds_a_coder(output));
        last.map_or(0, |(_, &bytes)| bytes)
    }

    /// The coders in the order in which they decode, if all are read and each feeds the next.
    pub(super) fn chain(&self) -> Result<Chain, Fault> {
        if self.coders.iter().any(Record::is_cipher) {
            return Err(Fault::Encrypted { format: FORMAT.id.into() });
        }
        let coders = self.coders.iter().map(Record::coder).collect::<Result<Vec<_>, _>>()?;
        if coders.len() > CODERS_MAX {
            return Err(unsupported(format!("a chain of {} coders", coders.len())));
        }
        let mut steps = Vec::new();
        let mut next = self.packed_inputs.first().copied();
        while let Some(index) = next.and_then(|index| usize::try_from(index).ok()).filter(|_| steps.len() < CODERS_MAX)
        {
            let (Some(&coder), Some(&bytes)) = (coders.get(index), self.sizes.get(index)) else { break };
            steps.push(Step { coder, bytes });
            // Each coder has one input and one output, so both have the coder's number.
            next = self.bonds.iter().find(|&&(_, output)| output == index as u64).map(|&(input, _)| input);
        }
        let is_whole = steps.len() == coders.len() && next.is_none();
        Chain::new(&steps).filter(|_| is_whole).ok_or_else(|| malformed("the coders of a folder are no chain"))
    }
}

fn streams(coders: &[Record], of: fn(&Record) -> u8) -> u64 {
    coders.iter().map(of).map(u64::from).fold(0, u64::saturating_add)
}
