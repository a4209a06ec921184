//! LightGBM models in text, from version 2 to 4.
//!
//! Source: `gbdt_model_text.cpp` and `tree.cpp` in microsoft/LightGBM. Trees are checked for what a
//! reader relies on: lengths, children within the tree, and the stated sizes by which the reader cuts
//! the text. A section for a parser plugin is not read. What the text hides from people is for the
//! text format to state; a model dumped as JSON is a JSON document.
//!
//! Not covered: the numbers in the trees, and the section for a parser plugin.

use headworks_types::Fault;
use headworks_types::fact::GraphFact;

use crate::document;
use crate::encoding;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// Models of LightGBM.
pub(crate) static FORMAT: Format = Format { id: "lightgbm", title: "LightGBM model", claims, inspect };

const HEADER_KEYS: &[&str] = &[
    "version",
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "average_output",
    "feature_names",
    "monotone_constraints",
    "feature_infos",
    "tree_sizes",
];

/// Keys of a tree, each with how its length follows from the number of leaves.
const TREE_KEYS: &[(&str, Length)] = &[
    ("num_leaves", Length::Any),
    ("num_cat", Length::Any),
    ("split_feature", Length::Splits),
    ("split_gain", Length::Splits),
    ("threshold", Length::Splits),
    ("decision_type", Length::Splits),
    ("left_child", Length::Splits),
    ("right_child", Length::Splits),
    ("leaf_value", Length::Leaves),
    ("leaf_weight", Length::Leaves),
    ("leaf_count", Length::Leaves),
    ("internal_value", Length::Splits),
    ("internal_weight", Length::Splits),
    ("internal_count", Length::Splits),
    ("cat_boundaries", Length::Any),
    ("cat_threshold", Length::Any),
    ("is_linear", Length::Any),
    ("leaf_const", Length::Leaves),
    ("num_features", Length::Leaves),
    ("leaf_features", Length::Any),
    ("leaf_features_inner", Length::Any),
    ("leaf_coeff", Length::Any),
    ("shrinkage", Length::Any),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Any,
    /// One fewer than leaves.
    Splits,
    Leaves,
}

/// The part of the file that a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Tree,
    /// Between the sections that follow the trees.
    After,
    Importances,
    Parameters,
}

fn claims(probe: &Probe<'_>) -> bool {
    let mut lines = probe.head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.next() == Some(b"tree") && lines.take(4).any(|line| line.starts_with(b"version=v"))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not read");
            return inspection.read_failed(whole, FORMAT.id, &error);
        }
    };
    let text = encoding::of_same_length(&bytes);
    let mut model = Model::default();
    let outcome = model.read(&text);
    let (version, trees) = (&model.version, model.starts.len());
    inspection.identified(
        input,
        FORMAT.id,
        format!("LightGBM model {version}, {trees} trees, {} leaves", model.leaves),
    );
    if let Some(name) = model.objective {
        let (framework, domain) = (FORMAT.id.to_owned(), "objective".to_owned());
        inspection.fact(whole, GraphFact::Operator { framework, domain, name });
    }
    if let Err((at, fault)) = outcome {
        inspection.fact(input.place.at(at as u64..input.bytes.size()), fault);
    }
}

/// What was read, and where each tree begins.
#[derive(Default)]
struct Model {
    version: String,
    objective: Option<String>,
    sizes: Vec<u64>,
    starts: Vec<u64>,
    leaves: u64,
    tree_leaves: u64,
    trees_end: Option<u64>,
}

impl Model {
    fn read(&mut self, text: &str) -> Result<(), (usize, Fault)> {
        let (mut section, mut at) = (Section::Header, 0usize);
        for (number, whole) in text.split_inclusive('\n').enumerate() {
            let line = whole.trim_end_matches(['\n', '\r']);
            if number > 0 && !line.is_empty() {
                section = self.line(section, line, at as u64).map_err(|fault| (at, fault))?;
            }
            at = at.saturating_add(whole.len());
        }
        if self.trees_end.is_none() || matches!(section, Section::Parameters) {
            let wanted = if self.trees_end.is_none() { "the end of the trees" } else { "the end of the parameters" };
            return Err((at, Fault::Truncated { format: FORMAT.id.into(), wanted: wanted.into() }));
        }
        self.check_sizes().map_err(|fault| (0, fault))
    }

    /// Reads a line; the section that the next one stands in.
    fn line(&mut self, section: Section, line: &str, at: u64) -> Result<Section, Fault> {
        match (section, line) {
            (Section::Header | Section::Tree, "end of trees") => {
                self.trees_end = Some(at);
                Ok(Section::After)
            }
            (Section::Header | Section::Tree, line) if line.starts_with("Tree=") => {
                if line.strip_prefix("Tree=").and_then(|number| number.parse().ok()) != Some(self.starts.len()) {
                    return Err(malformed(format!("`{}` as tree {}", shortened(line), self.starts.len())));
                }
                self.starts.push(at);
                self.tree_leaves = 0;
                Ok(Section::Tree)
            }
            (Section::Header, line) => self.header(line).map(|()| section),
            (Section::Tree, line) => self.tree(line).map(|()| section),
            (Section::After | Section::Importances, "parameters:") => Ok(Section::Parameters),
            (Section::After, "feature_importances:" | "feature importances:") => Ok(Section::Importances),
            (Section::Parameters, "end of parameters") => Ok(Section::After),
            (Section::Importances, line) if line.contains('=') => Ok(section),
            (Section::Parameters, line) if line.starts_with('[') && line.ends_with(']') => Ok(section),
            (Section::After | Section::Importances, line) if line.starts_with("pandas_categorical:") => {
                pandas_categories(line).map(|()| Section::After)
            }
            (_, line) => Err(unsupported(format!("the line `{}`", shortened(line)))),
        }
    }

    fn header(&mut self, line: &str) -> Result<(), Fault> {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !HEADER_KEYS.contains(&key) {
            return Err(unsupported(format!("the key `{}`", shortened(key))));
        }
        match key {
            "version" => self.version = shortened(value),
            "objective" => self.objective = value.split(' ').next().map(shortened),
            "tree_sizes" => {
                let sizes: Result<Vec<u64>, _> = value.split_ascii_whitespace().map(str::parse).collect();
                self.sizes = sizes.map_err(|_| malformed("a size of a tree that is no number".into()))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn tree(&mut self, line: &str) -> Result<(), Fault> {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let known = TREE_KEYS.iter().find(|(name, _)| *name == key);
        let Some(&(_, length)) = known else { return Err(unsupported(format!("the key `{}`", shortened(key)))) };
        if key == "num_leaves" {
            self.tree_leaves = value.parse().map_err(|_| malformed("a number of leaves that is none".into()))?;
            self.leaves = self.leaves.saturating_add(self.tree_leaves);
        }
        let splits = self.tree_leaves.saturating_sub(1);
        let wanted = match length {
            Length::Any => return Ok(()),
            Length::Splits => splits,
            Length::Leaves => self.tree_leaves,
        };
        let count = value.split_ascii_whitespace().count() as u64;
        // A tree of one leaf has nothing to split and leaves most lists empty.
        if count != wanted && !(self.tree_leaves <= 1 && count <= 1) {
            return Err(malformed(format!("{} leaves and {count} `{key}`", self.tree_leaves)));
        }
        if matches!(key, "left_child" | "right_child") && !self.has_children(value) {
            return Err(malformed(format!("a `{key}` outside of its tree")));
        }
        Ok(())
    }

    /// Leaves are counted from -1 downwards, splits from 0 up.
    fn has_children(&self, value: &str) -> bool {
        let leaves = i64::try_from(self.tree_leaves).unwrap_or(i64::MAX);
        let splits = leaves.saturating_sub(1).max(1);
        let is_child =
            |word: &str| word.parse::<i64>().is_ok_and(|child| child < splits && child >= leaves.saturating_neg());
        value.split_ascii_whitespace().all(is_child)
    }

    /// The reader cuts the text by the stated sizes, so they must lead to the trees a person sees.
    fn check_sizes(&self) -> Result<(), Fault> {
        if self.sizes.is_empty() {
            return Ok(());
        }
        if self.sizes.len() != self.starts.len() {
            let (stated, found) = (self.sizes.len(), self.starts.len());
            return Err(malformed(format!("{stated} sizes are stated and there are {found} trees")));
        }
        let ends = self.starts.iter().copied().skip(1).chain(self.trees_end);
        let differs = |((start, end), size): ((&u64, u64), &u64)| end.saturating_sub(*start) != *size;
        match self.starts.iter().zip(ends).zip(&self.sizes).position(differs) {
            Some(tree) => Err(malformed(format!("tree {tree} has another size than is stated"))),
            None => Ok(()),
        }
    }
}

/// Categories of a data frame, which the Python package parses as JSON.
fn pandas_categories(line: &str) -> Result<(), Fault> {
    let value = line.strip_prefix("pandas_categorical:").unwrap_or_default();
    match serde_json::from_str::<serde::de::IgnoredAny>(value) {
        Ok(_) => Ok(()),
        Err(_) => Err(malformed("categories that are no JSON".into())),
    }
}

fn unsupported(feature: String) -> Fault {
    Fault::Unsupported { format: FORMAT.id.into(), feature }
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
