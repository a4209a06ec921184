//! Which variables a run had: all names, and the values of those that are known to hold no secret.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables whose values steer a run and are no secrets.
const STATED: &[&str] = &[
    "CONDA_PREFIX",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LOCAL_RANK",
    "MKL_NUM_THREADS",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PATH",
    "PYTHONHASHSEED",
    "PYTHONPATH",
    "PYTORCH_CUDA_ALLOC_CONF",
    "RANK",
    "SOURCE_DATE_EPOCH",
    "TF_CUDNN_DETERMINISTIC",
    "TF_DETERMINISTIC_OPS",
    "TZ",
    "VIRTUAL_ENV",
    "WORLD_SIZE",
    "XLA_FLAGS",
];

/// Variables without which the same seeds may give another result.
const DETERMINISM: &[&str] = &[
    "CUBLAS_WORKSPACE_CONFIG",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_NUM_THREADS",
    "PYTHONHASHSEED",
    "TF_CUDNN_DETERMINISTIC",
    "TF_DETERMINISTIC_OPS",
    "WORLD_SIZE",
    "XLA_FLAGS",
];

/// The variables of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Every name, in order.
    pub(crate) names: Vec<String>,
    /// Values of the variables that are stated.
    pub(crate) values: BTreeMap<String, String>,
}

impl Environment {
    /// Sorts variables into names and values that may be stated.
    pub(crate) fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let (mut names, mut values) = (Vec::new(), BTreeMap::new());
        for (name, value) in variables {
            let name = name.to_string_lossy().into_owned();
            if STATED.contains(&name.as_str()) {
                values.insert(name.clone(), value.to_string_lossy().into_owned());
            }
            names.push(name);
        }
        names.sort();
        Self { names, values }
    }

    /// The switches of determinism, with null for those that are not set.
    pub(crate) fn determinism(&self) -> BTreeMap<&'static str, Option<&String>> {
        DETERMINISM.iter().map(|name| (*name, self.values.get(*name))).collect()
    }
}

/// Words in the name of an option whose value is a secret.
const SECRET_WORDS: [&str; 7] = ["token", "secret", "password", "passwd", "api-key", "apikey", "credential"];
/// What is stated in place of a secret.
const WITHHELD: &str = "***";

/// Arguments without the values of options that are named like secrets.
pub(crate) fn stated_arguments(argv: &[OsString]) -> Vec<String> {
    let mut withhold = false;
    let stated = argv.iter().map(|argument| {
        let text = argument.to_string_lossy().into_owned();
        if std::mem::take(&mut withhold) && !text.starts_with('-') {
            return WITHHELD.to_owned();
        }
        let (name, value) = text.split_once('=').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
        let folded = name.to_ascii_lowercase().replace('_', "-");
        if !SECRET_WORDS.iter().any(|word| folded.contains(word)) {
            return text;
        }
        withhold = value.is_none() && name.starts_with('-');
        if value.is_some() { format!("{name}={WITHHELD}") } else { text }
    });
    stated.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_stated_by_a_list_and_names_always() {
        let variables = [("PYTHONHASHSEED", "0"), ("HF_TOKEN", "hf_secret"), ("AWS_SECRET_ACCESS_KEY", "k")];
        let environment = Environment::of(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        assert_eq!(environment.names, ["AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PYTHONHASHSEED"]);
        assert_eq!(environment.values.keys().collect::<Vec<_>>(), ["PYTHONHASHSEED"]);
        assert_eq!(environment.determinism()["PYTHONHASHSEED"].map(String::as_str), Some("0"));
        assert_eq!(environment.determinism()["WORLD_SIZE"], None);
    }

    #[test]
    fn secrets_in_arguments_are_withheld() {
        let stated = |argv: &[&str]| stated_arguments(&argv.iter().map(OsString::from).collect::<Vec<_>>()).join(" ");
        assert_eq!(
            stated(&["x", "--hf-token=abc", "--api_key", "def", "in.csv"]),
            "x --hf-token=*** --api_key *** in.csv"
        );
        assert_eq!(stated(&["x", "--use-token", "--out", "y"]), "x --use-token --out y");
        assert_eq!(stated(&["x", "--epochs", "3", "tokenizer.json"]), "x --epochs 3 tokenizer.json");
    }
}
