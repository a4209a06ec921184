//! What is known about the callables that configuration names.
//!
//! A loader imports the module and calls the object, with arguments from the same document. So a
//! name is judged as a pickle's import is: what runs commands is known, what libraries document for
//! configuration is known, and anything else is not.

/// How far a callable is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Runs commands or code, opens files or connections, or turns data into a callable.
    Dangerous,
    /// A class, or a listed function, of a library that is configured this way.
    Known,
    /// Neither.
    Unknown,
}

/// Modules whose members act on the host, wherever in a dotted name they appear:
/// `transformers.utils.os.system` is `os.system`.
const DANGEROUS_MODULES: [&str; 38] = [
    "__builtin__",
    "__builtins__",
    "_posixsubprocess",
    "asyncio",
    "bdb",
    "builtins",
    "cloudpickle",
    "code",
    "codeop",
    "commands",
    "ctypes",
    "dill",
    "ftplib",
    "hub",
    "importlib",
    "ipdb",
    "joblib",
    "marshal",
    "multiprocessing",
    "nt",
    "os",
    "pathlib",
    "pdb",
    "pickle",
    "pip",
    "pkgutil",
    "popen2",
    "posix",
    "pty",
    "requests",
    "runpy",
    "shelve",
    "shutil",
    "smtplib",
    "socket",
    "subprocess",
    "sys",
    "webbrowser",
];

/// Functions that act on the host or resolve a name given as data, by their last part.
const DANGEROUS_NAMES: [&str; 22] = [
    "__import__",
    "breakpoint",
    "call",
    "compile",
    "eval",
    "exec",
    "execfile",
    "get_class",
    "get_method",
    "get_object",
    "getattr",
    "import_from_string",
    "import_module",
    "import_string",
    "input",
    "load_inline",
    "load_library",
    "locate",
    "open",
    "run_path",
    "setattr",
    "system",
];

/// Whole names that a prefix below would otherwise let pass.
const DANGEROUS_MEMBERS: [&str; 14] = [
    "hydra.utils.instantiate",
    "numpy.f2py",
    "numpy.load",
    "pandas.read_pickle",
    "torch.classes",
    "torch.distributed.rpc",
    "torch.jit.load",
    "torch.load",
    "torch.ops",
    "torch.package",
    "torch.serialization.load",
    "torch.utils.cpp_extension",
    "torch.utils.model_zoo",
    "yaml.unsafe_load",
];

/// Libraries whose classes are made to be named in configuration.
const LIBRARIES: [&str; 44] = [
    "accelerate",
    "audiocraft",
    "auraloss",
    "bitsandbytes",
    "bionemo",
    "coqui",
    "datasets",
    "deepspeed",
    "diffusers",
    "espnet",
    "espnet2",
    "flash_attn",
    "flax",
    "hydra_plugins",
    "kornia",
    "ldm",
    "lightning",
    "lightning_fabric",
    "llmcompressor",
    "megatron",
    "mmcv",
    "monai",
    "nemo",
    "nemo_automodel",
    "nemo_text_processing",
    "omegaconf",
    "open_clip",
    "optimum",
    "peft",
    "pyannote",
    "pytorch_lightning",
    "sentence_transformers",
    "sgm",
    "speechbrain",
    "taming",
    "tensorflow_tts",
    "timm",
    "tokenizers",
    "torch",
    "torchaudio",
    "torchmetrics",
    "torchtune",
    "torchvision",
    "transformers",
];

/// Namespaces whose functions, too, are made for it, and modules that are imported as such.
const NAMESPACES: [&str; 23] = [
    "mlflow.catboost",
    "mlflow.fastai",
    "mlflow.keras",
    "mlflow.lightgbm",
    "mlflow.onnx",
    "mlflow.prophet",
    "mlflow.pyfunc.model",
    "mlflow.pytorch",
    "mlflow.sentence_transformers",
    "mlflow.sklearn",
    "mlflow.spacy",
    "mlflow.statsmodels",
    "mlflow.tensorflow",
    "mlflow.transformers",
    "mlflow.xgboost",
    "pyannote.audio",
    "torch.nn.functional",
    "torch.nn.init",
    "torchtune.datasets",
    "torchtune.models",
    "torchtune.modules.loss",
    "torchtune.training",
    "transformers.models",
];

/// Folders of pipelines in diffusers, which `model_index.json` names without the package.
const PIPELINE_FOLDERS: [&str; 14] = [
    "deepfloyd_if",
    "flux",
    "kandinsky",
    "kandinsky2_2",
    "latent_diffusion",
    "lumina",
    "paint_by_example",
    "shap_e",
    "stable_audio",
    "stable_cascade",
    "stable_diffusion",
    "stable_diffusion_xl",
    "unclip",
    "wuerstchen",
];

/// How far the callable or module `name` is known.
pub(super) fn standing(name: &str) -> Standing {
    let parts: Vec<&str> = name.split('.').collect();
    let (first, last) = (parts.first().copied().unwrap_or(""), parts.last().copied().unwrap_or(""));
    let is_bare = parts.len() == 1;
    let dangerous_module = parts.iter().any(|part| DANGEROUS_MODULES.contains(part) && !(is_bare && *part == "hub"));
    if dangerous_module
        || DANGEROUS_NAMES.contains(&last)
        || DANGEROUS_MEMBERS.iter().any(|member| within(name, member))
    {
        return Standing::Dangerous;
    }
    if !parts.iter().all(|part| is_identifier(part)) {
        return Standing::Unknown;
    }
    let is_class = last.starts_with(|c: char| c.is_uppercase());
    let is_library = LIBRARIES.contains(&first) || PIPELINE_FOLDERS.contains(&first);
    let is_constructor = last == "from_pretrained" || last == "from_config";
    let known = (is_library && (is_class || is_constructor)) || NAMESPACES.iter().any(|space| within(name, space));
    if known { Standing::Known } else { Standing::Unknown }
}

fn within(name: &str, space: &str) -> bool {
    name.strip_prefix(space).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_identifier(part: &str) -> bool {
    let starts = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && !part.starts_with("__") && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dangerous_module_is_found_wherever_it_stands() {
        for name in ["os.system", "subprocess.Popen", "transformers.utils.os.system", "builtins.exec", "torch.hub.load"]
        {
            assert_eq!(standing(name), Standing::Dangerous, "{name}");
        }
    }

    #[test]
    fn what_resolves_names_is_dangerous_in_an_allowed_library() {
        for name in ["hydra.utils.get_method", "torch.load", "torch.utils.cpp_extension.load", "eval"] {
            assert_eq!(standing(name), Standing::Dangerous, "{name}");
        }
    }

    #[test]
    fn classes_of_known_libraries_are_known() {
        for name in [
            "sentence_transformers.models.Transformer",
            "torch.nn.modules.activation.Tanh",
            "nemo.collections.asr.modules.ConvASREncoder",
            "stable_diffusion.StableDiffusionSafetyChecker",
            "torch.nn.functional.gelu",
            "transformers.models.llama.modeling_llama",
        ] {
            assert_eq!(standing(name), Standing::Known, "{name}");
        }
    }

    #[test]
    fn a_prefix_without_its_dot_and_a_function_of_a_library_are_not_known() {
        for name in
            ["torchevil.nn.Linear", "torch.some_function", "my_module.Class", "torch.…", "torch.__dict__", "UNet"]
        {
            assert_eq!(standing(name), Standing::Unknown, "{name}");
        }
    }
}
