//! `*.index.json`: which shard holds which tensor.
//!
//! Source: `split_state_dict_into_shards` of huggingface_hub, which writes it for transformers and
//! diffusers: `weight_map` maps each tensor to a file beside the index, `metadata.total_size` is the
//! bytes of all tensors. A map of megabytes becomes one digest for each shard.

use std::borrow::Cow;
use std::collections::BTreeMap;

use headworks_types::{Fault, fact::RepositoryFact};

use super::{Step, is_at};
use crate::document::Scalar;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::tensor_table::naming;

/// An index on its way.
#[derive(Default)]
pub(super) struct Index<'t> {
    tensors_max: u64,
    tensors: u64,
    shards: BTreeMap<String, Vec<Cow<'t, str>>>,
    total: Option<u64>,
}

impl<'t> Index<'t> {
    /// An index of which no more than `tensors_max` tensors are kept.
    pub(super) fn new(tensors_max: u64) -> Self {
        Self { tensors_max, ..Self::default() }
    }

    pub(super) fn scalar(&mut self, path: &[Step<'t>], scalar: &Scalar<'_>) {
        match (scalar, path.last()) {
            (Scalar::Text(file), Some(step)) if is_at(path, &["weight_map", "*"]) => {
                self.tensors = self.tensors.saturating_add(1);
                if self.tensors > self.tensors_max {
                    return;
                }
                let tensors = match self.shards.get_mut(&**file) {
                    Some(tensors) => tensors,
                    None => self.shards.entry(file.clone().into_owned()).or_default(),
                };
                tensors.push(step.key.clone());
            }
            (Scalar::Number(digits), _) if is_at(path, &["metadata", "total_size"]) => {
                // Some writers computed it with floating point: `4938985472.0`.
                let whole = digits.strip_suffix(".0").unwrap_or(digits);
                self.total = whole.parse().ok();
            }
            _ => {}
        }
    }

    pub(super) fn state(self, input: &Input<'_>, inspection: &mut Inspection<'_>) {
        let whole = input.place.at(0..input.bytes.size());
        if self.tensors > self.tensors_max {
            let fault = Fault::Budget { limit: "tensors_max".into(), max: self.tensors_max };
            return inspection.fact(whole, fault);
        }
        if let Some(bytes) = self.total.filter(|_| self.tensors > 0) {
            inspection.fact(whole.clone(), RepositoryFact::IndexTotal { bytes });
        }
        for (file, tensors) in self.shards {
            let mut names: Vec<&str> = tensors.iter().map(|name| &**name).collect();
            names.sort_unstable();
            // A loader takes the last of equal keys; that there are any is stated as such.
            names.dedup();
            let (tensors, names) = (names.len() as u64, naming::digest(&names));
            inspection.fact(whole.clone(), RepositoryFact::Shard { file: shortened(&file), tensors, names });
        }
    }
}
