//! Names of things: package URLs, and what cards and manifests write in place of them.

use headworks_types::fact::Ecosystem;

use super::{EdgeKind, NodeKind, Relation, Thing};
use headworks_types::Basis;

/// Longest name that becomes a node, in bytes.
const NAME_BYTES_MAX: usize = 2048;

/// What somebody calls something: a package URL as it is, anything else as a mere name.
pub(super) fn named(name: &str) -> Option<Thing> {
    let name = bounded(name)?;
    let Some(rest) = name.strip_prefix("pkg:") else {
        return Some(Thing::new(NodeKind::Name, format!("name:{name}")));
    };
    let kind = match rest.split('/').collect::<Vec<_>>().as_slice() {
        ["huggingface", "datasets", ..] => NodeKind::Dataset,
        ["huggingface" | "mlflow" | "ollama", ..] => NodeKind::Model,
        ["docker" | "oci", ..] => NodeKind::Image,
        [_, _, ..] => NodeKind::Package,
        _ => return None,
    };
    Some(Thing::new(kind, name))
}

/// A model that a card or a configuration names: on the hub that such names are of, unless it is a path.
pub(super) fn model(value: &str) -> Option<Thing> {
    hub(value, NodeKind::Model, "pkg:huggingface/").or_else(|| named(value))
}

/// A dataset that a card names.
pub(super) fn dataset(value: &str) -> Option<Thing> {
    hub(value, NodeKind::Dataset, "pkg:huggingface/datasets/").or_else(|| named(value))
}

fn hub(value: &str, kind: NodeKind, prefix: &str) -> Option<Thing> {
    let value = bounded(value)?;
    let is_part = |part: &str| {
        let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        plain && !part.is_empty() && !part.starts_with('.')
    };
    let parts: Vec<&str> = value.split('/').collect();
    (parts.len() <= 2 && parts.into_iter().all(is_part)).then(|| Thing::new(kind, format!("{prefix}{value}")))
}

/// A package, with its version if it is one.
pub(super) fn package(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Option<Thing> {
    let name = bounded(name)?;
    Some(Thing::new(NodeKind::Package, ecosystem.package_url(name, version)))
}

/// The one version that a requirement asks for; none for a range.
pub(super) fn exact(ecosystem: Ecosystem, target: &str) -> Option<&str> {
    let version = match ecosystem {
        Ecosystem::Npm => target.strip_prefix('=').unwrap_or(target),
        Ecosystem::Python => target.strip_prefix("===").or_else(|| target.strip_prefix("=="))?,
        // One `=` is a prefix of versions there; a build may stand behind the version.
        Ecosystem::Conda => target.strip_prefix("==")?.split('=').next()?,
    };
    let version = version.trim();
    let is_version = version.starts_with(|first: char| first.is_ascii_alphanumeric())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+!_".contains(&byte));
    is_version.then_some(version)
}

/// That who asks for a name may get this version of it; nothing for what has no version.
pub(super) fn version_of(thing: &Thing) -> Option<Relation> {
    let name = without_version(&thing.key)?;
    let any = Thing::new(thing.kind, name);
    Some(Relation::new(thing.clone(), EdgeKind::VersionOf, any, Basis::Observed))
}

/// A package URL without version, qualifiers and subpath; none when it has no version.
pub(crate) fn without_version(purl: &str) -> Option<&str> {
    let path = purl.split(['?', '#']).next()?.strip_prefix("pkg:")?;
    let (name, version) = path.rsplit_once('@')?;
    // A scope may be written with a plain `@`; a version has no `/`.
    (!version.contains('/') && !name.is_empty()).then(|| purl.split_at("pkg:".len() + name.len()).0)
}

/// The namespace that a package URL is in; whoever holds it can publish under it.
pub(super) fn namespace(purl: &str) -> Option<Thing> {
    let path = purl.split(['?', '#', '@']).next()?;
    let (space, _name) = path.rsplit_once('/')?;
    space.contains('/').then(|| Thing::new(NodeKind::Publisher, format!("publisher:{space}")))
}

fn bounded(name: &str) -> Option<&str> {
    let name = name.trim();
    (!name.is_empty() && name.len() <= NAME_BYTES_MAX).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_taken_and_a_range_is_none() {
        let python = |target| exact(Ecosystem::Python, target);
        assert_eq!(
            (python("==2.1.0"), python("== 2.1+cu118"), python("===1!2.0")),
            (Some("2.1.0"), Some("2.1+cu118"), Some("1!2.0"))
        );
        for range in ["", ">=2", "==2.*", "==2,<3", "~=2.1", "<0.14,>=0.12"] {
            assert_eq!(python(range), None, "{range}");
        }
        assert_eq!((exact(Ecosystem::Npm, "1.2.3"), exact(Ecosystem::Npm, "^1.2.3")), (Some("1.2.3"), None));
        assert_eq!((exact(Ecosystem::Conda, "==1.2=py39"), exact(Ecosystem::Conda, "=1.2")), (Some("1.2"), None));
    }

    #[test]
    fn names_become_package_urls_as_their_ecosystems_write_them() {
        let key = |ecosystem, name, version| package(ecosystem, name, version).map(|thing| thing.key);
        assert_eq!(key(Ecosystem::Python, "Foo.._Bar", Some("1+cu")).as_deref(), Some("pkg:pypi/foo-bar@1%2Bcu"));
        assert_eq!(key(Ecosystem::Npm, "@scope/x", None).as_deref(), Some("pkg:npm/%40scope/x"));
        assert_eq!(key(Ecosystem::Conda, " ", None), None);
    }

    #[test]
    fn a_hub_name_is_told_from_a_path() {
        let of = |value| model(value).map(|thing| (thing.kind, thing.key));
        assert_eq!(of("acme/bert"), Some((NodeKind::Model, "pkg:huggingface/acme/bert".into())));
        assert_eq!(of("./acme/bert"), Some((NodeKind::Name, "name:./acme/bert".into())));
        assert_eq!(of("/data/bert"), Some((NodeKind::Name, "name:/data/bert".into())));
        assert_eq!(dataset("squad").map(|thing| thing.key).as_deref(), Some("pkg:huggingface/datasets/squad"));
    }

    #[test]
    fn a_version_is_cut_off_and_a_scope_is_not() {
        assert_eq!(without_version("pkg:pypi/torch@2.1?x=y"), Some("pkg:pypi/torch"));
        assert_eq!(without_version("pkg:npm/%40scope/x@1"), Some("pkg:npm/%40scope/x"));
        for none in ["pkg:pypi/torch", "pkg:npm/@scope/x", "name:a@b", ""] {
            assert_eq!(without_version(none), None, "{none}");
        }
    }
}
