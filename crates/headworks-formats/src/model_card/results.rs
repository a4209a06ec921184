//! The results that a card claims, in the order in which they stand.

use headworks_types::fact::CardFact;

use crate::fields::Field;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Results that are stated.
const RESULTS_MAX: usize = 256;

/// `model-index` holds models with results, a result one task, one dataset and several metrics.
const RESULT: [&str; 4] = ["model-index", "*", "results", "*"];

pub(super) fn state(fields: &[Field], input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let of_results: Vec<&Field> = fields.iter().filter(|field| field.starts(&RESULT)).collect();
    let is_value = |field: &&&Field| field.path.get(4..).is_some_and(|rest| is_at(rest, &["metrics", "*", "value"]));
    for value in of_results.iter().filter(is_value).take(RESULTS_MAX) {
        let (result, metric) = (value.path.get(..4), value.path.get(..6));
        let beside = |above: Option<&[String]>, names: &[&str]| {
            let named = names.iter().find_map(|name| {
                let wanted: Vec<&str> = name.split('.').collect();
                of_results.iter().find(|field| {
                    above.is_some_and(|above| field.path.starts_with(above))
                        && field.path.get(above.map_or(0, <[String]>::len)..).is_some_and(|rest| is_at(rest, &wanted))
                })
            });
            named.map(|field| shortened(&field.value)).unwrap_or_default()
        };
        let fact = CardFact::Result {
            task: beside(result, &["task.type", "task.name"]),
            dataset: beside(result, &["dataset.name", "dataset.type"]),
            metric: beside(metric, &["type", "name"]),
            value: shortened(&value.value),
        };
        inspection.fact(value.location(input), fact);
    }
}

fn is_at(path: &[String], wanted: &[&str]) -> bool {
    path.len() == wanted.len() && path.iter().zip(wanted).all(|(part, wanted)| *wanted == "*" || part == wanted)
}
