use std::collections::HashSet;

use headworks_types::fact::{FileFact, PickleFact, Shape};
use headworks_types::{Confidence, FactKind, Place, Severity};

use super::reported::{events, line, shown};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for persistent ids in a pickle stream that are not torch's own: a storage of a torch file,
    /// `("storage", type, key, device, elements)`.
    ///
    /// **Why it matters.** A persistent id is resolved by the program that loads the file, so the bytes
    /// do not say what it becomes. torch.package resolves some of them by running code in the archive.
    ///
    /// **Example.** `("reduce_package", ...)`, or any persistent id in a file that torch did not write.
    ///
    /// **What it misses.** Whether a storage has the size it claims; the torch parser compares that.
    UNKNOWN_PERSISTENT_ID {
        id: "unknown-persistent-id",
        title: "A pickle refers to an object that the loading program supplies",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "CVE-2026-24747"],
        hint: "load it only with the program that wrote it, or ask for weights in safetensors",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let torch = torch_places(evidence);
    let ids = events(evidence).filter_map(|(fact, event)| match event {
        PickleFact::PersistentId { id } => {
            let place = &fact.location.place;
            let known = is_storage(id) && is_in_any(&torch, place);
            let shown = shown(&id.to_string());
            let message = format!("`{place}` refers to the persistent id `{shown}`, which is no tensor storage");
            (!known).then(|| Judgement::of(fact, shown, message).with_evidence(line(fact, event)))
        }
        _ => None,
    });
    ids.collect()
}

/// `("storage", type, key, location, elements)`; the legacy format adds a view of another storage.
fn is_storage(id: &Shape) -> bool {
    let Shape::Tuple(Some(parts)) = id else { return false };
    let (parts, view) = parts.split_at(parts.len().min(5));
    let is_view = matches!(view, [] | [Shape::None | Shape::Tuple(_)]);
    let [Shape::Str(Some(tag)), Shape::Global(of), Shape::Str(_), Shape::Str(_), Shape::Int(_)] = parts else {
        return false;
    };
    is_view && tag == "storage" && is_storage_type(of)
}

fn is_storage_type(dotted: &str) -> bool {
    let name = dotted.strip_prefix("torch.").unwrap_or_default();
    let name = name.strip_prefix("cuda.").or_else(|| name.strip_prefix("storage.")).unwrap_or(name);
    name.ends_with("Storage") && !name.contains('.')
}

/// The files and members that torch laid out.
fn torch_places<'a>(evidence: &Evidence<'a>) -> HashSet<(&'a str, &'a [String])> {
    let of_torch = evidence
        .facts
        .iter()
        .filter(|fact| matches!(&fact.kind, FactKind::File(FileFact::Identified { format, .. }) if format == "torch"));
    of_torch.map(|fact| (fact.location.place.file_path(), fact.location.place.members())).collect()
}

/// Whether a place is one of these or lies in one.
fn is_in_any(places: &HashSet<(&str, &[String])>, place: &Place) -> bool {
    let members = place.members();
    let outward = (0..=members.len()).rev().filter_map(|depth| members.get(..depth));
    outward.into_iter().any(|members| places.contains(&(place.file_path(), members)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::constructed::{facts, global, identified, text};

    fn storage(of: &str) -> Vec<Shape> {
        vec![text("storage"), global(of), text("0"), text("cpu"), Shape::Int(Some(4))]
    }

    fn fires(id: Vec<Shape>, format: &str) -> bool {
        let mut facts = facts(vec![PickleFact::PersistentId { id: Shape::Tuple(Some(id)) }]);
        facts.push(identified(format));
        !UNKNOWN_PERSISTENT_ID.judge(&Evidence::of(&facts)).is_empty()
    }

    #[test]
    fn a_storage_in_a_torch_file_is_not_reported() {
        assert!(!fires(storage("torch.FloatStorage"), "torch"));
        assert!(!fires(storage("torch.cuda.HalfStorage"), "torch"));
        assert!(!fires(storage("torch.storage.UntypedStorage"), "torch"));
    }

    #[test]
    fn a_storage_of_the_legacy_format_is_not_reported() {
        let with = |view| [storage("torch.FloatStorage"), vec![view]].concat();
        assert!(!fires(with(Shape::None), "torch"));
        assert!(fires(with(global("acme.run")), "torch"));
    }

    #[test]
    fn a_storage_that_many_tensors_repeat_is_not_reported() {
        let mut id = storage("torch.FloatStorage");
        (id[2], id[4]) = (Shape::Str(None), Shape::Int(None));
        assert!(!fires(id, "torch"));
    }

    #[test]
    fn a_storage_outside_of_torch_is_reported() {
        assert!(fires(storage("torch.FloatStorage"), "pickle"));
    }

    #[test]
    fn a_storage_of_another_type_is_reported() {
        assert!(fires(storage("acme.FloatStorage"), "torch"));
        assert!(fires(storage("torch.hub.load"), "torch"));
    }

    #[test]
    fn ids_that_run_code_of_a_package_are_reported() {
        assert!(fires(vec![text("reduce_package"), Shape::Int(Some(0)), Shape::Tuple(None)], "torch"));
        assert!(fires(vec![text("module"), global("acme.Net"), text("net.py"), text("")], "torch"));
    }
}
