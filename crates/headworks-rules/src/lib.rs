//! Facts to findings: one file per rule, and the reference data they judge by.
//!
//! A rule sees facts and reference data and nothing else: no bytes, no files, no policy. Whether a
//! finding matters is for the policy to say.
//!
//! To add a rule: `src/<family>/<id>.rs` with one `rule!` whose doc comment is the page that
//! `headworks explain <id>` prints, a line in [`ALL`], and tests of a case that fires, a near miss
//! and the false alarm that shaped it.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::indexing_slicing, clippy::unwrap_used))]

mod agent;
mod archive;
mod build;
mod code;
mod configuration;
mod evidence;
mod executable;
mod file;
mod graph;
mod oci;
mod package;
mod pickle;
mod profiles;
mod repository;
mod rule;
pub mod techniques;
mod template;
mod tensor;
mod text;
mod tokenizer;

pub use evidence::Evidence;
pub use profiles::{AllowError, LocalAllow, LocalEntry, Profile, Profiles, UnknownProfile};
pub use rule::{Judgement, Rule};

use headworks_types::digest::Hasher;
use headworks_types::{Digest, Finding};

/// Every rule, by family.
pub static ALL: &[&Rule] = &[
    &agent::agent_order::AGENT_ORDER,
    &agent::broad_agent_permission::BROAD_AGENT_PERMISSION,
    &agent::unreviewed_tool_server::UNREVIEWED_TOOL_SERVER,
    &archive::archive_link::ARCHIVE_LINK,
    &archive::bytes_outside_members::BYTES_OUTSIDE_MEMBERS,
    &archive::checksum_mismatch::CHECKSUM_MISMATCH,
    &archive::disagreeing_headers::DISAGREEING_HEADERS,
    &archive::duplicate_member::DUPLICATE_MEMBER,
    &archive::escaping_member_path::ESCAPING_MEMBER_PATH,
    &archive::hidden_member::HIDDEN_MEMBER,
    &archive::overlapping_members::OVERLAPPING_MEMBERS,
    &archive::privileged_member::PRIVILEGED_MEMBER,
    &archive::special_member::SPECIAL_MEMBER,
    &build::fetched_code::FETCHED_CODE,
    &build::open_path::OPEN_PATH,
    &build::root_container::ROOT_CONTAINER,
    &build::secret_named_variable::SECRET_NAMED_VARIABLE,
    &build::unchecked_download::UNCHECKED_DOWNLOAD,
    &build::unpinned_build_input::UNPINNED_BUILD_INPUT,
    &code::build_time_effect::BUILD_TIME_EFFECT,
    &code::code_evaluation::CODE_EVALUATION,
    &code::computed_import::COMPUTED_IMPORT,
    &code::credential_access::CREDENTIAL_ACCESS,
    &code::decoded_payload_execution::DECODED_PAYLOAD_EXECUTION,
    &code::import_time_effect::IMPORT_TIME_EFFECT,
    &code::native_code_loading::NATIVE_CODE_LOADING,
    &code::network_access_in_code::NETWORK_ACCESS_IN_CODE,
    &code::notebook_shell_command::NOTEBOOK_SHELL_COMMAND,
    &code::process_start::PROCESS_START,
    &code::unchecked_deserialization::UNCHECKED_DESERIALIZATION,
    &configuration::attention_hook_repository::ATTENTION_HOOK_REPOSITORY,
    &configuration::configured_callable::CONFIGURED_CALLABLE,
    &configuration::constructing_yaml_tag::CONSTRUCTING_YAML_TAG,
    &configuration::duplicate_configuration_key::DUPLICATE_CONFIGURATION_KEY,
    &configuration::escaping_configuration_path::ESCAPING_CONFIGURATION_PATH,
    &configuration::local_code_reference::LOCAL_CODE_REFERENCE,
    &configuration::remote_code_reference::REMOTE_CODE_REFERENCE,
    &configuration::remote_code_switch::REMOTE_CODE_SWITCH,
    &executable::executable_script::EXECUTABLE_SCRIPT,
    &executable::native_executable::NATIVE_EXECUTABLE,
    &executable::program_around_weights::PROGRAM_AROUND_WEIGHTS,
    &file::misleading_name::MISLEADING_NAME,
    &file::missing_bytes::MISSING_BYTES,
    &file::non_utf8_name::NON_UTF8_NAME,
    &file::out_of_tree_link::OUT_OF_TREE_LINK,
    &file::polyglot::POLYGLOT,
    &file::special_file::SPECIAL_FILE,
    &graph::code_building_layer::CODE_BUILDING_LAYER,
    &graph::code_in_r_data::CODE_IN_R_DATA,
    &graph::custom_operator_domain::CUSTOM_OPERATOR_DOMAIN,
    &graph::effectful_operator::EFFECTFUL_OPERATOR,
    &graph::embedded_code::EMBEDDED_CODE,
    &graph::escaping_external_data::ESCAPING_EXTERNAL_DATA,
    &graph::external_reference_in_weights::EXTERNAL_REFERENCE_IN_WEIGHTS,
    &graph::graph_backdoor_gate::GRAPH_BACKDOOR_GATE,
    &graph::lua_function_in_weights::LUA_FUNCTION_IN_WEIGHTS,
    &graph::missing_external_data::MISSING_EXTERNAL_DATA,
    &graph::outside_graph_reference::OUTSIDE_GRAPH_REFERENCE,
    &graph::promise_in_r_data::PROMISE_IN_R_DATA,
    &graph::unknown_external_data_key::UNKNOWN_EXTERNAL_DATA_KEY,
    &graph::unlisted_object::UNLISTED_OBJECT,
    &graph::unlisted_operator::UNLISTED_OPERATOR,
    &graph::untrained_path::UNTRAINED_PATH,
    &graph::xml_external_entity::XML_EXTERNAL_ENTITY,
    &oci::blob_digest_mismatch::BLOB_DIGEST_MISMATCH,
    &oci::blob_size_mismatch::BLOB_SIZE_MISMATCH,
    &oci::foreign_layer::FOREIGN_LAYER,
    &oci::media_type_mismatch::MEDIA_TYPE_MISMATCH,
    &oci::missing_blob::MISSING_BLOB,
    &oci::unnamed_blob::UNNAMED_BLOB,
    &package::build_time_code::BUILD_TIME_CODE,
    &package::direct_requirement::DIRECT_REQUIREMENT,
    &package::extra_package_index::EXTRA_PACKAGE_INDEX,
    &package::install_script::INSTALL_SCRIPT,
    &package::package_name_mismatch::PACKAGE_NAME_MISMATCH,
    &package::record_mismatch::RECORD_MISMATCH,
    &package::shadowing_command::SHADOWING_COMMAND,
    &package::startup_code::STARTUP_CODE,
    &package::unexpected_native_code::UNEXPECTED_NATIVE_CODE,
    &pickle::computed_callable::COMPUTED_CALLABLE,
    &pickle::dangerous_global::DANGEROUS_GLOBAL,
    &pickle::expanding_tuple::EXPANDING_TUPLE,
    &pickle::extension_registry_import::EXTENSION_REGISTRY_IMPORT,
    &pickle::mutation_of_unlisted_object::MUTATION_OF_UNLISTED_OBJECT,
    &pickle::nested_pickle::NESTED_PICKLE,
    &pickle::out_of_band_buffer::OUT_OF_BAND_BUFFER,
    &pickle::state_on_unlisted_object::STATE_ON_UNLISTED_OBJECT,
    &pickle::unknown_persistent_id::UNKNOWN_PERSISTENT_ID,
    &pickle::unlisted_arguments::UNLISTED_ARGUMENTS,
    &pickle::unlisted_callable::UNLISTED_CALLABLE,
    &pickle::unlisted_standard_library_callable::UNLISTED_STANDARD_LIBRARY_CALLABLE,
    &repository::differing_weight_copies::DIFFERING_WEIGHT_COPIES,
    &repository::disagreeing_adapter::DISAGREEING_ADAPTER,
    &repository::disagreeing_card::DISAGREEING_CARD,
    &repository::disagreeing_configuration::DISAGREEING_CONFIGURATION,
    &repository::disagreeing_index::DISAGREEING_INDEX,
    &repository::disagreeing_size::DISAGREEING_SIZE,
    &repository::missing_weights::MISSING_WEIGHTS,
    &repository::shadowed_weights::SHADOWED_WEIGHTS,
    &repository::unlisted_shard::UNLISTED_SHARD,
    &repository::unpinned_base_model::UNPINNED_BASE_MODEL,
    &template::content_conditional_template::CONTENT_CONDITIONAL_TEMPLATE,
    &template::hidden_template_instruction::HIDDEN_TEMPLATE_INSTRUCTION,
    &template::invisible_template_characters::INVISIBLE_TEMPLATE_CHARACTERS,
    &template::template_inclusion::TEMPLATE_INCLUSION,
    &template::template_instruction::TEMPLATE_INSTRUCTION,
    &template::template_sandbox_escape::TEMPLATE_SANDBOX_ESCAPE,
    &template::template_url::TEMPLATE_URL,
    &tensor::duplicate_tensor_key::DUPLICATE_TENSOR_KEY,
    &tensor::misaligned_tensors::MISALIGNED_TENSORS,
    &tensor::overlapping_tensors::OVERLAPPING_TENSORS,
    &tensor::suspicious_metadata::SUSPICIOUS_METADATA,
    &tensor::tensor_out_of_bounds::TENSOR_OUT_OF_BOUNDS,
    &tensor::tensor_size_mismatch::TENSOR_SIZE_MISMATCH,
    &tensor::unclaimed_tensor_bytes::UNCLAIMED_TENSOR_BYTES,
    &tensor::unexpected_metadata_type::UNEXPECTED_METADATA_TYPE,
    &text::bidirectional_controls::BIDIRECTIONAL_CONTROLS,
    &text::hidden_instruction::HIDDEN_INSTRUCTION,
    &text::invisible_characters::INVISIBLE_CHARACTERS,
    &text::leaked_secret::LEAKED_SECRET,
    &tokenizer::ambiguous_token::AMBIGUOUS_TOKEN,
    &tokenizer::disagreeing_added_tokens::DISAGREEING_ADDED_TOKENS,
    &tokenizer::hidden_plain_word::HIDDEN_PLAIN_WORD,
    &tokenizer::inserted_word::INSERTED_WORD,
    &tokenizer::text_rewriting_tokenizer::TEXT_REWRITING_TOKENIZER,
    &tokenizer::token_beyond_embedding::TOKEN_BEYOND_EMBEDDING,
    &tokenizer::unknown_tokenizer_part::UNKNOWN_TOKENIZER_PART,
];

/// Digest of the rules themselves: what they are called, how they rate, what they say and list.
///
/// The lists that a run can change have a digest of their own, [`Profiles::digest`].
pub fn reference_digest() -> Digest {
    let mut hasher = Hasher::default();
    for rule in ALL {
        hasher.update(rule.published().as_bytes());
        hasher.update(&[0]);
    }
    for text in graph::operators::TEXTS.iter().map(|(_, text)| *text).chain([graph::object::KERAS]) {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finish()
}

/// What the rules make of the evidence, worst first, then by place.
pub fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = ALL.iter().flat_map(|rule| rule.judge(evidence)).collect();
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.location.cmp(&b.location)));
    findings
}
