use std::collections::BTreeSet;

use headworks_types::{Confidence, Severity};

use super::adapter::{Adapter, Part, adapters};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Holds `adapter_config.json` against the tensors of `adapter_model.safetensors` beside it: modules that neither
    /// `target_modules` nor `modules_to_save` names, ranks that are none of the stated ones, a kind of adapter that PEFT
    /// does not have.
    ///
    /// **Why it matters.** Whoever reviews an adapter reads its configuration. A tensor for a module that it does not
    /// name was not put there by the training it describes; serving engines that go by the names of the tensors load it
    /// all the same, and one that replaces a whole weight can change any behaviour of the model.
    ///
    /// **Example.** `"target_modules": ["q_proj"]` beside `…mlp.down_proj.lora_A.weight`.
    ///
    /// **What it misses.** Targets that are a regular expression or `all-linear`, which are taken to cover everything;
    /// the numbers of layers; adapters of other kinds than LoRA; PyTorch files, whose names only unpickling would tell.
    /// Biases, and embeddings that PEFT saves with a changed vocabulary, are expected. A rank is rated low.
    DISAGREEING_ADAPTER {
        id: "disagreeing-adapter",
        title: "An adapter's tensors are not those that its configuration states",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-SER-04"],
        references: &["CWE-345", "AML.T0018"],
        hint: "compare the adapter with its publisher's revision, or save it again from its training",
        check,
    }
}

/// The kinds of PEFT 0.21.
const KINDS: &[&str] = &[
    "ADALORA",
    "ADAMSS",
    "ADAPTION_PROMPT",
    "BEFT",
    "BOFT",
    "C3A",
    "CARTRIDGE",
    "CPT",
    "DEFT",
    "DELORA",
    "FOURIERFT",
    "FROD",
    "GLORA",
    "GRALORA",
    "HIRA",
    "HRA",
    "IA3",
    "LILY",
    "LN_TUNING",
    "LOHA",
    "LOKR",
    "LORA",
    "MISS",
    "MULTITASK_PROMPT_TUNING",
    "OFT",
    "OSF",
    "PEANUT",
    "POLY",
    "PREFIX_TUNING",
    "PROMPT_TUNING",
    "PSOFT",
    "PVERA",
    "P_TUNING",
    "RANDLORA",
    "ROAD",
    "SHADOW",
    "SHIRA",
    "SUPERTUNING",
    "TINYLORA",
    "TRAINABLE_TOKENS",
    "UNILORA",
    "VBLORA",
    "VERA",
    "WAVEFT",
    "XLORA",
    // Of earlier versions.
    "BONE",
];

/// Layers that PEFT saves by itself when the vocabulary has changed.
const EMBEDDINGS: &[&str] = &["embed_tokens", "lm_head"];

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    adapters(evidence).values().flat_map(judge).collect()
}

fn judge(adapter: &Adapter<'_>) -> Vec<Judgement> {
    let Some((fact, kind)) = adapter.value("peft_type") else { return Vec::new() };
    if !KINDS.contains(&kind) {
        let message = format!("`peft_type` is `{kind}`, which PEFT does not have");
        return vec![Judgement::of(fact, format!("peft_type {kind}"), message)];
    }
    if kind != "LORA" {
        return Vec::new();
    }
    let mut known = BTreeSet::new();
    let outside = adapter.parts.iter().filter(|part| !is_stated(adapter, part) && known.insert(part.module));
    let outside: Vec<Judgement> = { outside }
        .map(|part| {
            let message = format!("`{}` has a `{}` and the configuration does not name it", part.module, part.part);
            Judgement::of(part.fact, part.module, message)
        })
        .collect();
    let ranks: Vec<&str> =
        adapter.value("r").into_iter().chain(adapter.values("rank_pattern")).map(|(_, rank)| rank).collect();
    let other_rank = |part: &&Part<'_>| part.rank.is_some_and(|rank| !ranks.contains(&rank.to_string().as_str()));
    let ranked = adapter.parts.iter().filter(|_| !ranks.is_empty()).filter(other_rank).map(|part| {
        let rank = part.rank.unwrap_or_default();
        let message =
            format!("`{}` has the rank {rank} and the configuration states {}", part.module, ranks.join(", "));
        Judgement::of(part.fact, format!("{} rank", part.module), message).with_severity(Severity::Low)
    });
    outside.into_iter().chain(ranked).collect()
}

fn is_stated(adapter: &Adapter<'_>, part: &Part<'_>) -> bool {
    if adapter.values("modules_to_save").any(|(_, name)| is_saved(part.module, name)) {
        return true;
    }
    if part.part.starts_with("lora_") {
        let is_pattern = adapter.value("target_modules").is_some();
        let parameters = adapter.values("target_parameters").filter_map(|(_, name)| name.rsplit_once('.'));
        return is_pattern
            || adapter.values("target_modules").any(|(_, name)| ends_with(part.module, name))
            || parameters.map(|(module, _)| module).any(|module| ends_with(part.module, module));
    }
    let is_bias = part.part == "bias" && adapter.value("bias").is_some_and(|(_, bias)| bias != "none");
    let is_token = part.part == "trainable_tokens_delta" && adapter.values("trainable_token_indices").next().is_some();
    is_bias || is_token || EMBEDDINGS.iter().any(|name| ends_with(part.module, name))
}

/// Whether a module's path ends in a name, part for part; numbers stand for any.
fn ends_with(module: &str, name: &str) -> bool {
    let mut parts = module.split('.').rev();
    name.split('.').rev().all(|wanted| parts.next().is_some_and(|part| same(part, wanted)))
}

/// Whether a module, or one around it, is saved by a name: PEFT compares the ends of paths as texts.
fn is_saved(module: &str, name: &str) -> bool {
    let ends = module.match_indices('.').map(|(end, _)| end).chain([module.len()]);
    { ends }.any(|end| module[..end].ends_with(name)) || ends_with(module, name)
}

fn same(part: &str, wanted: &str) -> bool {
    part == wanted || (part == "*" && wanted.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::adapter::fixtures::{part, settings};
    use super::*;
    use headworks_types::Fact;

    fn severities(others: &[(&str, &str)], weights: Fact) -> Vec<Severity> {
        let mut facts = settings(others);
        facts.push(weights);
        DISAGREEING_ADAPTER.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_module_that_is_not_named_holds() {
        assert_eq!(severities(&[], part("model.layers.*.mlp.down_proj", "lora_A", Some(8))), [Severity::Medium]);
        assert_eq!(severities(&[], part("model.layers.*.mlp.down_proj", "weight", None)), [Severity::Medium]);
        assert_eq!(severities(&[], part("model.layers.*.xq_proj", "lora_A", Some(8))), [Severity::Medium]);
    }

    #[test]
    fn another_rank_is_low_and_a_stated_pattern_is_none() {
        let q_proj = || part("model.layers.*.self_attn.q_proj", "lora_A", Some(16));
        assert_eq!(severities(&[], q_proj()), [Severity::Low]);
        assert_eq!(severities(&[("rank_pattern.q_proj", "16")], q_proj()), []);
    }

    #[test]
    fn a_kind_that_peft_does_not_have_holds() {
        let facts = [crate::repository::fixtures::setting("adapter_config.json", "peft_type", "\"EVIL\"")];
        assert_eq!(DISAGREEING_ADAPTER.judge(&Evidence::of(&facts)).len(), 1);
    }

    /// Heads of classifiers, resized vocabularies, biases and experts are what honest adapters bring beside their targets.
    #[test]
    fn what_the_configuration_allows_is_silent() {
        for (others, weights) in [
            (&[][..], part("model.layers.*.self_attn.q_proj", "lora_A", Some(8))),
            (&[][..], part("model.embed_tokens", "weight", None)),
            (&[("modules_to_save[]", "\"classifier\"")][..], part("classifier.dense", "weight", None)),
            (&[("modules_to_save[]", "\"norm\"")][..], part("model.layers.*.input_layernorm", "weight", None)),
            (&[("bias", "\"all\"")][..], part("model.layers.*.mlp.fc", "bias", None)),
            (&[("target_modules", "\".*proj\"")][..], part("model.layers.*.mlp.up_proj", "lora_B", None)),
            (&[("target_modules[]", "\"layers.3.fc\"")][..], part("model.layers.*.fc", "lora_B", None)),
            (&[("target_parameters[]", "\"mlp.experts.up\"")][..], part("model.layers.*.mlp.experts", "lora_B", None)),
            (
                &[("trainable_token_indices[]", "5")][..],
                part("model.embed_tokens.token_adapter", "trainable_tokens_delta", None),
            ),
        ] {
            assert_eq!(severities(others, weights.clone()), [], "{weights:?}");
        }
    }
}
