use std::collections::HashSet;
use std::sync::LazyLock;

use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for operators in TorchScript code that are on no list: the list holds the operators of
    /// PyTorch that compute, and those of torchvision and torchaudio that models use.
    ///
    /// **Why it matters.** The code of a TorchScript archive runs in torch's own interpreter, which knows
    /// no Python but has operators that write files (`aten::save`), map them (`aten::from_file`), read
    /// and write images (`image::write_file`) or call other hosts (`prim::rpc_sync`); those are high.
    /// Any library that the loading process has may add others, and what they do is not known here.
    ///
    /// **Example.** `torch.save(x, "/root/.ssh/authorized_keys")` within `forward`.
    ///
    /// **What it misses.** What listed operators compute: a model can be wrong without reaching out.
    UNLISTED_SCRIPT_OPERATOR {
        id: "unlisted-script-operator",
        title: "TorchScript code runs an operator that no list has",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["CWE-829", "AML.T0011"],
        hint: "find out which library registers the operator and what it does",
        check,
    }
}

pub(crate) const OPERATORS: &str = include_str!("../../profiles/torchscript-operators.txt");

static LISTED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| OPERATORS.lines().filter(|line| !line.starts_with('#')).collect());

/// Operators that act outside of the model, with what they do; a name of `*` is all of the library.
const ACTING: &[(&str, &str, &str)] = &[
    ("aten", "save", "writes a file"),
    ("aten", "from_file", "maps a file of the host, and may create it"),
    ("image", "read_file", "reads a file of the host"),
    ("image", "write_file", "writes a file"),
    ("prim", "PythonOp", "calls Python"),
    ("prim", "IgnoredPythonOp", "calls Python"),
    ("prim", "rpc_async", "calls another host"),
    ("prim", "rpc_remote", "calls another host"),
    ("prim", "rpc_sync", "calls another host"),
    ("c10d", "*", "talks to other hosts"),
    ("rpc", "*", "talks to other hosts"),
    ("torchaudio", "sox_io_load_audio_file", "reads a file of the host"),
    ("torchaudio", "sox_io_save_audio_file", "writes a file"),
    ("video_reader", "*", "reads a file of the host"),
];

/// Whether the list has the operator or class.
pub(super) fn is_listed(domain: &str, name: &str) -> bool {
    LISTED.contains(format!("{domain}::{name}").as_str())
}

fn acting(domain: &str, name: &str) -> Option<&'static str> {
    let found = ACTING.iter().find(|(of, known, _)| *of == domain && (*known == name || *known == "*"));
    found.map(|(_, _, why)| *why)
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| {
        let FactKind::Graph(GraphFact::Operator { framework, domain, name }) = &fact.kind else { return None };
        if framework != "torchscript" {
            return None;
        }
        let operator = format!("{domain}::{name}");
        if let Some(why) = acting(domain, name) {
            let message = format!("TorchScript code runs `{operator}`, which {why}");
            return Some(Judgement::of(fact, operator, message).with_severity(Severity::High));
        }
        if is_listed(domain, name) {
            return None;
        }
        let message = format!("TorchScript code runs `{operator}`, which is on no list");
        Some(Judgement::of(fact, operator, message))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::findings;

    fn operator(domain: &str, name: &str) -> GraphFact {
        GraphFact::Operator { framework: "torchscript".into(), domain: domain.into(), name: name.into() }
    }

    #[test]
    fn writing_a_file_is_high_and_an_unknown_library_holds() {
        assert_eq!(findings(&UNLISTED_SCRIPT_OPERATOR, [operator("aten", "save")])[0].severity, Severity::High);
        assert_eq!(findings(&UNLISTED_SCRIPT_OPERATOR, [operator("acme", "run")])[0].severity, Severity::Medium);
    }

    #[test]
    fn operators_that_compute_are_not_reported() {
        let honest = [operator("aten", "linear"), operator("aten", "relu_"), operator("torchvision", "nms")];
        assert!(findings(&UNLISTED_SCRIPT_OPERATOR, honest).is_empty());
    }

    #[test]
    fn no_operator_that_acts_is_listed() {
        assert!(ACTING.iter().all(|(domain, name, _)| !is_listed(domain, name)));
    }

    #[test]
    fn operators_of_other_graphs_are_another_rules_business() {
        let onnx = GraphFact::Operator { framework: "onnx".into(), domain: "acme".into(), name: "Run".into() };
        assert!(findings(&UNLISTED_SCRIPT_OPERATOR, [onnx]).is_empty());
    }
}
