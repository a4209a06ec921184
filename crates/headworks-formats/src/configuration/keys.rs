//! The keys whose value makes some loader fetch, import, call or open something.
//!
//! A row is a claim about a loader, so each names the loader that reads the key.

/// One key, by its name in whatever object it stands.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Where the key means this.
    pub(super) within: Within,
    pub(super) names: Names,
    /// The loader that reads it.
    #[expect(dead_code, reason = "the source of the row is for the person who reviews it")]
    loader: &'static str,
}

/// Where a key has its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// In any object of any document.
    Anywhere,
    /// In documents of this file name.
    File(&'static str),
    /// In YAML documents, where the word is common elsewhere.
    Yaml,
    /// Below this key.
    Below(&'static str),
}

/// What the strings at or below a key name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// `module.Class` in the repository, or `owner/repository--module.Class`.
    ModuleClass,
    /// A true value makes the loader run repository code.
    RemoteCodeSwitch,
    /// An attention implementation, or a hub repository with a kernel.
    Implementation,
    /// A dotted callable or module of the loader's environment.
    Callable,
    /// The same, where other loaders keep plain words under the key.
    DottedCallable,
    /// A repository that holds code the loader runs, or a file of this one.
    RemoteCode,
    /// A repository that holds weights or data.
    Repository,
    /// A file that the loader opens.
    File,
    /// A path that is recorded and that nobody opens: the exporter's own directory.
    RecordedFile,
    /// A reference to another document; one to a part of the same begins with `#`.
    Document,
    /// A chat template, or several by name.
    Template,
}

/// The row for `name`, whatever it stands within.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    let index = KEYS.binary_search_by(|key| key.name.cmp(name)).ok()?;
    KEYS.get(index)
}

const fn key(name: &'static str, within: Within, names: Names, loader: &'static str) -> Key {
    Key { name, within, names, loader }
}

use Names::{
    Callable, Document, DottedCallable, File, Implementation, ModuleClass, RecordedFile, RemoteCode, RemoteCodeSwitch,
    Repository, Template,
};
use Within::{Anywhere, Below, Yaml};

/// Sorted by name.
static KEYS: &[Key] = &[
    key("$ref", Anywhere, Document, "JSON Schema and OpenAPI resolvers"),
    key("_attn_implementation", Anywhere, Implementation, "transformers PretrainedConfig"),
    key("_attn_implementation_internal", Anywhere, Implementation, "transformers PretrainedConfig, CVE-2026-4372"),
    key("_component_", Anywhere, Callable, "torchtune config.instantiate"),
    key("_experts_implementation", Anywhere, Implementation, "transformers PretrainedConfig"),
    key("_experts_implementation_internal", Anywhere, Implementation, "transformers PretrainedConfig"),
    key("_name_or_path", Anywhere, RecordedFile, "transformers writes it on export"),
    key("_target_", Anywhere, Callable, "hydra.utils.instantiate; NeMo, CVE-2025-23304"),
    key("activation_fn", Anywhere, DottedCallable, "sentence_transformers CrossEncoder"),
    key("activation_function", Anywhere, DottedCallable, "sentence_transformers Dense"),
    key("assistant_model", Anywhere, Repository, "transformers generation"),
    key("attn_implementation", Anywhere, Implementation, "transformers PretrainedConfig"),
    key("auto_map", Anywhere, ModuleClass, "transformers dynamic_module_utils"),
    key("base_model_name_or_path", Anywhere, Repository, "peft PeftConfig"),
    key("chat_template", Anywhere, Template, "transformers apply_chat_template"),
    key("chat_template_jinja", Anywhere, Template, "axolotl"),
    key("class_path", Yaml, Callable, "jsonargparse, LightningCLI"),
    key("code_revision", Anywhere, Repository, "transformers dynamic_module_utils, a pin of the code"),
    key("custom_generate", Anywhere, RemoteCode, "transformers GenerationMixin.generate"),
    key("custom_pipeline", Anywhere, RemoteCode, "diffusers DiffusionPipeline"),
    key("custom_pipelines", Anywhere, ModuleClass, "transformers pipeline(), its `impl` entries"),
    key("experts_implementation", Anywhere, Implementation, "transformers PretrainedConfig"),
    key("handler", Within::File("MANIFEST.json"), ModuleClass, "TorchServe, ts.model_loader imports it"),
    key("image_processor_file", Anywhere, File, "transformers"),
    key("kernel_repo", Anywhere, Implementation, "kernels"),
    key("loader_module", Yaml, Callable, "mlflow.pyfunc, imported at load"),
    key("merges_file", Anywhere, File, "transformers tokenizers"),
    key("modelFile", Within::File("MANIFEST.json"), ModuleClass, "TorchServe, the handler imports it"),
    key("module_class", Anywhere, DottedCallable, "sentence_transformers"),
    key("monolingual_vocab_file", Anywhere, File, "transformers tokenizers"),
    key("name_or_path", Anywhere, RecordedFile, "transformers writes it on export"),
    key("parent_library", Below("auto_mapping"), Callable, "peft AutoPeftModel imports it"),
    key("path", Within::File("modules.json"), File, "sentence_transformers SentenceTransformer"),
    key("requirementsFile", Within::File("MANIFEST.json"), RemoteCode, "TorchServe installs what it lists"),
    key("sbert_ce_default_activation_function", Anywhere, DottedCallable, "sentence_transformers CrossEncoder"),
    key("serializedFile", Within::File("MANIFEST.json"), File, "TorchServe, ts.torch_handler"),
    key("source_spm", Anywhere, File, "transformers MarianTokenizer"),
    key("sp_model_file", Anywhere, File, "transformers tokenizers"),
    key("special_tokens_map_file", Anywhere, RecordedFile, "transformers writes it on export"),
    key("spm_file", Anywhere, File, "transformers tokenizers"),
    key("target", Yaml, DottedCallable, "latent-diffusion instantiate_from_config; NeMo"),
    key("target_spm", Anywhere, File, "transformers MarianTokenizer"),
    key("tokenizer_file", Anywhere, File, "transformers PreTrainedTokenizerFast"),
    key("trust_remote_code", Anywhere, RemoteCodeSwitch, "transformers, CVE-2026-5241"),
    key("type", Within::File("modules.json"), Callable, "sentence_transformers imports it"),
    key("vocab_file", Anywhere, File, "transformers tokenizers"),
    key("weight_map", Anywhere, File, "safetensors and torch shard index"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_key_is_found() {
        assert!(KEYS.is_sorted_by(|a, b| a.name < b.name));
        assert!(KEYS.iter().all(|key| find(key.name).is_some_and(|found| std::ptr::eq(found, key))));
        assert!(find("vocab_size").is_none());
    }
}
