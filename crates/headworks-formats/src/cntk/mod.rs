//! Microsoft Cognitive Toolkit: dictionaries of version 2, and the binary files of version 1.
//!
//! Source: `CNTK.proto`, and `UserFunction` of the Python API of CNTK 2.7, whose loader imports the class that the
//! dictionary names; for version 1 `ComputationNetwork::Load` of CNTK 2.7 and what Netron knows of the contents of
//! nodes. Dictionaries are walked whole. Networks of version 1 are read from their first section to the last: every
//! node with its operation and its content, every relation, and the roots.
//!
//! Not covered: the values of matrices; in version 1 sparse matrices, nodes whose content is on no public list
//! (among them those that call functions of an application) and model versions after 27, which hold the file.

mod network;
mod nodes;
mod stream;

use headworks_types::{Fault, fact::GraphFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::message::Kind::{Bytes, Inner, Number};
use crate::message::{Schema, Walk, What, begins_as};
use crate::metadata::shortened;

/// Models of CNTK.
pub(crate) static FORMAT: Format = Format { id: "cntk", title: "CNTK model", claims, inspect };

/// `BCN` in two-byte characters, the first section of version 1.
const EARLY_MAGIC: &[u8; 6] = b"B\0C\0N\0";

/// Bytes of a name that are read.
const NAME_BYTES_MAX: u64 = 256;

static DICTIONARY: Schema = Schema { name: "Dictionary", fields: &[(1, Number), (2, Inner(&ENTRY))] };
static ENTRY: Schema = Schema { name: "Entry", fields: &[(1, Bytes), (2, Inner(&VALUE))] };
static VALUE: Schema = Schema {
    name: "DictionaryValue",
    fields: &[
        (1, Number),
        (2, Number),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Number),
        (7, Number),
        (8, Bytes),
        (9, Inner(&SHAPE)),
        (10, Inner(&AXIS)),
        (11, Inner(&VECTOR)),
        (12, Inner(&DICTIONARY)),
        (13, Inner(&ARRAY)),
    ],
};
static VECTOR: Schema = Schema { name: "Vector", fields: &[(1, Inner(&VALUE))] };
static SHAPE: Schema = Schema { name: "NDShape", fields: &[(1, Number)] };
static AXIS: Schema = Schema { name: "Axis", fields: &[(1, Number), (2, Bytes), (3, Number)] };
static ARRAY: Schema = Schema {
    name: "NDArrayView",
    fields: &[
        (1, Number),
        (2, Number),
        (3, Inner(&SHAPE)),
        (4, Inner(&NUMBERS)),
        (5, Inner(&NUMBERS)),
        (6, Inner(&BYTES)),
        (7, Inner(&NUMBERS)),
    ],
};
static NUMBERS: Schema = Schema { name: "Values", fields: &[(1, Number)] };
static BYTES: Schema = Schema { name: "BytesValue", fields: &[(1, Bytes)] };

fn claims(probe: &Probe<'_>) -> bool {
    let mut is_versioned = false;
    probe.head.starts_with(EARLY_MAGIC)
        || begins_as(probe, &DICTIONARY, |step| {
            is_versioned |= step.holder == "Dictionary" && step.number == 1;
            is_versioned
                && step.holder == "DictionaryValue"
                && matches!((step.number, &step.what), (2, What::Number(0..=11)))
        })
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let mut head = [0; EARLY_MAGIC.len()];
    if input.bytes.read_at(0, &mut head) == Ok(head.len()) && head == *EARLY_MAGIC {
        return network::inspect(input, inspection);
    }
    inspection.identified(input, FORMAT.id, "dictionary of version 2");
    let mut walk = Walk::over(input.bytes, 0..size, &DICTIONARY, FORMAT.id, inspection.limits);
    if let Err(fault) = read(input, &mut walk, inspection) {
        inspection.fact(input.place.at(walk.position().min(size)..size), fault);
    }
}

fn read(input: &Input<'_>, walk: &mut Walk<'_>, inspection: &mut Inspection<'_>) -> Result<(), Fault> {
    let mut key = String::new();
    let mut module = String::new();
    while let Some(step) = walk.next_known(input, inspection)? {
        match (step.holder, step.number, step.what) {
            ("Entry", 1, What::Bytes(range)) => key = walk.text(&range, NAME_BYTES_MAX)?,
            ("DictionaryValue", 8, What::Bytes(range)) => {
                let text = walk.text(&range, NAME_BYTES_MAX)?;
                // A module and a class each say what is imported; entries of a dictionary have no order.
                let (of, name) = match key.as_str() {
                    "module" => (shortened(&text), String::new()),
                    "class" => (module.clone(), shortened(&text)),
                    _ => continue,
                };
                module.clone_from(&of);
                let fact = GraphFact::Object { framework: FORMAT.id.into(), key: key.clone(), module: of, name };
                inspection.fact(input.place.at(range), fact);
            }
            _ => {}
        }
    }
    Ok(())
}
