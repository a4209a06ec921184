//! Facts that the tests of these rules construct.

use headworks_types::fact::{Callee, FileFact, PickleFact, PickleOpcode, Shape};
use headworks_types::{Fact, FactKind, Place};

pub(super) fn place() -> Place {
    Place::file("pytorch_model.bin").member("archive/data.pkl")
}

/// The events as facts of one stream, sixteen bytes apart.
pub(super) fn facts(events: Vec<PickleFact>) -> Vec<Fact> {
    let at = |index: usize| place().at(index as u64 * 16..index as u64 * 16 + 1);
    events.into_iter().enumerate().map(|(index, event)| fact(at(index), event.into())).collect()
}

pub(super) fn identified(format: &str) -> Fact {
    let kind = FileFact::Identified { format: format.into(), summary: String::new() };
    fact(Place::file("pytorch_model.bin").at(0..0), kind.into())
}

fn fact(location: headworks_types::Location, kind: FactKind) -> Fact {
    Fact { location, times: 1, kind }
}

pub(super) fn named(module: &str, name: &str) -> Callee {
    Callee::Name { module: module.into(), name: name.into(), spelled: None }
}

pub(super) fn import(module: &str, name: &str) -> PickleFact {
    PickleFact::Import { callee: named(module, name), opcode: PickleOpcode::StackGlobal }
}

pub(super) fn python_2_import(module: &str, name: &str, spelled: &str) -> PickleFact {
    let callee = Callee::Name { module: module.into(), name: name.into(), spelled: Some(spelled.into()) };
    PickleFact::Import { callee, opcode: PickleOpcode::Global }
}

pub(super) fn call(module: &str, name: &str, arguments: &[Shape]) -> PickleFact {
    call_by(PickleOpcode::Reduce, module, name, arguments)
}

pub(super) fn call_by(opcode: PickleOpcode, module: &str, name: &str, arguments: &[Shape]) -> PickleFact {
    PickleFact::Call { callee: named(module, name), opcode, arguments: arguments.to_vec() }
}

pub(super) fn state(target: Shape) -> PickleFact {
    PickleFact::State { target, state: Shape::Dict }
}

pub(super) fn mutation(target: Shape) -> PickleFact {
    PickleFact::Mutation { target, opcode: PickleOpcode::Setitems }
}

pub(super) fn instance(name: &str) -> Shape {
    Shape::Instance(name.into())
}

pub(super) fn global(name: &str) -> Shape {
    Shape::Global(name.into())
}

pub(super) fn text(text: &str) -> Shape {
    Shape::Str(Some(text.into()))
}
