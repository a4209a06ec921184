use headworks_types::{Fact, FactKind, Limits, Place, fact::GraphFact};

use super::*;

/// A field of bytes.
pub(super) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 128, "one byte of length");
    [&[number << 3 | 2, bytes.len() as u8][..], bytes].concat()
}

fn node(name: &str, operator: &str) -> Vec<u8> {
    let attribute = field(5, &[field(1, b"T"), field(2, &[0x30, 1])].concat());
    field(1, &[field(1, name.as_bytes()), field(2, operator.as_bytes()), attribute].concat())
}

fn inspect(bytes: &[u8], name: &str) -> Vec<Fact> {
    crate::inspect(&bytes.to_vec(), Place::file(name), &Limits::default())
}

fn operators(facts: &[Fact]) -> Vec<(&str, u64)> {
    let named = facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Graph(GraphFact::Operator { name, .. }) => Some((name.as_str(), fact.times)),
        _ => None,
    });
    named.collect()
}

#[test]
fn operators_of_a_graph_are_counted() {
    let bytes = [node("a", "Const"), node("b", "ReadFile"), node("c", "Const")].concat();
    assert_eq!(operators(&inspect(&bytes, "frozen.pb")), [("Const", 2), ("ReadFile", 1)]);
}

#[test]
fn a_call_of_a_function_of_the_file_is_no_operator() {
    let signature = field(1, &field(1, b"__inference_call_1"));
    let library = field(2, &field(1, &signature));
    let bytes = [node("a", "__inference_call_1"), node("b", "Relu"), library].concat();
    assert_eq!(operators(&inspect(&bytes, "frozen.pb")), [("Relu", 1)]);
}

/// Parsers take the last of two; a reader that took the first would miss it.
#[test]
fn a_second_operator_of_one_node_is_stated_too() {
    let attribute = field(5, &[field(1, b"T"), field(2, &[0x30, 1])].concat());
    let twice = field(1, &[field(1, b"a"), field(2, b"Relu"), field(2, b"PyFunc"), attribute].concat());
    assert_eq!(operators(&inspect(&twice, "frozen.pb")), [("PyFunc", 1), ("Relu", 1)]);
}

#[test]
fn a_field_that_the_schema_lacks_is_unexplained() {
    let bytes = [node("a", "Relu"), vec![0x7a, 3], b"pay".to_vec()].concat();
    let facts = inspect(&bytes, "frozen.pb");
    assert!(facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(Fault::Unexplained { .. }))), "{facts:?}");
}

/// `map<string, string>` is the message that every other program writes.
#[test]
fn a_list_of_names_and_values_is_no_graph() {
    let pair = field(1, &[field(1, b"Name"), field(2, b"Value")].concat());
    let facts = inspect(&[pair.clone(), pair].concat(), "labels.pb");
    assert!(operators(&facts).is_empty());
}
