//! PyTorch's own files: a pickle, and the storages it refers to.
//!
//! Source: torch/serialization.py, caffe2/serialize/inline_container.cc and torch/package of
//! PyTorch 2.15. Four layouts share the one format: the zip of `torch.save` since 1.6, the same
//! zip with TorchScript code, `torch.package`, and the stacked pickles of before, which
//! `torch.load` still takes. The zip ones are read by the zip format, which hands their members
//! here, so that no byte is read twice by two minds.
//!
//! Not covered: the values of storages, and what TorchScript computes with listed operators.

mod archive;
mod keys;
mod legacy;
mod script;
mod storage;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::zip;

pub(crate) use archive::{inspect_archive, root as archive_root};

/// Checkpoints, TorchScript and packages of PyTorch.
pub(crate) static FORMAT: Format = Format { id: "torch", title: "PyTorch checkpoint", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    is_legacy(probe.head)
}

/// Whether the bytes are stacked pickles of `torch.save`, all of which this format reads.
pub(crate) fn is_legacy(head: &[u8]) -> bool {
    legacy::has_magic(head)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut head = [0; 2];
    if input.bytes.read_at(0, &mut head) == Ok(2) && head == *b"PK" {
        return zip::inspect(input, inspection);
    }
    legacy::inspect(input, inspection);
}
