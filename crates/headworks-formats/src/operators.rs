//! The operators of a graph: each distinct one, where it was met first, and how often.

use std::collections::BTreeMap;
use std::ops::Range;

use headworks_types::fact::GraphFact;

use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Operators by domain and name.
#[derive(Default)]
pub(crate) struct Operators(BTreeMap<(&'static str, String), (Range<u64>, u64)>);

impl Operators {
    /// Counts an operator that the graph runs; `range` is what names it.
    pub(crate) fn add(&mut self, domain: &'static str, name: String, range: Range<u64>) {
        let (_, times) = self.0.entry((domain, name)).or_insert((range, 0));
        *times = times.saturating_add(1);
    }

    /// States each of them, in the order of their names.
    pub(crate) fn state(self, framework: &str, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        for ((domain, name), (range, times)) in self.0 {
            let (framework, domain) = (framework.to_owned(), domain.to_owned());
            let fact = GraphFact::Operator { framework, domain, name: shortened(&name) };
            inspection.fact_times(input.place.at(range), fact, times);
        }
    }
}
