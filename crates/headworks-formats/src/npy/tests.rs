use headworks_types::{FactKind, Limits, Place};

use super::*;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
}

fn facts(bytes: &[u8]) -> Vec<FactKind> {
    let facts = crate::inspect_as(&FORMAT, &bytes.to_vec(), Place::file("x.npy"), &Limits::default());
    facts.into_iter().map(|fact| fact.kind).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
}

fn faults(bytes: &[u8]) -> Vec<FactKind> {
    facts(bytes).into_iter().filter(|kind| matches!(kind, FactKind::Fault(_))).collect()
}

const HEADER: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n";

#[test]
fn array_that_fills_the_file_is_explained() {
    let table = TensorFact::Table { tensors: 1, parameters: 6, bytes: 24, dtypes: vec!["<f4".into()] };
    assert_eq!(facts(&file(HEADER, &[0; 24])), [table.into()]);
}

#[test]
fn fewer_and_more_bytes_than_the_shape_asks_for_are_told() {
    assert!(matches!(faults(&file(HEADER, &[0; 23]))[..], [FactKind::Fault(Fault::Truncated { .. })]));
    assert!(matches!(faults(&file(HEADER, &[0; 25]))[..], [FactKind::Fault(Fault::Unexplained { .. })]));
}

#[test]
fn product_beyond_64_bits_is_a_mismatch_and_a_zero_length_is_not() {
    let shape = |shape: &str| file(&HEADER.replace("2, 3", shape), &[]);
    let overflow = facts(&shape("9000000000000000000, 9000000000000000000"));
    assert!(matches!(overflow[0], FactKind::Tensor(TensorFact::SizeMismatch { expected: None, .. })));
    assert_eq!(faults(&shape("0, 9000000000000000000, 9000000000000000000")), []);
}

#[test]
fn duplicate_unknown_and_missing_keys_are_told() {
    let twice = HEADER.replace("{", "{'shape': (9,), ");
    let duplicate = FactKind::from(TensorFact::DuplicateKey { key: "shape".into() });
    assert!(facts(&file(&twice, &[0; 24])).contains(&duplicate));
    for header in
        [HEADER.replace("{", "{'x': 1, "), HEADER.replace("'shape': (2, 3)", ""), HEADER.replace("'<f4'", "1")]
    {
        assert_eq!(faults(&file(&header, &[0; 24])).len(), 1, "{header}");
    }
}

#[test]
fn header_length_beyond_the_file_is_truncated_and_beyond_reason_unsupported() {
    let mut bytes = file(HEADER, &[]);
    bytes[8] = 255;
    assert!(matches!(faults(&bytes)[..], [FactKind::Fault(Fault::Truncated { .. })]));
    let huge = [MAGIC, &[2, 0], &[0xff; 4], b"{}"].concat();
    assert!(matches!(faults(&huge)[..], [FactKind::Fault(Fault::Unsupported { .. })]));
}

#[test]
fn objects_are_read_as_a_pickle() {
    let header = HEADER.replace("<f4", "|O");
    // The stream `N.` and a byte after it: the pickle is whole and the byte belongs to nobody.
    let trailing = FactKind::from(Fault::Unexplained { format: "npy".into() });
    assert_eq!(faults(&file(&header, b"\x80\x02N.")), []);
    assert_eq!(faults(&file(&header, b"\x80\x02N.x")), [trailing]);
}
