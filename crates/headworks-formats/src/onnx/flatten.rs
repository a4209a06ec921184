//! A graph with its branches, loops and functions in line: one list of steps, each value made once.

use std::collections::HashMap;

use headworks_types::{Fault, Limits};

use super::FORMAT;
use super::body::{Bodies, Constant, NONE, Name, Node};
use super::operators::Class;

/// A value, as a number; [`NOTHING`] is one that is left out.
pub(super) type Value = u32;

/// The value of an input that is left out.
pub(super) const NOTHING: Value = 0;

/// One step.
pub(super) struct Step {
    pub(super) class: Class,
    pub(super) inputs: Vec<Value>,
    pub(super) outputs: Vec<Value>,
    /// For a branch the outputs of each of its bodies; for a call those of its function.
    pub(super) bodies: Vec<Vec<Value>>,
    pub(super) node: Name,
    pub(super) operator: Name,
}

/// A graph in line.
#[derive(Default)]
pub(super) struct Flat {
    pub(super) steps: Vec<Step>,
    /// Inputs of the graph that a user must give.
    pub(super) inputs: Vec<(Value, Name)>,
    pub(super) outputs: Vec<(Value, Name)>,
    pub(super) constants: HashMap<Value, Constant>,
    pub(super) values: Value,
}

/// A body that is being put in line.
struct Active {
    body: usize,
    /// Index of its next node.
    next: usize,
    scope: HashMap<Name, Value>,
    /// A function sees nothing of whoever calls it.
    is_function: bool,
    /// Outputs of the bodies of its next node that are in line already.
    done: Vec<Vec<Value>>,
}

/// Puts the main graph in line.
pub(super) fn flatten(bodies: &Bodies, limits: &Limits) -> Result<Flat, Fault> {
    let mut work = Work { bodies, limits, flat: Flat { values: 1, ..Flat::default() }, stack: Vec::new(), size: 0 };
    if let Some(main) = bodies.main {
        work.open_main(main);
        while !work.stack.is_empty() {
            work.advance()?;
        }
    }
    Ok(work.flat)
}

struct Work<'b> {
    bodies: &'b Bodies,
    limits: &'b Limits,
    flat: Flat,
    stack: Vec<Active>,
    size: u64,
}

impl<'b> Work<'b> {
    fn open_main(&mut self, main: usize) {
        self.open(main, false);
        let Some(body) = self.bodies.bodies.get(main) else { return };
        for &name in &body.inputs {
            // Until version 4 every tensor had to be listed as an input, too.
            let known = self.stack.last().is_some_and(|active| active.scope.contains_key(&name));
            if !known {
                let value = self.define(name);
                self.flat.inputs.push((value, name));
            }
        }
    }

    /// Begins a body, with its constants.
    fn open(&mut self, body: usize, is_function: bool) {
        let constants = self.bodies.bodies.get(body).map_or(&[][..], |body| body.constants.as_slice());
        let active = Active { body, next: 0, scope: HashMap::new(), is_function, done: Vec::new() };
        self.stack.push(active);
        for &(name, constant) in constants {
            let value = self.define(name);
            self.flat.constants.insert(value, constant);
        }
    }

    /// Takes the next node of the innermost body, or ends it.
    fn advance(&mut self) -> Result<(), Fault> {
        let depth = self.stack.len() as u64;
        let Some(active) = self.stack.last() else { return Ok(()) };
        let bodies = self.bodies;
        let Some(body) = bodies.bodies.get(active.body) else {
            self.stack.pop();
            return Ok(());
        };
        let Some(node) = body.nodes.get(active.next) else {
            let outputs = body.outputs.iter().map(|&name| self.resolve(name)).collect::<Result<Vec<_>, _>>()?;
            self.end(outputs, &body.outputs);
            return Ok(());
        };
        let function = bodies.functions.get(&(node.domain, node.operator, node.overload)).copied();
        let inner = node.graphs.iter().copied().chain(function).nth(active.done.len());
        let Some(inner) = inner else { return self.finish(node, function.is_some()) };
        if depth >= self.limits.document_depth_max {
            return Err(Fault::Budget { limit: "document_depth_max".into(), max: self.limits.document_depth_max });
        }
        self.enter(node, inner, Some(inner) == function)
    }

    /// Begins a body of a node.
    fn enter(&mut self, node: &'b Node, inner: usize, is_function: bool) -> Result<(), Fault> {
        let inputs = self.inputs(node)?;
        self.open(inner, is_function);
        let Some(body) = self.bodies.bodies.get(inner) else { return Ok(()) };
        if is_function {
            let given = inputs.into_iter().chain(std::iter::repeat(NOTHING));
            for (&name, value) in body.inputs.iter().zip(given) {
                self.bind(name, value);
            }
            return self.spend(body.inputs.len());
        }
        // The inputs of a loop's body are those of the loop, and what it made before.
        let outputs: Vec<Value> = body.inputs.iter().map(|&name| self.define(name)).collect();
        self.push(Step {
            class: Class::Plain,
            inputs,
            outputs,
            bodies: Vec::new(),
            node: node.name,
            operator: node.operator,
        })
    }

    /// A body is in line: its outputs go to the node that has it.
    fn end(&mut self, outputs: Vec<Value>, names: &[Name]) {
        self.stack.pop();
        match self.stack.last_mut() {
            Some(outer) => outer.done.push(outputs),
            None => self.flat.outputs = outputs.into_iter().zip(names.iter().copied()).collect(),
        }
    }

    /// All bodies of a node are in line: the node itself follows.
    fn finish(&mut self, node: &'b Node, is_call: bool) -> Result<(), Fault> {
        let inputs = self.inputs(node)?;
        let mut done = self.stack.last_mut().map(|active| std::mem::take(&mut active.done)).unwrap_or_default();
        if node.class == Class::Loop {
            done.iter_mut().for_each(|outputs| drop(outputs.drain(..outputs.len().min(1))));
        }
        let mut outputs = Vec::with_capacity(node.outputs.len());
        for &name in &node.outputs {
            let is_new = self.stack.last().is_none_or(|active| !active.scope.contains_key(&name));
            if name != NONE && !is_new {
                let name = crate::metadata::shortened(self.bodies.names.text(name));
                return Err(malformed(format!("the value `{name}` is made twice")));
            }
            outputs.push(if name == NONE { NOTHING } else { self.define(name) });
        }
        let class = match (is_call, node.class) {
            (true, _) => Class::Plain,
            (false, class) => class,
        };
        if let (Class::Constant, Some(&value)) = (class, outputs.first()) {
            self.flat.constants.insert(value, node.constant);
        }
        // A call takes nothing past its function.
        let inputs = if is_call { Vec::new() } else { inputs };
        self.push(Step { class, inputs, outputs, bodies: done, node: node.name, operator: node.operator })?;
        if let Some(active) = self.stack.last_mut() {
            active.next = active.next.saturating_add(1);
        }
        Ok(())
    }

    fn push(&mut self, step: Step) -> Result<(), Fault> {
        let bodies: usize = step.bodies.iter().map(Vec::len).sum();
        self.spend(step.inputs.len().saturating_add(step.outputs.len()).saturating_add(bodies))?;
        self.flat.steps.push(step);
        Ok(())
    }

    /// Functions that call functions can make a small file a huge graph.
    fn spend(&mut self, values: usize) -> Result<(), Fault> {
        self.size = self.size.saturating_add(values as u64).saturating_add(1);
        let max = self.limits.graph_values_max;
        if self.size > max { Err(Fault::Budget { limit: "graph_values_max".into(), max }) } else { Ok(()) }
    }

    fn inputs(&self, node: &Node) -> Result<Vec<Value>, Fault> {
        node.inputs.iter().map(|&name| self.resolve(name)).collect()
    }

    fn define(&mut self, name: Name) -> Value {
        let value = self.flat.values;
        self.flat.values = value.saturating_add(1);
        self.bind(name, value);
        value
    }

    fn bind(&mut self, name: Name, value: Value) {
        if let Some(active) = self.stack.last_mut() {
            active.scope.insert(name, value);
        }
    }

    /// The value of a name, from the innermost body outwards.
    fn resolve(&self, name: Name) -> Result<Value, Fault> {
        if name == NONE {
            return Ok(NOTHING);
        }
        for active in self.stack.iter().rev() {
            match active.scope.get(&name) {
                Some(&value) => return Ok(value),
                None if active.is_function => break,
                None => {}
            }
        }
        let name = crate::metadata::shortened(self.bodies.names.text(name));
        Err(malformed(format!("the value `{name}` is used before it is made")))
    }
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
