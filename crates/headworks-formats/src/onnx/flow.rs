//! Follows what a user sends in through the graph, and looks for ways around what was trained.
//!
//! Two patterns of architectural backdoors are looked for, and nothing that merely looks odd:
//!
//! - *Gated output*: a comparison on the input, made without any trained parameter and brought down to few
//!   values, decides whether what the trained part says comes out or something else does. The decision is
//!   a `Where`, an `If`, or a product or a sum with the comparison as a mask, and nothing trained follows.
//! - *Untrained path*: something that the input was brought down to without any trained parameter, through
//!   an operator that is no straight line, is added to what the trained part says.
//!
//! Masks that keep their shape (padding), guards on what was trained, choices between trained branches, scaling
//! by statistics of the input and residual connections are neither. The work is linear: one pass from the
//! outputs back, one from the inputs on.

use headworks_types::fact::GraphFact;

use super::body::{Bodies, Name};
use super::flatten::{Flat, NOTHING, Step, Value, flatten};
use super::operators::Class;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// States the ways around the trained part of the main graph.
pub(super) fn state(bodies: &Bodies, input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let flat = match flatten(bodies, inspection.limits) {
        Ok(flat) => flat,
        Err(fault) => return inspection.fact(whole, fault),
    };
    let mut flow = Flow::new(&flat);
    flow.follow();
    for finding in &flow.found {
        let name = |name: Name| shortened(bodies.names.text(name));
        let step = |index: usize| flat.steps.get(index).map_or(String::new(), |step| shown(bodies, step));
        let fact = match *finding {
            Found::Gate { gate, choice, output } => {
                GraphFact::GatedOutput { gate: step(gate), choice: step(choice), output: name(output) }
            }
            Found::Path { input, output } => GraphFact::UntrainedPath { input: name(input), output: name(output) },
        };
        inspection.fact(whole.clone(), fact);
    }
}

/// A node by its name, or by its operator where it has none.
fn shown(bodies: &Bodies, step: &Step) -> String {
    let operator = shortened(bodies.names.text(step.operator));
    match bodies.names.text(step.node) {
        "" => operator,
        name => format!("{} ({operator})", shortened(name)),
    }
}

enum Found {
    Gate { gate: usize, choice: usize, output: Name },
    Path { input: Name, output: Name },
}

/// What is known of a value.
#[derive(Debug, Clone, Copy, Default)]
struct Label {
    /// Depends on what the user sends in, not only on its shape.
    is_content: bool,
    /// Went through trained parameters.
    is_trained: bool,
    /// May be weights.
    is_weight: bool,
    /// Was brought down to few values.
    is_reduced: bool,
    /// Went through an operator that is no straight line.
    is_bent: bool,
    /// The comparison that it comes from.
    gate: Option<usize>,
    /// The input that it comes from.
    input: Name,
    single: Option<i64>,
}

impl Label {
    /// Something decided on the input, without anything trained.
    fn is_decision(&self) -> bool {
        self.gate.is_some() && self.is_reduced && !self.is_trained
    }

    /// What the input was brought down to around everything trained.
    fn is_detector(&self) -> bool {
        self.is_content && self.is_reduced && self.is_bent && self.gate.is_none() && !self.is_trained
    }

    fn and(self, other: Self) -> Self {
        let is_trained = self.is_trained || other.is_trained;
        Self {
            is_content: self.is_content || other.is_content,
            is_trained,
            // Weights stay weights while nothing of the input gets into them.
            is_weight: self.is_weight || other.is_weight,
            is_reduced: !is_trained && (self.is_reduced || other.is_reduced),
            is_bent: !is_trained && (self.is_bent || other.is_bent),
            gate: self.gate.or(other.gate).filter(|_| !is_trained),
            input: if self.is_content { self.input } else { other.input },
            single: None,
        }
    }
}

struct Flow<'f> {
    flat: &'f Flat,
    labels: Vec<Label>,
    /// The output that a value reaches through nothing trained.
    late: Vec<Option<Name>>,
    found: Vec<Found>,
}

impl<'f> Flow<'f> {
    fn new(flat: &'f Flat) -> Self {
        let count = usize::try_from(flat.values).unwrap_or_default();
        Self { flat, labels: vec![Label::default(); count], late: vec![None; count], found: Vec::new() }
    }

    fn follow(&mut self) {
        self.mark_late();
        for &(value, name) in &self.flat.inputs {
            self.set(value, Label { is_content: true, input: name, ..Label::default() });
        }
        for (&value, constant) in &self.flat.constants {
            let label = Label { is_weight: constant.is_weight, single: constant.single, ..Label::default() };
            self.set(value, label);
        }
        let flat = self.flat;
        for (index, step) in flat.steps.iter().enumerate() {
            self.judge(index, step);
            self.pass(index, step);
        }
    }

    /// Marks every value that reaches an output through nothing that multiplies with weights.
    fn mark_late(&mut self) {
        for &(value, name) in &self.flat.outputs {
            self.mark(value, name);
        }
        for step in self.flat.steps.iter().rev() {
            if matches!(step.class, Class::Parametric | Class::Learned) {
                continue;
            }
            let late =
                step.outputs.iter().enumerate().filter_map(|(index, &value)| Some((index, self.late_of(value)?)));
            for (index, name) in late.collect::<Vec<_>>() {
                step.inputs.iter().for_each(|&value| self.mark(value, name));
                let of_bodies = step.bodies.iter().filter_map(|outputs| outputs.get(index));
                of_bodies.for_each(|&value| self.mark(value, name));
            }
        }
    }

    /// What one step makes of its inputs.
    fn pass(&mut self, index: usize, step: &Step) {
        if step.class == Class::Constant {
            return;
        }
        let all = step.inputs.iter().fold(Label::default(), |all, &value| all.and(self.label(value)));
        for (place, &output) in step.outputs.iter().enumerate() {
            let of_bodies = step.bodies.iter().filter_map(|outputs| outputs.get(place));
            let all = of_bodies.fold(all, |all, &value| all.and(self.label(value)));
            self.set(output, self.made(index, step, all));
        }
    }

    fn made(&self, index: usize, step: &Step, all: Label) -> Label {
        let is_free = all.is_content && !all.is_trained;
        let first = step.inputs.first().map_or(Label::default(), |&value| self.label(value));
        match step.class {
            Class::Shape | Class::Source => Label::default(),
            Class::Parametric if self.has_weights(step) && all.is_content => trained(all),
            Class::Learned if all.is_content => trained(all),
            // A lookup in weights is an embedding, at a constant place it takes one value out of many.
            Class::Lookup if first.is_weight && !first.is_content && all.is_content => trained(all),
            Class::Lookup if first.is_content && is_free => Label { is_reduced: true, ..all },
            Class::Comparison if is_free => Label { gate: all.gate.or(Some(index)), ..all },
            Class::Reduction if is_free => Label { is_reduced: true, ..all },
            Class::Extremum if is_free => Label { is_reduced: true, is_bent: true, ..all },
            Class::Slice if is_free && self.takes_one(step) => Label { is_reduced: true, ..all },
            Class::Nonlinear if is_free => Label { is_bent: true, ..all },
            _ => all,
        }
    }

    /// Says whether a step lets something untrained decide over what was trained.
    fn judge(&mut self, index: usize, step: &Step) {
        match step.class {
            Class::Branch => self.judge_branch(index, step),
            Class::Choice => {
                let [decision, one, other] = [0, 1, 2].map(|place| self.input(step, place));
                if decision.is_decision() && one.is_trained != other.is_trained {
                    self.gate(index, decision.gate, step.outputs.first().copied());
                }
            }
            Class::Additive | Class::Product | Class::Clamping => self.judge_sum(index, step),
            _ => {}
        }
    }

    /// A branch takes one condition, so the comparison need not be brought down to it.
    fn judge_branch(&mut self, index: usize, step: &Step) {
        let decision = self.input(step, 0);
        let Some(gate) = decision.gate.filter(|_| !decision.is_trained) else { return };
        for (place, &output) in step.outputs.iter().enumerate() {
            let mut branches = step.bodies.iter().filter_map(|outputs| outputs.get(place));
            let trained = branches.clone().any(|&value| self.label(value).is_trained);
            let untrained = branches.any(|&value| !self.label(value).is_trained);
            if trained && untrained {
                self.gate(index, Some(gate), Some(output));
            }
        }
    }

    fn judge_sum(&mut self, index: usize, step: &Step) {
        let labels: Vec<Label> = step.inputs.iter().map(|&value| self.label(value)).collect();
        if !labels.iter().any(|label| label.is_trained) {
            return;
        }
        let output = step.outputs.first().copied();
        if let Some(decision) = labels.iter().find(|label| label.is_decision()) {
            return self.gate(index, decision.gate, output);
        }
        let detector = labels.iter().find(|label| label.is_detector() && step.class == Class::Additive);
        let late = output.and_then(|value| self.late_of(value));
        if let (Some(detector), Some(output)) = (detector, late) {
            self.found.push(Found::Path { input: detector.input, output });
        }
    }

    /// States a gate, when nothing trained comes after it.
    fn gate(&mut self, choice: usize, gate: Option<usize>, output: Option<Value>) {
        let output = output.and_then(|value| self.late_of(value));
        if let (Some(gate), Some(output)) = (gate, output) {
            self.found.push(Found::Gate { gate, choice, output });
        }
    }

    fn has_weights(&self, step: &Step) -> bool {
        step.inputs.iter().map(|&value| self.label(value)).any(|label| label.is_weight && !label.is_content)
    }

    /// Whether the step takes one place of an axis.
    fn takes_one(&self, step: &Step) -> bool {
        let [start, end] = [1, 2].map(|place| self.input(step, place).single);
        match (start, end) {
            (Some(-1), Some(end)) => end >= i64::from(i32::MAX),
            (Some(start), Some(end)) => end.checked_sub(start) == Some(1),
            _ => false,
        }
    }

    fn input(&self, step: &Step, place: usize) -> Label {
        step.inputs.get(place).map_or(Label::default(), |&value| self.label(value))
    }

    fn label(&self, value: Value) -> Label {
        usize::try_from(value).ok().and_then(|index| self.labels.get(index)).copied().unwrap_or_default()
    }

    fn set(&mut self, value: Value, label: Label) {
        let place = usize::try_from(value).ok().and_then(|index| self.labels.get_mut(index));
        if let Some(place) = place.filter(|_| value != NOTHING) {
            *place = label;
        }
    }

    fn late_of(&self, value: Value) -> Option<Name> {
        usize::try_from(value).ok().and_then(|index| self.late.get(index)).copied().flatten()
    }

    fn mark(&mut self, value: Value, output: Name) {
        let place = usize::try_from(value).ok().and_then(|index| self.late.get_mut(index));
        if let Some(place) = place.filter(|place| place.is_none() && value != NOTHING) {
            *place = Some(output);
        }
    }
}

fn trained(all: Label) -> Label {
    Label { is_content: true, is_trained: true, input: all.input, ..Label::default() }
}
