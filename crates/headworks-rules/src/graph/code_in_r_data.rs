use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, Fact, FactKind, Severity};

use super::promise_in_r_data::is_at_the_top;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for functions, expressions, byte code and promises in files of R.
    ///
    /// **Why it matters.** Models of R keep their formula, the call that made them, and often functions;
    /// methods such as `predict` and `print` run them with all rights of the process. `load` also puts
    /// every named value into the workspace: a function of a name that R itself uses takes its place.
    /// Code as models have it holds the artifact until somebody has read it; a function in an `.rda` or
    /// `.RData` file that takes the place of one of R's own is high. What the code calls is judged by
    /// the rules about operators.
    ///
    /// **Example.** The value `print` of `model.RData` is a function.
    ///
    /// **What it misses.** What the code does when it is called, and what its arguments are.
    CODE_IN_R_DATA {
        id: "code-in-r-data",
        title: "A file of R holds functions or expressions",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["CWE-502", "AML.T0011"],
        hint: "print the functions with R in an isolated process, or ask for the parameters as data",
        check,
    }
}

/// Functions that R or a person at its prompt calls all the time.
const OWN_FUNCTIONS: &[&str] = &[
    ".First",
    ".Last",
    ".First.sys",
    ".onLoad",
    ".onAttach",
    "assign",
    "c",
    "cat",
    "data.frame",
    "dim",
    "eval",
    "exists",
    "factor",
    "format",
    "function",
    "get",
    "getOption",
    "head",
    "if",
    "invisible",
    "lapply",
    "length",
    "library",
    "list",
    "load",
    "loadNamespace",
    "ls",
    "mean",
    "names",
    "nrow",
    "options",
    "paste",
    "paste0",
    "plot",
    "predict",
    "print",
    "q",
    "quit",
    "readRDS",
    "require",
    "requireNamespace",
    "rm",
    "sapply",
    "save",
    "saveRDS",
    "source",
    "str",
    "sum",
    "summary",
    "suppressWarnings",
    "table",
    "tail",
    "vapply",
];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    evidence.facts.iter().filter_map(judge).collect()
}

fn judge(fact: &Fact) -> Option<Judgement> {
    let FactKind::Graph(GraphFact::EmbeddedCode { framework, language, holder, .. }) = &fact.kind else { return None };
    if framework != "r" || (is_at_the_top(holder) && language != "r") {
        return None;
    }
    let replaced = holder.strip_prefix("the value `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(name) = replaced.filter(|name| OWN_FUNCTIONS.contains(name)) {
        let message = format!("loading the file puts a function in the place of R's own `{name}`");
        return Some(Judgement::of(fact, holder, message).with_severity(Severity::High));
    }
    let words = match language.as_str() {
        "r-bytecode" => "byte code of R",
        "r-promise" => "an expression that R evaluates when it is needed",
        _ => "code of R",
    };
    Some(Judgement::of(fact, format!("{language} {holder}"), format!("{holder} in the data of R is {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{code, findings};

    fn severity(holder: &str) -> Severity {
        findings(&CODE_IN_R_DATA, [code("r", "r", holder)])[0].severity
    }

    #[test]
    fn a_function_that_takes_the_place_of_one_of_r_is_high() {
        assert_eq!(severity("the value `print`"), Severity::High);
        assert_eq!(severity("the value `predict_toy`"), Severity::Medium);
    }

    /// Every `lm` and `glm` keeps its formula and its call.
    #[test]
    fn the_formula_of_a_linear_model_holds_and_does_not_refuse() {
        assert_eq!(severity("an expression"), Severity::Medium);
    }

    #[test]
    fn code_of_other_frameworks_is_another_rules_business() {
        assert!(findings(&CODE_IN_R_DATA, [code("keras", "python-bytecode", "Lambda")]).is_empty());
    }
}
