//! The operators of a program.

use std::collections::BTreeMap;

use headworks_types::{Fault, fact::GraphFact};

use super::{FORMAT, schema};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::message::{Walk, What};
use crate::metadata::shortened;

/// Bytes of an operator's name that are read.
const NAME_BYTES_MAX: u64 = 256;

pub(super) fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let mut walk = Walk::over(input.bytes, 0..size, &schema::PROGRAM_DESC, FORMAT.id, inspection.limits);
    let mut operators = BTreeMap::new();
    let outcome = read(input, &mut walk, &mut operators, inspection);
    let count = operators.values().fold(0u64, |sum, times| sum.saturating_add(*times));
    inspection.identified(input, FORMAT.id, format!("program of {count} operators"));
    for (name, times) in operators {
        let fact = GraphFact::Operator { framework: FORMAT.id.into(), domain: String::new(), name };
        inspection.fact_times(input.place.at(0..size), fact, times);
    }
    if let Err(fault) = outcome {
        inspection.fact(input.place.at(walk.position().min(size)..size), fault);
    }
}

fn read(
    input: &Input<'_>,
    walk: &mut Walk<'_>,
    operators: &mut BTreeMap<String, u64>,
    inspection: &mut Inspection<'_>,
) -> Result<(), Fault> {
    while let Some(step) = walk.next_known(input, inspection)? {
        if let ("OpDesc", 3, What::Bytes(range)) = (step.holder, step.number, step.what) {
            let name = shortened(&walk.text(&range, NAME_BYTES_MAX)?);
            let max = inspection.limits.facts_max;
            if operators.len() as u64 >= max {
                return Err(Fault::Budget { limit: "facts_max".into(), max });
            }
            let times = operators.entry(name).or_default();
            *times = times.saturating_add(1);
        }
    }
    Ok(())
}
