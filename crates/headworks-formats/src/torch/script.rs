//! TorchScript code: which operators it runs and which classes it defines.
//!
//! Source: torch/csrc/jit/serialization (python_print, import_source) of PyTorch 2.15. The code has
//! Python's grammar and no Python in it: names resolve to operators (`torch.relu` is `aten::relu`,
//! `ops.image.read_file` is that of the library), to the archive's own classes and functions below
//! `__torch__`, and to a few built-in words. Nothing else can be reached, so the operators say all that
//! the code does outside of itself.
//!
//! Not covered: arguments. A value has the operators as methods too, so every attribute with the name of
//! an operator that takes a file is counted as that operator.

use std::collections::BTreeMap;

use headworks_types::Fault;
use headworks_types::fact::GraphFact;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Mod, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use super::FORMAT;
use crate::document;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::python;

/// Whose operators and classes these are.
const FRAMEWORK: &str = "torchscript";

/// Operators that take the name of a file.
const FILE_OPERATORS: [&str; 2] = ["from_file", "save"];

/// States the operators and classes of one code member.
pub(super) fn state(content: &Input<'_>, inspection: &mut Inspection<'_>) {
    // What is too large, too deep or no text has been stated by the Python format.
    if content.bytes.size() > inspection.limits.program_bytes_max {
        return;
    }
    let Ok(bytes) = document::whole(content, inspection) else { return };
    let Ok(source) = str::from_utf8(&bytes) else { return };
    if python::too_deep(source, inspection.limits.document_depth_max).is_some() {
        return;
    }
    let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module));
    let Mod::Module(module) = parsed.syntax() else { return };
    let mut script = Script::default();
    module.body.iter().for_each(|statement| script.visit_stmt(statement));
    script.state(content, inspection);
}

/// What the code of one member uses and defines, each with where it is seen first.
#[derive(Default)]
struct Script {
    operators: BTreeMap<(String, String), (u64, u64)>,
    classes: Vec<(String, u64)>,
    /// Where the namespace of operators itself is used as a value.
    aliased_at: Option<u64>,
}

impl Script {
    fn state(self, content: &Input<'_>, inspection: &mut Inspection<'_>) {
        for ((domain, name), (at, times)) in self.operators {
            let (framework, domain, name) = (FRAMEWORK.into(), shortened(&domain), shortened(&name));
            let fact = GraphFact::Operator { framework, domain, name };
            inspection.fact_times(content.place.at(at..at), fact, times);
        }
        let path = content.place.innermost();
        let key = path.split_once("/code/").map_or(path, |(_, path)| path);
        let module = key.strip_suffix(".py").unwrap_or(key).replace('/', ".");
        for (name, at) in self.classes {
            let (framework, key) = (FRAMEWORK.into(), key.to_owned());
            let fact = GraphFact::Object { framework, key, module: module.clone(), name };
            inspection.fact(content.place.at(at..at), fact);
        }
        if let Some(at) = self.aliased_at {
            let feature = "operators under another name in TorchScript code".into();
            inspection.fact(content.place.at(at..at), Fault::Unsupported { format: FORMAT.id.into(), feature });
        }
    }

    fn operator(&mut self, domain: &str, name: &str, at: u64) {
        let seen = self.operators.entry((domain.to_owned(), name.to_owned())).or_insert((at, 0));
        seen.1 = seen.1.saturating_add(1);
    }

    /// A dotted name: an operator, a class of a library, or an attribute of a value.
    fn dotted(&mut self, parts: &[&str], at: u64) {
        match parts {
            ["torch", rest @ ..] => self.operator("aten", &rest.join("."), at),
            ["ops", domain, name] => self.operator(domain, name, at),
            ["ops", rest @ ..] => self.operator("", &rest.join("."), at),
            ["__torch__", "torch", "classes", domain @ .., name] => {
                self.operator(&format!("classes.{}", domain.join(".")), name, at);
            }
            [_, attributes @ ..] => attributes.iter().for_each(|attribute| self.attribute(attribute, at)),
            [] => {}
        }
    }

    fn attribute(&mut self, name: &str, at: u64) {
        if FILE_OPERATORS.contains(&name) {
            self.operator("aten", name, at);
        }
    }
}

impl<'a> Visitor<'a> for Script {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::ClassDef(class) = statement {
            self.classes.push((class.name.to_string(), u64::from(class.range.start().to_u32())));
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Attribute(attribute) => {
                let at = u64::from(attribute.range.start().to_u32());
                match parts(expression) {
                    Some(parts) => self.dotted(&parts, at),
                    None => {
                        self.attribute(&attribute.attr, at);
                        walk_expr(self, expression);
                    }
                }
            }
            Expr::Name(name) if matches!(name.id.as_str(), "torch" | "ops") => {
                self.aliased_at.get_or_insert(u64::from(name.range.start().to_u32()));
            }
            _ => walk_expr(self, expression),
        }
    }
}

/// The parts of a dotted name; `None` for an attribute of anything else.
fn parts(expression: &Expr) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut next = expression;
    loop {
        match next {
            Expr::Attribute(attribute) => {
                parts.push(attribute.attr.as_str());
                next = &attribute.value;
            }
            Expr::Name(name) => {
                parts.push(name.id.as_str());
                parts.reverse();
                return Some(parts);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn facts(source: &str) -> Vec<FactKind> {
        let limits = Limits::default();
        let mut inspection = Inspection::new(&limits);
        let place = Place::file("m.pt").member("m/code/__torch__/net.py");
        state(&Input { bytes: &source.as_bytes().to_vec(), place }, &mut inspection);
        inspection.into_facts().into_iter().map(|fact| fact.kind).collect()
    }

    fn operators(source: &str) -> Vec<String> {
        let operators = facts(source).into_iter().filter_map(|kind| match kind {
            FactKind::Graph(GraphFact::Operator { domain, name, .. }) => Some(format!("{domain}::{name}")),
            _ => None,
        });
        operators.collect()
    }

    #[test]
    fn operators_are_named_in_each_of_their_spellings() {
        let source =
            "def f(x: Tensor) -> Tensor:\n  y = torch.relu(ops.image.read_file(\"/x\"))\n  return (x).save(y, )\n";
        assert_eq!(operators(source), ["aten::relu", "aten::save", "image::read_file"]);
    }

    #[test]
    fn the_archives_own_functions_are_no_operators() {
        assert_eq!(operators("def f(x):\n  return __torch__.net.g(self.l.weight, x)\n"), Vec::<String>::new());
    }

    #[test]
    fn a_class_is_stated_with_the_module_that_its_pickle_names() {
        let expected = GraphFact::Object {
            framework: FRAMEWORK.into(),
            key: "__torch__/net.py".into(),
            module: "__torch__.net".into(),
            name: "Net".into(),
        };
        assert_eq!(facts("class Net(Module):\n  training : bool\n"), [FactKind::Graph(expected)]);
    }

    #[test]
    fn an_alias_of_the_operators_is_a_fault() {
        let found = facts("def f(x):\n  t = torch\n  return t.anything(x)\n");
        assert!(matches!(found[..], [FactKind::Fault(Fault::Unsupported { .. })]), "{found:?}");
    }
}
