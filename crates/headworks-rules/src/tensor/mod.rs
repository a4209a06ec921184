//! Rules about tensors and the tables that describe them.

pub(crate) mod duplicate_tensor_key;
pub(crate) mod misaligned_tensors;
pub(crate) mod overlapping_tensors;
pub(crate) mod suspicious_metadata;
pub(crate) mod tensor_out_of_bounds;
pub(crate) mod tensor_size_mismatch;
pub(crate) mod unclaimed_tensor_bytes;
pub(crate) mod unexpected_metadata_type;

#[cfg(test)]
mod tests {
    use headworks_types::{Fact, Finding, Place, fact::TensorFact};

    use crate::{Evidence, Rule};

    /// What `rule` finds in facts of one tensor file.
    pub(crate) fn findings<const N: usize>(rule: &Rule, kinds: [TensorFact; N]) -> Vec<Finding> {
        let fact = |kind: TensorFact| Fact { location: Place::file("model").at(8..16), times: 1, kind: kind.into() };
        rule.judge(&Evidence::of(&kinds.map(fact)))
    }
}
