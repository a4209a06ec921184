//! How far an object is known that a loader builds by name.

use std::collections::HashSet;
use std::sync::LazyLock;

use headworks_types::fact::{Callee, GraphFact, PickleFact, PickleOpcode};
use headworks_types::{Fact, FactKind};

use super::operators::lists;
use crate::Evidence;
use crate::pickle::catalogue;
use crate::profiles::Answer;

pub(crate) const KERAS: &str = include_str!("../../profiles/keras-objects.txt");

/// Public names of Keras; a configuration without modules is looked up among them.
static KERAS_NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| KERAS.lines().filter(|line| !line.starts_with('#')).collect());

/// How far an object is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A layer, a function or a value that a configuration is made of.
    Listed,
    /// It runs code, opens files or resolves names that the file gives; with the reason.
    Dangerous(&'static str),
    /// It is built from code that the file brings.
    BuildsCode(&'static str),
    /// On no list.
    Unlisted,
}

/// Layers that are built from code, each with what it does.
const CODE_BUILDING: &[(&str, &str)] = &[
    ("Lambda", "runs a function whose code the file holds or names"),
    ("TFSMLayer", "loads another SavedModel, whose graph runs what it likes"),
    ("TorchModuleWrapper", "unpickles a module with `torch.load`"),
    ("JaxLayer", "calls functions that the file names or holds"),
    ("FlaxLayer", "calls functions that the file names or holds"),
];

/// Functions of Keras that act on the host or switch checks off.
const ACTING: &[(&str, &str)] = &[
    ("enable_unsafe_deserialization", "switches off the check that keeps code from being loaded"),
    ("get_file", "downloads a file and unpacks it"),
    ("load_model", "loads another model"),
    ("load_weights", "opens another file"),
    ("model_from_json", "builds another model from text"),
    ("set_backend", "imports a module by name"),
];

/// Packages of layers whose configurations are common.
const KERAS_PACKAGES: [&str; 7] =
    ["keras", "keras_hub", "keras_nlp", "keras_cv", "keras_rs", "tf_keras", "keras_tuner"];

/// Parts of Keras in which configurations find their objects; `utils`, `saving` and `config` are none.
const KERAS_PARTS: [&str; 19] = [
    "activations",
    "constraints",
    "dtype_policies",
    "engine",
    "initializers",
    "layers",
    "legacy",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "quantizers",
    "random",
    "regularizers",
    "samplers",
    "tokenizers",
    "applications",
];

/// Types of plain data, which skops builds from the schema itself.
const DATA_TYPES: [&str; 16] = [
    "NoneType",
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "object",
    "range",
    "set",
    "slice",
    "str",
    "tuple",
];

/// Objects that the facts say are built, each with its framework, key, module and name.
pub(super) fn objects<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = Object<'a>> + use<'a> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Graph(GraphFact::Object { framework, key, module, name }) => {
            Some(Object { fact, framework, key, module, name })
        }
        _ => None,
    })
}

/// One object that a loader builds.
pub(super) struct Object<'a> {
    pub(super) fact: &'a Fact,
    pub(super) framework: &'a str,
    pub(super) key: &'a str,
    module: &'a str,
    pub(super) name: &'a str,
}

impl Object<'_> {
    /// `module.name`, or the name alone where the loader has a registry.
    pub(super) fn dotted(&self) -> String {
        if self.module.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.module, self.name) }
    }

    /// How far it is known.
    pub(super) fn standing(&self, evidence: &Evidence<'_>) -> Standing {
        match self.framework {
            "keras" => keras(self.module, self.name),
            "orbax" => orbax(self.module, self.name),
            // Defined by the archive's own code, whose operators are judged.
            "torchscript" => Standing::Listed,
            "tensorrt" => by_list("tensorrt", "plugin", self.name),
            "triton" => by_list("triton", "backend", self.name),
            _ => by_profile(evidence, self.module, self.name),
        }
    }
}

fn keras(module: &str, name: &str) -> Standing {
    // TensorFlow has a Keras of its own, under its own name or as functions of an operation layer.
    let module =
        module.strip_prefix("tensorflow.python.").or_else(|| module.strip_prefix("tensorflow.")).unwrap_or(module);
    if let Some((within, name)) =
        name.strip_prefix("keras.").filter(|_| module == "tensorflow").and_then(|name| name.rsplit_once('.'))
    {
        return of_keras(&format!("keras.{within}"), name);
    }
    of_keras(module, name)
}

fn of_keras(module: &str, name: &str) -> Standing {
    let short = name.rsplit('>').next().unwrap_or(name);
    let of = |list: &[(&str, &'static str)]| list.iter().find(|(known, _)| *known == short).map(|(_, why)| *why);
    let mut parts = module.split('.');
    let package = parts.next().unwrap_or_default();
    let is_keras = module.is_empty() || KERAS_PACKAGES.contains(&package);
    if is_keras && let Some(why) = of(ACTING) {
        return Standing::Dangerous(why);
    }
    if is_keras && let Some(why) = of(CODE_BUILDING) {
        return Standing::BuildsCode(why);
    }
    if package == "tensorflow" {
        return tensorflow(module, name);
    }
    if let Some(danger) = catalogue::danger(module, name).filter(|_| !module.is_empty()) {
        return Standing::Dangerous(&danger.why);
    }
    let is_part = parts.any(|part| KERAS_PARTS.contains(&part));
    let is_registered = KERAS_NAMES.contains(short);
    match (package, is_keras) {
        ("" | "builtins", _) if is_registered => Standing::Listed,
        (_, true) if !module.is_empty() && (is_part || is_registered) && is_plain(name) => Standing::Listed,
        _ => Standing::Unlisted,
    }
}

/// What `TFOpLambda` looks up in TensorFlow's own namespace: mathematics, and what is not.
fn tensorflow(module: &str, name: &str) -> Standing {
    const MATHEMATICS: [&str; 15] = [
        "math",
        "nn",
        "linalg",
        "image",
        "signal",
        "strings",
        "random",
        "sparse",
        "ragged",
        "bitwise",
        "compat",
        "dtypes",
        "quantization",
        "audio",
        "sets",
    ];
    const ACTING: [&str; 13] = [
        "io",
        "load_op_library",
        "load_library",
        "py_function",
        "numpy_function",
        "py_func",
        "saved_model",
        "get_file",
        "data",
        "debugging",
        "raw_ops",
        "train",
        "autograph",
    ];
    let dotted = format!("{module}.{name}");
    let mut parts = dotted.split('.').skip(1);
    if parts.clone().any(|part| ACTING.contains(&part)) {
        return Standing::Dangerous("reads or writes files, loads libraries or calls Python");
    }
    let first = parts.next().unwrap_or_default();
    // Functions at the top of the namespace are array operations: `tf.reshape`, `tf.concat`.
    let is_top = parts.next().is_none() && is_plain(first);
    let is_spec = matches!(name, "TensorSpec" | "TensorShape" | "RaggedTensorSpec" | "SparseTensorSpec");
    if is_top || is_spec || MATHEMATICS.contains(&first) { Standing::Listed } else { Standing::Unlisted }
}

/// Handlers that Orbax registers itself, and the types that they restore; a reader imports neither.
fn orbax(module: &str, name: &str) -> Standing {
    match module.strip_prefix("orbax.checkpoint.") {
        None if module.is_empty() => by_list("orbax", "type", name),
        Some(_) if is_plain(module) => by_list("orbax", "handler", name),
        _ => Standing::Unlisted,
    }
}

/// What a framework's list says of names that its loader looks up and does not import.
fn by_list(framework: &str, domain: &str, name: &str) -> Standing {
    if lists(framework, domain, name) { Standing::Listed } else { Standing::Unlisted }
}

/// What the allow-list profiles of pickles say of the same name.
fn by_profile(evidence: &Evidence<'_>, module: &str, name: &str) -> Standing {
    // skops restores generators of random numbers by their state, and functions of pickles never.
    let is_generator =
        matches!((module, name), ("numpy.random.mtrand", "RandomState") | ("numpy.random._generator", "Generator"));
    if is_generator || module == "builtins" && DATA_TYPES.contains(&name) {
        return Standing::Listed;
    }
    let callee = Callee::Name { module: module.to_owned(), name: name.to_owned(), spelled: None };
    let import = PickleFact::Import { callee, opcode: PickleOpcode::StackGlobal };
    match evidence.profiles.answer(&import, evidence.artifact) {
        Some(Answer::Allowed) => Standing::Listed,
        Some(Answer::Dangerous(danger)) => Standing::Dangerous(&danger.why),
        _ => Standing::Unlisted,
    }
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '>'))
        && !name.split('.').any(|part| part.starts_with("__") && !part.ends_with("__"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_listed_with_and_without_their_module() {
        for (module, name) in [
            ("keras.layers", "Dense"),
            ("", "Dense"),
            ("keras.src.models.functional", "Functional"),
            ("keras.src.ops.numpy", "Add"),
            ("builtins", "relu"),
            ("keras_hub.src.models.bert.bert_backbone", "keras_hub>BertBackbone"),
            ("tensorflow", "math.multiply"),
            ("tensorflow", "reshape"),
        ] {
            assert_eq!(keras(module, name), Standing::Listed, "{module} {name}");
        }
    }

    #[test]
    fn what_acts_on_the_host_is_dangerous_inside_keras_and_outside() {
        for (module, name) in [
            ("os", "system"),
            ("builtins", "exec"),
            ("keras.config", "enable_unsafe_deserialization"),
            ("keras.utils", "get_file"),
            ("torch.hub", "load"),
            ("tensorflow", "io.write_file"),
            ("tensorflow", "load_op_library"),
            ("tensorflow", "keras.models.load_model"),
            ("tensorflow.keras.utils", "get_file"),
        ] {
            assert!(matches!(keras(module, name), Standing::Dangerous(_)), "{module} {name}");
        }
    }

    #[test]
    fn a_layer_of_code_is_one_under_every_name_of_keras() {
        for module in
            ["", "keras.layers", "keras.src.layers.core.lambda_layer", "tensorflow.keras.layers", "tf_keras.layers"]
        {
            assert!(matches!(keras(module, "Lambda"), Standing::BuildsCode(_)), "{module}");
            assert_eq!(keras(module, "Dense"), Standing::Listed, "{module}");
        }
    }

    #[test]
    fn handlers_of_orbax_are_listed_and_those_of_somebody_are_not() {
        let module = "orbax.checkpoint._src.handlers.pytree_checkpoint_handler";
        assert_eq!(orbax(module, "PyTreeCheckpointHandler"), Standing::Listed);
        assert_eq!(orbax("", "jax.Array"), Standing::Listed);
        for (module, name) in [("acme.handlers", "PyTreeCheckpointHandler"), (module, "Runner"), ("", "acme.Tensor")] {
            assert_eq!(orbax(module, name), Standing::Unlisted, "{module} {name}");
        }
    }

    #[test]
    fn plugins_of_tensorrt_are_listed_and_those_of_somebody_are_not() {
        assert_eq!(by_list("tensorrt", "plugin", "EfficientNMS_TRT"), Standing::Listed);
        assert_eq!(by_list("tensorrt", "plugin", "Headworks_TRT"), Standing::Unlisted);
    }

    #[test]
    fn names_that_sound_alike_are_unlisted() {
        for (module, name) in
            [("kerasx.layers", "Dense"), ("keras.utils", "anything"), ("", "MyLayer"), ("acme", "Dense")]
        {
            assert_eq!(keras(module, name), Standing::Unlisted, "{module} {name}");
        }
    }
}
