use headworks_types::fact::GraphFact;
use headworks_types::{Confidence, FactKind, Severity};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for functions in files of Torch7, the Lua predecessor of PyTorch.
    ///
    /// **Why it matters.** A function is stored as byte code of Lua, which `torch.load` hands to
    /// `loadstring` while it reads. Lua does not verify byte code: crafted code reaches memory of the
    /// process before anything calls it, and called, it has `os.execute`.
    ///
    /// **Example.** A table whose `forward` is a dumped function.
    ///
    /// **What it misses.** The text variant of the format, which is held because it is not read.
    LUA_FUNCTION_IN_WEIGHTS {
        id: "lua-function-in-weights",
        title: "A Torch7 file holds byte code of Lua",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-SER-02", "HW-SER-03"],
        references: &["CWE-502", "CWE-94", "AML.T0011"],
        hint: "do not load this file; ask its publisher for the tensors alone",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let judgements = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Graph(GraphFact::EmbeddedCode { framework, language, .. }) if framework == "torch7" => {
            let message = format!("the file holds {language}, which `torch.load` compiles as it reads");
            Some(Judgement::of(fact, language, message))
        }
        _ => None,
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{code, findings, operator};

    #[test]
    fn dumped_byte_code_is_critical() {
        let found = findings(&LUA_FUNCTION_IN_WEIGHTS, [code("torch7", "lua-bytecode", "a function")]);
        assert_eq!(found[0].severity, Severity::Critical);
    }

    #[test]
    fn a_layer_by_name_is_no_function() {
        assert!(findings(&LUA_FUNCTION_IN_WEIGHTS, [operator("torch7", "nn", "Linear")]).is_empty());
    }

    /// Functions of R are what its models are made of, and have rules of their own.
    #[test]
    fn functions_of_another_framework_are_judged_elsewhere() {
        assert!(findings(&LUA_FUNCTION_IN_WEIGHTS, [code("r", "r", "a function")]).is_empty());
    }
}
