//! What the person who starts a run adds to it: facts that nobody can observe.
//!
//! ```toml
//! reviewer = "Ada"
//! licences = ["Apache-2.0"]
//!
//! [base]
//! uri = "https://models.example/base"
//! digest = "sha256:…"
//!
//! [[mixture]]
//! dataset = "data/reviews.csv"
//! weight = 1.0
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use headworks_types::Digest;
use serde::{Deserialize, Serialize};

use crate::recording::ReadFile;

/// A manifest; unknown keys are errors.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Who looked at what is about to run.
    pub reviewer: Option<String>,
    /// Licences under which the result may be used, as SPDX expressions.
    #[serde(default)]
    pub licences: Vec<String>,
    /// The model that this one starts from.
    pub base: Option<Base>,
    /// Datasets and how much each counts.
    #[serde(default)]
    pub mixture: Vec<Part>,
    /// Whatever steers the training.
    #[serde(default)]
    pub hyperparameters: toml::Table,
    /// Seeds, by what they seed.
    #[serde(default)]
    pub seeds: BTreeMap<String, i64>,
    /// What was done to the data, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What the run reads.
    #[serde(default)]
    pub inputs: Vec<Input>,
}

/// A model that another one starts from.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Where it came from.
    pub uri: String,
    /// Of its files or its tree.
    pub digest: Digest,
}

/// A dataset of a mixture.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// A path or a URI.
    pub dataset: String,
    /// Its share; all of them make 1.
    pub weight: f64,
    /// How often it was gone through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// How rows were drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<String>,
    /// Which rows were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// A transformation of data.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What was done: tokenize, dedup, label.
    pub op: String,
    /// By what, as a purl.
    pub tool: String,
    /// With which settings.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub parameters: toml::Table,
    /// Digest of what went in.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub input: Option<Digest>,
    /// Digest of what came out.
    #[serde(rename = "out", skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
    /// Rows that went in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_in: Option<u64>,
    /// Rows that came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_out: Option<u64>,
    /// Rows that were dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<u64>,
}

/// Something that the run reads.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A file, or a folder whose files are all inputs; relative to where the command runs.
    pub path: Option<PathBuf>,
    /// Where it came from.
    pub uri: Option<String>,
    /// Of the file; demanded to be the one that was read.
    pub digest: Option<Digest>,
    /// An SPDX expression.
    pub licence: Option<String>,
    /// More about it.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no TOML, or has a key or a value that is not one of a manifest.
    #[error("{}", .0.to_string().trim_end())]
    Malformed(#[from] toml::de::Error),
    /// It is longer than any manifest.
    #[error("it has {length} bytes; at most {max} are read")]
    TooLong {
        /// Its length.
        length: usize,
        /// The bound.
        max: usize,
    },
    /// A weight is no share.
    #[error("the weight of `{dataset}` is {weight}; a weight is above 0 and at most 1")]
    Weight {
        /// The dataset.
        dataset: String,
        /// What was written.
        weight: f64,
    },
    /// The shares do not make a whole.
    #[error("the weights of the mixture sum to {sum}, not to 1")]
    Sum {
        /// What they make.
        sum: f64,
    },
    /// An input says neither where it is nor where it came from.
    #[error("input {index} has neither `path` nor `uri`")]
    Nameless {
        /// Its place, from 1.
        index: usize,
    },
    /// Two inputs are one.
    #[error("input `{path}` is declared twice", path = path.display())]
    Twice {
        /// The path.
        path: PathBuf,
    },
    /// Rows appear or vanish between the numbers of a step.
    #[error("step {index} (`{op}`): {rows_out} rows came out and {dropped} were dropped of {rows_in}")]
    Rows {
        /// Its place, from 1.
        index: usize,
        /// What it does.
        op: String,
        /// Rows in.
        rows_in: u64,
        /// Rows out.
        rows_out: u64,
        /// Rows dropped.
        dropped: u64,
    },
}

/// How an input differs from what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Other bytes were read than declared.
    Digest {
        /// The input.
        path: PathBuf,
        /// What the manifest says.
        declared: Digest,
        /// What was read, when that is known.
        read: Option<Digest>,
    },
    /// It was not read at all.
    NotRead {
        /// The input.
        path: PathBuf,
    },
}

/// Longest manifest.
const MANIFEST_BYTES_MAX: usize = 4 << 20;
/// How far the weights may be from 1: rounding of written decimals.
const SUM_TOLERANCE: f64 = 1e-9;

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When it is malformed, or says something that cannot be.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let (length, max) = (text.len(), MANIFEST_BYTES_MAX);
        if length > max {
            return Err(ManifestError::TooLong { length, max });
        }
        let manifest: Self = toml::from_str(text)?;
        manifest.check_mixture()?;
        manifest.check_steps()?;
        manifest.check_inputs()?;
        Ok(manifest)
    }

    fn check_mixture(&self) -> Result<(), ManifestError> {
        for Part { dataset, weight, .. } in &self.mixture {
            // Written so that a weight that is no number fails too.
            if !(*weight > 0.0 && *weight <= 1.0) {
                return Err(ManifestError::Weight { dataset: dataset.clone(), weight: *weight });
            }
        }
        let sum: f64 = self.mixture.iter().map(|part| part.weight).sum();
        let is_whole = (sum - 1.0).abs() <= SUM_TOLERANCE;
        if self.mixture.is_empty() || is_whole { Ok(()) } else { Err(ManifestError::Sum { sum }) }
    }

    fn check_steps(&self) -> Result<(), ManifestError> {
        for (index, step) in (1..).zip(&self.steps) {
            let (Some(rows_in), Some(rows_out), Some(dropped)) = (step.rows_in, step.rows_out, step.dropped) else {
                continue;
            };
            if rows_out.checked_add(dropped) != Some(rows_in) {
                return Err(ManifestError::Rows { index, op: step.op.clone(), rows_in, rows_out, dropped });
            }
        }
        Ok(())
    }

    fn check_inputs(&self) -> Result<(), ManifestError> {
        let mut seen = BTreeSet::new();
        for (index, input) in (1..).zip(&self.inputs) {
            if input.path.is_none() && input.uri.is_none() {
                return Err(ManifestError::Nameless { index });
            }
            if let Some(path) = input.path.as_ref().filter(|path| !seen.insert(*path)) {
                return Err(ManifestError::Twice { path: path.clone() });
            }
        }
        Ok(())
    }

    /// What was declared with a digest and read with another, or not at all.
    pub fn differences(&self, folder: &Path, read: &[ReadFile]) -> Vec<Difference> {
        let declared = self.located(folder);
        let declared = declared.iter().filter_map(|(full, input)| Some((full, input.path.as_ref()?, input.digest?)));
        declared
            .filter_map(|(full, path, declared)| match read.iter().find(|file| file.path == *full) {
                None => Some(Difference::NotRead { path: path.clone() }),
                Some(file) if file.digest == Some(declared) => None,
                Some(file) => Some(Difference::Digest { path: path.clone(), declared, read: file.digest }),
            })
            .collect()
    }

    /// The inputs that have a path, with where they lie, without links.
    pub(crate) fn located(&self, folder: &Path) -> Vec<(PathBuf, &Input)> {
        let located = self.inputs.iter().filter_map(|input| {
            let full = folder.join(input.path.as_ref()?);
            Some((full.canonicalize().unwrap_or(full), input))
        });
        located.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::State;

    fn refused(text: &str) -> String {
        Manifest::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_manifest_is_read() {
        let text = "reviewer = 'Ada'\nlicences = ['MIT']\n[base]\nuri = 'x:y'\ndigest = 'sha256:".to_owned()
            + &"ab".repeat(32)
            + "'\n[[mixture]]\ndataset = 'a'\nweight = 0.7\nepochs = 2\n[[mixture]]\ndataset = 'b'\nweight = 0.3\n\
               [hyperparameters]\nlearning_rate = 0.1\n[seeds]\nnumpy = 7\n[[steps]]\nop = 'dedup'\ntool = 'pkg:pypi/x@1'\n\
               rows_in = 3\nrows_out = 2\ndropped = 1\n[[inputs]]\npath = 'a'\nlicence = 'MIT'\n";
        let manifest = Manifest::parse(&text).unwrap();
        assert_eq!((manifest.mixture.len(), manifest.seeds["numpy"]), (2, 7));
        assert_eq!(Manifest::parse(""), Ok(Manifest::default()).map_err(|_: ManifestError| unreachable!()));
    }

    impl PartialEq for ManifestError {
        fn eq(&self, other: &Self) -> bool {
            self.to_string() == other.to_string()
        }
    }

    #[test]
    fn an_unknown_key_is_named() {
        for text in ["reviewr = 'x'", "[base]\nuri = 'x'\nurl = 'y'", "[[inputs]]\npath = 'a'\nsha256 = 'b'"] {
            let said = refused(text);
            assert!(said.contains("unknown field") && said.contains("expected"), "{said}");
        }
    }

    #[test]
    fn weights_make_a_whole() {
        let mixture = |weights: &[&str]| {
            weights.iter().map(|weight| format!("[[mixture]]\ndataset = 'd'\nweight = {weight}\n")).collect::<String>()
        };
        assert!(Manifest::parse(&mixture(&["0.1", "0.2", "0.3", "0.4"])).is_ok());
        assert!(Manifest::parse(&mixture(&["0.5", "0.5000000001"])).is_ok());
        for bad in [&["0.5", "0.50000001"][..], &["1.5", "-0.5"], &["nan"], &["inf"], &["0.0", "1.0"], &["0.9"]] {
            assert!(Manifest::parse(&mixture(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn rows_do_not_vanish_between_the_numbers() {
        let step = |dropped: u64| {
            format!("[[steps]]\nop = 'filter'\ntool = 't'\nrows_in = 10\nrows_out = 7\ndropped = {dropped}\n")
        };
        assert!(Manifest::parse(&step(3)).is_ok());
        assert!(refused(&step(2)).contains("filter"));
    }

    #[test]
    fn inputs_are_named_once() {
        assert!(refused("[[inputs]]\nlicence = 'MIT'").contains("neither"));
        assert!(refused("[[inputs]]\npath = 'a'\n[[inputs]]\npath = 'a'").contains("twice"));
    }

    #[test]
    fn a_declared_digest_must_be_the_one_that_was_read() {
        let digest = Digest::of(b"rows");
        let manifest = Manifest::parse(&format!("[[inputs]]\npath = '/data/x'\ndigest = '{digest}'")).unwrap();
        let read = |digest| {
            let (path, opened_as) = ("/data/x".into(), None);
            vec![ReadFile { path, opened_as, digest, state: State::Unchanged, executed: false }]
        };
        let differences = |read: &[ReadFile]| manifest.differences(Path::new("/"), read);
        assert_eq!(differences(&read(Some(digest))), []);
        assert!(matches!(differences(&read(Some(Digest::of(b"other"))))[..], [Difference::Digest { .. }]));
        assert!(matches!(differences(&read(None))[..], [Difference::Digest { read: None, .. }]));
        assert!(matches!(differences(&[])[..], [Difference::NotRead { .. }]));
    }
}
