use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for a promise, or byte code, where a file of R should have its value: as the value of an
    /// `.rds` file, or as a named value of an `.rda` or `.RData` file.
    ///
    /// **Why it matters.** A promise is an expression that R evaluates as soon as somebody looks at the
    /// value. `readRDS` and `load` return it unevaluated, and printing the variable is enough to run it
    /// (CVE-2024-27322; R evaluates none since 4.4.0). No function of R saves such a file: a promise is
    /// evaluated when it is handed to `saveRDS`. Bare byte code is not saved either.
    ///
    /// **Example.** An `.rds` file whose only object is a promise for `system("…")`.
    ///
    /// **What it misses.** Promises in the environments of functions, which honest files have too; they
    /// are code in R data.
    PROMISE_IN_R_DATA {
        id: "promise-in-r-data",
        title: "A file of R runs an expression when its value is looked at",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["CVE-2024-27322", "CWE-502", "AML.T0011"],
        hint: "do not load this file; no honest program writes it",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Graph(GraphFact::EmbeddedCode { framework, language, holder, .. })
            if framework == "r" && is_at_the_top(holder) && language != "r" =>
        {
            let message = format!("{holder} is {}, which R runs when it is looked at", words(language));
            Some(Judgement::of(fact, format!("{language} {holder}"), message))
        }
        _ => None,
    });
    judgements.collect()
}

/// Whether nothing but the file holds the code.
pub(super) fn is_at_the_top(holder: &str) -> bool {
    holder.starts_with("the value ")
}

fn words(language: &str) -> &'static str {
    if language == "r-promise" { "a promise" } else { "bare byte code" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{code, findings};

    #[test]
    fn a_promise_in_place_of_the_value_is_critical() {
        let found = findings(&PROMISE_IN_R_DATA, [code("r", "r-promise", "the value itself")]);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(findings(&PROMISE_IN_R_DATA, [code("r", "r-promise", "the value `weights`")]).len(), 1);
    }

    #[test]
    fn a_function_that_somebody_saved_is_code_and_no_promise() {
        assert!(findings(&PROMISE_IN_R_DATA, [code("r", "r", "the value itself")]).is_empty());
    }

    /// Arguments that a modelling function never used stay promises in the environment of its formula.
    #[test]
    fn an_unused_argument_in_an_environment_is_no_attack() {
        assert!(findings(&PROMISE_IN_R_DATA, [code("r", "r-promise", "an environment")]).is_empty());
    }
}
