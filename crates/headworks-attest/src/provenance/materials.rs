//! What an artifact was made from, as the statement about it says.

use headworks_types::Digest;
use serde_json::Value;

use super::Predicate;
use crate::statement::ResourceDescriptor;

/// Something that an artifact was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// What it was for it: `base`, `data`, `material` of a link, or `dependency` of a build that says no more.
    pub role: &'static str,
    /// What it is called there.
    pub name: String,
    /// Its SHA-256; none when the statement names it without one.
    pub sha256: Option<Digest>,
}

/// Roles of what surrounds a run: tools and code, which other controls look at.
const SURROUNDINGS: [&str; 6] = ["source", "package", "code", "library", "interpreter", "config"];

impl Predicate {
    /// What the subject was made from. Tools and code are left out where the statement tells them apart.
    pub fn materials(&self) -> Vec<Material> {
        let (descriptors, default) = match self {
            Self::Provenance(provenance) => (&provenance.dependencies, "dependency"),
            Self::Link(link) => (&link.materials, "material"),
            _ => return Vec::new(),
        };
        descriptors.iter().filter_map(|one| Some(material(one, role(one, default)?))).collect()
    }
}

fn role(descriptor: &ResourceDescriptor, default: &'static str) -> Option<&'static str> {
    // A repository at a commit is the source, whatever the builder calls it.
    let is_source = descriptor.digest.contains_key("gitCommit") || descriptor.uri.starts_with("git+");
    match descriptor.annotations.get("role").and_then(Value::as_str) {
        Some(role) if SURROUNDINGS.contains(&role) => None,
        Some("base") => Some("base"),
        Some("data") => Some("data"),
        _ => (!is_source).then_some(default),
    }
}

fn material(descriptor: &ResourceDescriptor, role: &'static str) -> Material {
    let name = if descriptor.uri.is_empty() { &descriptor.name } else { &descriptor.uri };
    let sha256 = descriptor.digest.get("sha256").and_then(|hex| format!("sha256:{hex}").parse().ok());
    Material { role, name: name.clone(), sha256 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{slsa, tests::statement};
    use super::*;

    #[test]
    fn data_and_bases_are_materials_and_tools_are_not() {
        let hex = "ab".repeat(32);
        let one = |role: &str| json!({ "name": role, "digest": { "sha256": hex }, "annotations": { "role": role } });
        let dependencies = json!([
            one("base"), one("data"), one("library"), one("code"), one("source"), one("unheard-of"),
            { "uri": "git+https://git.invalid/x", "digest": { "gitCommit": "00" } },
            { "name": "image", "digest": { "sha256": "not hexadecimal" } },
        ]);
        let predicate = json!({
            "buildDefinition": { "buildType": "t", "externalParameters": {}, "resolvedDependencies": dependencies },
            "runDetails": { "builder": { "id": "b" } },
        });
        let materials = Predicate::of(&statement(slsa::V1, predicate)).unwrap().materials();
        let seen: Vec<_> = materials.iter().map(|one| (one.role, one.name.as_str(), one.sha256.is_some())).collect();
        let wanted = [
            ("base", "base", true),
            ("data", "data", true),
            ("dependency", "unheard-of", true),
            ("dependency", "image", false),
        ];
        assert_eq!(seen, wanted);
    }
}
