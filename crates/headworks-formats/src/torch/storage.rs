//! The storages that a pickle names, and the views it takes of them.
//!
//! torch before 2.10 believed both (CVE-2026-24747): a view beyond its storage reads and writes
//! memory that is somebody else's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use headworks_types::{Fault, Location, fact::TensorFact};

use super::FORMAT;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::pickle::{TorchStorage, TorchTables, TorchView};
use crate::tensor_table::naming;

/// States the names of the tensors in the dictionary that the file's pickle returns, as a table of tensors states them.
pub(super) fn state_names(tables: &TorchTables, file: &Location, inspection: &mut Inspection<'_>) {
    let mut views = BTreeMap::new();
    for (name, index) in &tables.names {
        let Some(view) = tables.views.get(*index) else { continue };
        if views.insert(name.as_str(), view).is_some() {
            // The loader takes the last.
            inspection.fact(view.location.clone(), TensorFact::DuplicateKey { key: shortened(name) });
        }
    }
    let shape = |view: &TorchView| view.size.get(..view.rank).unwrap_or_default().to_vec();
    let shapes = views.iter().filter(|(name, _)| naming::has_stated_shape(name)).take(naming::SHAPES_MAX);
    let shapes = shapes.map(|(name, view)| TensorFact::Shape { tensor: shortened(name), shape: shape(view) });
    let names = || views.keys().copied();
    let stated: Vec<TensorFact> =
        naming::names(names()).into_iter().chain(naming::layers(names())).chain(shapes).collect();
    stated.into_iter().for_each(|fact| inspection.fact(file.clone(), fact));
}

/// Compares what a pickle says about its storages with the bytes that `bytes_of` finds for each key.
pub(super) fn check(
    tables: &TorchTables,
    pickle: Location,
    bytes_of: &dyn Fn(&str) -> Option<u64>,
    inspection: &mut Inspection<'_>,
) {
    let mut seen = HashSet::new();
    for storage in &tables.storages {
        if seen.insert((&storage.key, storage.elements, storage.element_bytes)) {
            check_storage(storage, bytes_of(&storage.key), inspection);
        }
    }
    let mut elements: HashMap<&str, u64> = HashMap::new();
    for storage in &tables.storages {
        // Ids that differ in type or length can name one storage; the shortest binds.
        let fewest = elements.entry(&storage.key).or_insert(storage.elements);
        *fewest = storage.elements.min(*fewest);
    }
    for view in &tables.views {
        if !elements.get(view.storage_key.as_str()).is_some_and(|&elements| is_within(view, elements)) {
            let tensor = format!("view of storage {}", view.storage_key);
            inspection.fact(view.location.clone(), TensorFact::OutOfBounds { tensor });
        }
    }
    if !tables.storages.is_empty() {
        inspection.fact(pickle, summary(tables));
    }
}

fn check_storage(storage: &TorchStorage, stored: Option<u64>, inspection: &mut Inspection<'_>) {
    let tensor = format!("storage {}", storage.key);
    let at = storage.location.clone();
    let Some(stated) = stored else {
        return inspection.fact(at, Fault::Absent { stand_in: format!("{tensor}, which no member holds") });
    };
    let Some(element_bytes) = storage.element_bytes else {
        let feature = format!("element type of {tensor}");
        return inspection.fact(at, Fault::Unsupported { format: FORMAT.id.into(), feature });
    };
    let expected = storage.elements.checked_mul(element_bytes);
    if expected != Some(stated) {
        inspection.fact(at, TensorFact::SizeMismatch { tensor, expected, stated });
    }
}

/// Whether the last element of the view lies in the storage. A view without elements touches nothing.
fn is_within(view: &TorchView, elements: u64) -> bool {
    if view.size.len() != view.stride.len() {
        return false;
    }
    if view.size.contains(&0) {
        return view.offset <= elements;
    }
    let mut steps =
        view.size.iter().zip(&view.stride).map(|(size, stride)| size.saturating_sub(1).checked_mul(*stride));
    let last = steps.try_fold(view.offset, |sum, step| sum.checked_add(step?));
    last.is_some_and(|last| last < elements)
}

fn summary(tables: &TorchTables) -> TensorFact {
    let elements = |view: &TorchView| view.size.iter().fold(1u64, |product, size| product.saturating_mul(*size));
    let mut keys = BTreeSet::new();
    let classes: BTreeSet<&String> = tables.storages.iter().map(|storage| &storage.class).collect();
    let distinct = tables.storages.iter().filter(|storage| keys.insert(&storage.key));
    let bytes = |storage: &TorchStorage| storage.elements.saturating_mul(storage.element_bytes.unwrap_or(0));
    TensorFact::Table {
        tensors: tables.views.len() as u64,
        parameters: tables.views.iter().map(elements).fold(0, u64::saturating_add),
        bytes: distinct.map(bytes).fold(0, u64::saturating_add),
        dtypes: classes.into_iter().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn storage(elements: u64) -> TorchStorage {
        let location = Place::file("m.pt").at(0..1);
        TorchStorage { key: "0".into(), class: "FloatStorage".into(), element_bytes: Some(4), elements, location }
    }

    fn view(offset: u64, size: &[u64], stride: &[u64]) -> TorchView {
        let location = Place::file("m.pt").at(1..2);
        TorchView {
            storage_key: "0".into(),
            offset,
            size: size.into(),
            stride: stride.into(),
            rank: size.len(),
            location,
        }
    }

    fn kinds(storages: Vec<TorchStorage>, views: Vec<TorchView>, stored: Option<u64>) -> Vec<FactKind> {
        let limits = Limits::default();
        let mut inspection = Inspection::new(&limits);
        check(
            &TorchTables { storages, views, names: Vec::new() },
            Place::file("m.pt").at(0..9),
            &|_| stored,
            &mut inspection,
        );
        let facts = inspection.into_facts().into_iter().map(|fact| fact.kind);
        facts.filter(|kind| !matches!(kind, FactKind::Tensor(TensorFact::Table { .. }))).collect()
    }

    #[test]
    fn views_that_end_with_their_storage_are_within_it() {
        let honest = [
            view(0, &[3, 4], &[4, 1]),
            view(4, &[2, 4], &[4, 1]),
            view(11, &[], &[]),
            view(0, &[1_000_000], &[0]),
            view(12, &[0, 3], &[3, 1]),
            view(0, &[4, 3], &[1, 4]),
        ];
        for view in honest {
            let shown = format!("{:?} {:?}", view.size, view.stride);
            assert_eq!(kinds(vec![storage(12)], vec![view], Some(48)), [], "{shown}");
        }
    }

    #[test]
    fn a_view_one_element_beyond_its_storage_is_out_of_bounds() {
        let beyond = [
            view(1, &[3, 4], &[4, 1]),
            view(12, &[], &[]),
            view(0, &[2], &[u64::MAX]),
            view(u64::MAX, &[2], &[1]),
            view(0, &[3, 4], &[4]),
        ];
        for view in beyond {
            let found = kinds(vec![storage(12)], vec![view], Some(48));
            assert!(matches!(found[..], [FactKind::Tensor(TensorFact::OutOfBounds { .. })]), "{found:?}");
        }
    }

    #[test]
    fn a_storage_of_another_size_than_its_member_is_a_mismatch() {
        let found = kinds(vec![storage(12)], vec![], Some(44));
        let expected = TensorFact::SizeMismatch { tensor: "storage 0".into(), expected: Some(48), stated: 44 };
        assert_eq!(found, [FactKind::Tensor(expected)]);
    }

    #[test]
    fn a_storage_that_no_member_holds_is_absent() {
        let found = kinds(vec![storage(12)], vec![], None);
        assert!(matches!(found[..], [FactKind::Fault(Fault::Absent { .. })]), "{found:?}");
    }

    #[test]
    fn of_two_lengths_for_one_storage_the_shorter_binds() {
        let bytes = TorchStorage { element_bytes: Some(1), ..storage(48) };
        let found = kinds(vec![bytes, storage(12)], vec![view(12, &[1], &[1])], Some(48));
        assert!(matches!(found[..], [FactKind::Tensor(TensorFact::OutOfBounds { .. })]), "{found:?}");
    }

    #[test]
    fn names_are_stated_once_with_the_shapes_that_configuration_states_too() {
        let limits = Limits::default();
        let mut inspection = Inspection::new(&limits);
        let views = vec![view(0, &[3, 4], &[4, 1]), view(0, &[2], &[1])];
        let names = [("wte.weight", 0), ("h.0.b", 1), ("h.1.b", 1), ("h.1.b", 1)];
        let names = names.map(|(name, view)| (name.to_owned(), view)).to_vec();
        let tables = TorchTables { storages: vec![storage(12)], views, names };
        state_names(&tables, &Place::file("m.pt").at(0..9), &mut inspection);
        let [key, wte, prefix] = ["h.1.b", "wte.weight", "h"].map(str::to_owned);
        let sorted = ["h.0.b", "h.1.b", "wte.weight"];
        let expected = [
            TensorFact::DuplicateKey { key },
            TensorFact::Names { tensors: 3, digest: naming::digest(&sorted) },
            TensorFact::Layers { prefix, count: 2 },
            TensorFact::Shape { tensor: wte, shape: vec![3, 4] },
        ];
        let stated: Vec<FactKind> = inspection.into_facts().into_iter().map(|fact| fact.kind).collect();
        assert_eq!(stated, expected.map(FactKind::Tensor));
    }

    #[test]
    fn a_view_of_a_storage_nobody_named_is_out_of_bounds() {
        let found = kinds(vec![], vec![view(0, &[1], &[1])], Some(4));
        assert!(matches!(found[..], [FactKind::Tensor(TensorFact::OutOfBounds { .. })]), "{found:?}");
    }
}
