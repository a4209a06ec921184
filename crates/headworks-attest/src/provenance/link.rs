//! Links (in-toto link v0.3): what a step took and, as its subjects, made.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PredicateError, malformed, read};
use crate::encoding::null_is_default;
use crate::statement::{ResourceDescriptor, Statement};

/// Type of links.
pub const V0_3: &str = "https://in-toto.io/attestation/link/v0.3";

/// What a step took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Which step.
    pub name: String,
    /// What ran.
    #[serde(default, deserialize_with = "null_is_default")]
    pub command: Vec<String>,
    /// What it took.
    #[serde(default, deserialize_with = "null_is_default")]
    pub materials: Vec<ResourceDescriptor>,
    /// What else it left.
    #[serde(default)]
    pub byproducts: Value,
    /// Where it ran.
    #[serde(default)]
    pub environment: Value,
}

impl Link {
    /// Reads what a step took.
    ///
    /// # Errors
    /// When it is of another type, or names of materials or products are missing or occur twice.
    pub fn of(statement: &Statement) -> Result<Self, PredicateError> {
        let link: Self = read(statement, &[V0_3])?;
        let bound = |list: &[ResourceDescriptor]| {
            let names: BTreeSet<&str> = list.iter().map(|descriptor| descriptor.name.as_str()).collect();
            names.len() == list.len() && list.iter().all(|one| !one.name.is_empty() && !one.digest.is_empty())
        };
        match bound(&link.materials) && bound(&statement.subject) {
            true => Ok(link),
            false => Err(malformed(statement, "each material and product needs a digest and a name of its own")),
        }
    }

    /// Whether every product of `before` with a name that this step took is what it took.
    pub fn continues(&self, before: &Statement) -> bool {
        let same = |product: &ResourceDescriptor, material: &ResourceDescriptor| {
            let shared = product.digest.iter().filter(|(name, _)| material.digest.contains_key(*name)).count();
            shared > 0
                && product.digest.iter().all(|(name, hex)| material.digest.get(name).is_none_or(|other| other == hex))
        };
        let taken = |product: &&ResourceDescriptor| self.materials.iter().any(|material| material.name == product.name);
        let mut products = before.subject.iter().filter(taken).peekable();
        products.peek().is_some()
            && products.all(|product| {
                self.materials.iter().filter(|material| material.name == product.name).all(|one| same(product, one))
            })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::statement;
    use super::*;

    fn materials(hex: &str) -> Value {
        json!({ "name": "deploy", "materials": [{ "name": "model", "digest": { "sha256": hex } }] })
    }

    #[test]
    fn a_step_continues_one_that_made_what_it_took() {
        let before = statement("https://example.invalid", Value::Null);
        let link = |hex: &str| Link::of(&statement(V0_3, materials(hex))).unwrap();
        assert!(link(&"ab".repeat(32)).continues(&before));
        assert!(!link(&"ac".repeat(32)).continues(&before));
        let other = Statement { subject: vec![ResourceDescriptor::sha256("x", "ab".repeat(32))], ..before };
        assert!(!link(&"ab".repeat(32)).continues(&other), "nothing in common is no continuation");
    }

    #[test]
    fn a_material_without_digest_or_with_the_name_of_another_is_refused() {
        let with = |list: Value| Link::of(&statement(V0_3, json!({ "name": "deploy", "materials": list })));
        assert!(with(json!([{ "name": "a", "digest": { "sha256": "00" } }])).is_ok());
        assert!(with(json!([{ "name": "a" }])).is_err());
        let twice =
            json!([{ "name": "a", "digest": { "sha256": "00" } }, { "name": "a", "digest": { "sha256": "11" } }]);
        assert!(with(twice).is_err());
    }
}
