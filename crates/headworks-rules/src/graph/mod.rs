//! Rules about graphs, and about other files that a loader turns into a program.

pub(crate) mod code_building_layer;
pub(crate) mod code_in_r_data;
pub(crate) mod custom_operator_domain;
pub(crate) mod effectful_operator;
pub(crate) mod embedded_code;
pub(crate) mod escaping_external_data;
pub(crate) mod external_reference_in_weights;
pub(crate) mod graph_backdoor_gate;
pub(crate) mod lua_function_in_weights;
pub(crate) mod missing_external_data;
pub(crate) mod object;
pub(crate) mod operators;
pub(crate) mod outside_graph_reference;
pub(crate) mod promise_in_r_data;
pub(crate) mod script;
pub(crate) mod unknown_external_data_key;
pub(crate) mod unlisted_object;
pub(crate) mod unlisted_operator;
pub(crate) mod untrained_path;
pub(crate) mod xml_external_entity;

use headworks_types::Fact;

/// Frameworks whose tensors may lie in a file beside the one that names them.
const EXTERNAL_DATA: [&str; 3] = ["coreml", "ocdbt", "onnx"];

/// Attributes of legacy HDF5 files that Keras builds a model from without asking.
const LEGACY_ATTRIBUTES: [&str; 2] = ["model_config", "training_config"];

/// Whether the fact is about a configuration whose loader knows no `safe_mode`.
fn is_legacy(fact: &Fact) -> bool {
    fact.location.place.members().last().is_some_and(|member| LEGACY_ATTRIBUTES.contains(&member.as_str()))
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::GraphFact;
    use headworks_types::{Fact, Finding, Place};

    use crate::{Evidence, Rule};

    pub(crate) fn object(framework: &str, module: &str, name: &str) -> GraphFact {
        let (framework, key) = (framework.into(), "config.layers[]".into());
        GraphFact::Object { framework, key, module: module.into(), name: name.into() }
    }

    pub(crate) fn operator(framework: &str, domain: &str, name: &str) -> GraphFact {
        GraphFact::Operator { framework: framework.into(), domain: domain.into(), name: name.into() }
    }

    pub(crate) fn code(framework: &str, language: &str, holder: &str) -> GraphFact {
        let (framework, language, excerpt) = (framework.into(), language.into(), String::new());
        GraphFact::EmbeddedCode { framework, language, holder: holder.into(), excerpt }
    }

    /// What `rule` finds in facts about a `.keras` file.
    pub(crate) fn findings<const N: usize>(rule: &Rule, kinds: [GraphFact; N]) -> Vec<Finding> {
        judge(rule, kinds, &Place::file("model.keras").member("config.json"))
    }

    /// The same in a legacy HDF5 file.
    pub(crate) fn findings_in_attribute<const N: usize>(rule: &Rule, kinds: [GraphFact; N]) -> Vec<Finding> {
        judge(rule, kinds, &Place::file("model.h5").member("model_config"))
    }

    fn judge<const N: usize>(rule: &Rule, kinds: [GraphFact; N], place: &Place) -> Vec<Finding> {
        let fact = |kind: GraphFact| Fact { location: place.at(8..16), times: 1, kind: kind.into() };
        rule.judge(&Evidence::of(&kinds.map(fact)))
    }
}
