use headworks_types::{Fact, FactKind, Limits, Place, fact::GraphFact};

/// A field of a message, by its tag.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(content.len()).expect("a short field")], content].concat()
}

fn node(operator: &str, domain: &str) -> Vec<u8> {
    field(1, &[field(1, b"x"), field(4, operator.as_bytes()), field(7, domain.as_bytes())].concat())
}

fn model(nodes: &[Vec<u8>], more: &[u8]) -> Vec<u8> {
    let input = field(11, &field(1, b"x"));
    let graph = field(7, &[nodes.concat(), input].concat());
    [&b"\x08\x08"[..], &graph, &field(8, b"\x10\x11"), more].concat()
}

fn inspect_bytes(bytes: &[u8]) -> Vec<Fact> {
    crate::inspect(&bytes.to_vec(), Place::file("model.onnx"), &Limits::default())
}

fn is_claimed(bytes: &[u8]) -> bool {
    format!("{:?}", inspect_bytes(bytes)).contains(r#"format: "onnx""#)
}

fn operators(bytes: &[u8]) -> Vec<String> {
    let facts = inspect_bytes(bytes);
    let named = facts.into_iter().filter_map(|fact| match fact.kind {
        FactKind::Graph(GraphFact::Operator { domain, name, .. }) => Some(format!("{domain}:{name}:{}", fact.times)),
        _ => None,
    });
    named.collect()
}

#[test]
fn operators_are_counted_by_domain_and_name() {
    let bytes = model(&[node("Relu", ""), node("Relu", "ai.onnx"), node("Relu", "acme")], b"");
    assert_eq!(operators(&bytes), [":Relu:2", "acme:Relu:1"]);
}

#[test]
fn a_call_of_a_function_of_the_file_is_no_operator_unless_a_runtime_has_one() {
    let called = |domain| operators(&model(&[node("Layer", domain)], &function(domain)));
    assert_eq!(called("acme"), [":Relu:1"]);
    assert_eq!(called("ai.onnx.contrib"), [":Relu:1", "ai.onnx.contrib:Layer:1"]);
}

fn function(domain: &str) -> Vec<u8> {
    let body = [field(1, b"Layer"), field(4, b"x"), field(7, &node("Relu", "")[2..]), field(10, domain.as_bytes())];
    let body = body.concat();
    // Field 25 has a tag of two bytes.
    [&[0xca, 0x01, u8::try_from(body.len()).expect("a short function")], &body[..]].concat()
}

#[test]
fn fields_in_any_order_are_a_model() {
    let graph = field(7, &field(11, &field(1, b"x")));
    assert!(is_claimed(&[field(8, b"\x10\x11"), graph.clone(), b"\x08\x08".to_vec()].concat()));
    assert!(is_claimed(&[field(2, b"headworks"), b"\x08\x08".to_vec(), graph].concat()));
}

#[test]
fn text_and_messages_of_other_kinds_are_not_claimed() {
    assert!(!is_claimed(b":\x08Relu of the graph\n"));
    // A saved model has a version and meta graphs; a graph without a version may be anything.
    assert!(!is_claimed(&[&b"\x08\x01"[..], &field(2, &field(1, b"x"))].concat()));
    assert!(!is_claimed(&field(7, &field(1, b"x"))));
}

#[test]
fn a_graph_that_is_cut_off_is_claimed_and_a_fault() {
    let bytes = model(&[node("Relu", "")], b"");
    let facts = inspect_bytes(&bytes[..bytes.len() - 12]);
    assert!(facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(_))), "{facts:?}");
    assert!(is_claimed(&bytes[..bytes.len() - 12]));
}
