use headworks_types::fact::PickleFact;
use headworks_types::{Confidence, Severity};

use super::reported::{events, line};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for tuples that hold one another so often that nothing could ever go through all of it.
    ///
    /// **Why it matters.** Tuples are hashed item by item each time, without a memory of what was
    /// hashed before. A key made of forty tuples, each of which holds the one before twice, keeps a
    /// loader busy for days; a file of a hundred bytes can say that. Printing, comparing and copying
    /// the value take as long.
    ///
    /// **Example.** `DUP TUPLE2` forty times, then `SETITEM`.
    ///
    /// **What it misses.** Lists and dictionaries that hold one another so: they cannot be keys, so
    /// loading them is quick, and only going through them is not.
    EXPANDING_TUPLE {
        id: "expanding-tuple",
        title: "A pickle holds a tuple that cannot be gone through",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-400", "CWE-776"],
        hint: "do not load the file; ask its publisher what the value is for",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = events(evidence).filter_map(|(fact, event)| {
        let PickleFact::Expansion { values } = event else { return None };
        let message = format!("`{}` builds a tuple of at least {values} values", fact.location.place);
        Some(Judgement::of(fact, "expanding tuple", message).with_evidence(line(fact, event)))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::constructed::{call, facts};
    use headworks_types::fact::Shape;

    #[test]
    fn a_tuple_of_billions_of_values_is_reported() {
        let expansion = PickleFact::Expansion { values: 1 << 32 };
        assert_eq!(EXPANDING_TUPLE.judge(&Evidence::of(&facts(vec![expansion]))).len(), 1);
    }

    #[test]
    fn a_tuple_of_arguments_is_not() {
        let ordered = call("collections", "OrderedDict", &[Shape::Tuple(None)]);
        assert!(crate::judge(&Evidence::of(&facts(vec![ordered]))).is_empty());
    }
}
