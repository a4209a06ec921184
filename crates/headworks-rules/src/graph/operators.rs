//! What is known of the operators of graph formats: one list for each framework.
//!
//! A list lets an operator run, since the runtime brings it and it computes on tensors. The catalogue of
//! effects decides only severity and words: an operator that neither names holds the artifact.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use headworks_types::fact::GraphFact;
use headworks_types::{Fact, FactKind, Severity};
use serde::Deserialize;

use crate::Evidence;

/// File name and text of every list; the digest of the rules covers them as they are.
pub(crate) const TEXTS: &[(&str, &str)] = &[
    ("caffe.toml", include_str!("../../operators/caffe.toml")),
    ("cntk.toml", include_str!("../../operators/cntk.toml")),
    ("coreml.toml", include_str!("../../operators/coreml.toml")),
    ("executorch.toml", include_str!("../../operators/executorch.toml")),
    ("lightgbm.toml", include_str!("../../operators/lightgbm.toml")),
    ("mxnet.toml", include_str!("../../operators/mxnet.toml")),
    ("onnx.toml", include_str!("../../operators/onnx.toml")),
    ("openvino.toml", include_str!("../../operators/openvino.toml")),
    ("orbax.toml", include_str!("../../operators/orbax.toml")),
    ("paddle.toml", include_str!("../../operators/paddle.toml")),
    ("pmml.toml", include_str!("../../operators/pmml.toml")),
    ("r.toml", include_str!("../../operators/r.toml")),
    ("tensorflow.toml", include_str!("../../operators/tensorflow.toml")),
    ("tensorrt.toml", include_str!("../../operators/tensorrt.toml")),
    ("tflite.toml", include_str!("../../operators/tflite.toml")),
    ("torch7.toml", include_str!("../../operators/torch7.toml")),
    ("torchscript.toml", include_str!("../../operators/torchscript.toml")),
    ("triton.toml", include_str!("../../operators/triton.toml")),
    ("xgboost.toml", include_str!("../../operators/xgboost.toml")),
    ("zarr.toml", include_str!("../../operators/zarr.toml")),
];

/// What the lists say of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The list of its domain has it.
    Listed,
    /// It reaches outside of the graph.
    Effectful(&'static Effect),
    /// Its domain is known and does not have it, or the framework has no list at all.
    Unlisted,
    /// No list has its domain.
    UnknownDomain,
}

/// Operators that do more than compute on tensors.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Effect {
    /// The domain they belong to; absent where the name alone tells.
    domain: Option<String>,
    /// Their names; `*` is all of the domain.
    names: Vec<String>,
    pub(super) severity: Severity,
    /// What they do, as the end of a sentence that begins with the name.
    pub(super) why: String,
    /// Where that is known from.
    pub(super) source: String,
}

/// The operators of one domain.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    name: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file or its digest"))]
    source: String,
    operators: HashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operators {
    framework: String,
    #[expect(dead_code, reason = "for whoever reads the file or its digest")]
    version: u32,
    #[serde(default, rename = "domain")]
    domains: Vec<Domain>,
    #[serde(default, rename = "effect")]
    effects: Vec<Effect>,
}

static LISTS: LazyLock<HashMap<String, Operators>> = LazyLock::new(|| {
    let lists = TEXTS.iter().map(|(_, text)| toml::from_str(text).expect("built-in data, which a test parses"));
    lists.map(|list: Operators| (list.framework.clone(), list)).collect()
});

/// One operator that a graph runs.
pub(super) struct Operator<'e> {
    pub(super) fact: &'e Fact,
    framework: &'e str,
    pub(super) domain: &'e str,
    name: &'e str,
}

/// Every operator that the facts say a graph runs.
pub(super) fn operators<'e>(evidence: &Evidence<'e>) -> impl Iterator<Item = Operator<'e>> + use<'e> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Graph(GraphFact::Operator { framework, domain, name }) => {
            Some(Operator { fact, framework, domain, name })
        }
        _ => None,
    })
}

impl Operator<'_> {
    /// `domain::name`, or the name alone where the operator is the framework's own.
    pub(super) fn dotted(&self) -> String {
        if self.domain.is_empty() { self.name.to_owned() } else { format!("{}::{}", self.domain, self.name) }
    }

    /// What the lists say of it.
    pub(super) fn standing(&self) -> Standing {
        let Some(list) = LISTS.get(self.framework) else { return Standing::Unlisted };
        let is_of_domain = |effect: &Effect| effect.domain.as_deref().is_none_or(|domain| domain == self.domain);
        let has_name =
            |effect: &&Effect| is_of_domain(effect) && effect.names.iter().any(|name| name == self.name || name == "*");
        if let Some(effect) = list.effects.iter().find(has_name) {
            return Standing::Effectful(effect);
        }
        match list.domains.iter().find(|domain| domain.name == self.domain) {
            Some(domain) if domain.operators.contains(self.name) => Standing::Listed,
            Some(_) => Standing::Unlisted,
            None => Standing::UnknownDomain,
        }
    }
}

/// Whether the list of `domain` has `name`.
pub(super) fn lists(framework: &str, domain: &str, name: &str) -> bool {
    let domains = LISTS.get(framework).map(|list| list.domains.iter());
    domains.into_iter().flatten().any(|listed| listed.name == domain && listed.operators.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_read_and_says_from_where_it_is() {
        assert_eq!(LISTS.len(), TEXTS.len());
        for list in LISTS.values() {
            assert!(list.domains.iter().all(|domain| !domain.source.is_empty()));
            assert!(list.effects.iter().all(|effect| !effect.why.is_empty() && !effect.source.is_empty()));
        }
    }

    fn standing(framework: &str, domain: &str, name: &str) -> Standing {
        let kind = GraphFact::Operator { framework: framework.into(), domain: domain.into(), name: name.into() };
        let facts = [Fact { location: headworks_types::Place::file("model").at(0..1), times: 1, kind: kind.into() }];
        let standing = operators(&Evidence::of(&facts)).map(|operator| operator.standing()).next();
        standing.expect("one operator")
    }

    #[test]
    fn operators_that_touch_files_processes_or_the_network_are_effectful_in_every_framework() {
        for (framework, name) in [
            ("tensorflow", "PyFunc"),
            ("tensorflow", "ReadFile"),
            ("tensorflow", "WriteFile"),
            ("tensorflow", "RpcCall"),
            ("paddle", "py_func"),
            ("paddle", "save_combine"),
            ("mxnet", "Custom"),
            ("zarr", "pickle"),
        ] {
            let Standing::Effectful(effect) = standing(framework, "", name) else { panic!("{framework} {name}") };
            assert!(effect.severity >= Severity::High, "{framework} {name}");
        }
    }

    #[test]
    fn script_operators_that_act_are_effectful_and_none_of_them_is_listed() {
        for (domain, name) in [("aten", "save"), ("aten", "from_file"), ("prim", "rpc_sync"), ("rpc", "anything")] {
            let Standing::Effectful(effect) = standing("torchscript", domain, name) else { panic!("{domain}::{name}") };
            assert_eq!(effect.severity, Severity::High, "{domain}::{name}");
            assert!(!lists("torchscript", domain, name), "{domain}::{name}");
        }
        assert_eq!(standing("torchscript", "torchvision", "nms"), Standing::Listed);
        assert_eq!(standing("torchscript", "acme", "run"), Standing::UnknownDomain);
    }

    /// Every saved model has a part that saves and restores it, and many print or check.
    #[test]
    fn what_every_saved_model_has_is_listed() {
        for name in ["SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "VarHandleOp", "PrintV2", "Assert"]
        {
            assert_eq!(standing("tensorflow", "", name), Standing::Listed, "{name}");
        }
        assert_eq!(standing("tflite", "custom", "TFLite_Detection_PostProcess"), Standing::Listed);
        assert_eq!(standing("executorch", "aten", "add.out"), Standing::Listed);
        assert_eq!(standing("paddle", "", "matmul_v2"), Standing::Listed);
    }

    #[test]
    fn what_an_application_must_bring_is_not_listed() {
        assert_eq!(standing("tensorflow", "", "HeadworksMarker"), Standing::Unlisted);
        assert_eq!(standing("tflite", "custom", "HeadworksMarker"), Standing::Unlisted);
        assert_eq!(standing("executorch", "headworks", "marker"), Standing::UnknownDomain);
    }

    #[test]
    fn no_operator_is_both_listed_and_effectful() {
        for list in LISTS.values() {
            for effect in &list.effects {
                let of = |domain: &&Domain| effect.domain.as_ref().is_none_or(|name| *name == domain.name);
                for domain in list.domains.iter().filter(of) {
                    assert!(!effect.names.iter().any(|name| domain.operators.contains(name)), "{:?}", effect.names);
                }
            }
        }
    }
}
