//! Apache MXNet: the symbol of a network as JSON, and its parameters as a list of arrays.
//!
//! Source: `nnvm/src/pass/saveload_json.cc` and `src/ndarray/ndarray.cc` of MXNet 1.9. A symbol is read as JSON by
//! that format; here its nodes' operators are stated. `Custom` calls a Python class that was registered by name.
//!
//! Not covered: arrays in sparse storage and those of before version 1.0.

mod parameters;
mod symbol;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// Symbols and parameters of MXNet.
pub(crate) static FORMAT: Format = Format { id: "mxnet", title: "MXNet symbol or parameters", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    parameters::begins(probe.head) || symbol::begins(probe)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut head = [0; 16];
    _ = input.bytes.read_at(0, &mut head);
    match parameters::begins(&head) {
        true => parameters::inspect(input, inspection),
        false => symbol::inspect(input, inspection),
    }
}
