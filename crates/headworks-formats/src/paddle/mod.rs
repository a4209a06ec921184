//! Paddle's inference models: the program of `.pdmodel` and the combined parameters of `.pdiparams`.
//!
//! Source: `framework.proto`, `lod_tensor.cc` and `tensor_util.cc` of PaddlePaddle 2 and 3. The program is a message
//! of blocks and operators, every distinct one of which is stated. The parameters are tensors one after the other
//! without names. `.pdparams` and `.pdopt` are pickles and are read as such.
//!
//! Not covered: programs of Paddle 3 that are JSON; those are read as JSON, and their operators are not stated.

mod parameters;
mod program;
mod schema;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::message::{Step, What, begins_as};

/// Programs and parameters of PaddlePaddle.
pub(crate) static FORMAT: Format = Format { id: "paddle", title: "Paddle inference model", claims, inspect };

fn claims(probe: &Probe<'_>) -> bool {
    parameters::begins(probe.head) || begins_as(probe, &schema::PROGRAM_DESC, is_variable_or_operator)
}

/// A type within a variable, or a slot within an operator, in a block.
fn is_variable_or_operator(step: &Step) -> bool {
    matches!((step.holder, &step.what), ("VarDesc", What::Open("VarType", _)) | ("OpDesc", What::Open("OpDesc.Var", _)))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut head = [0; 24];
    let count = input.bytes.read_at(0, &mut head).unwrap_or_default();
    match parameters::begins(head.get(..count).unwrap_or_default()) {
        true => parameters::inspect(input, inspection),
        false => program::inspect(input, inspection),
    }
}
