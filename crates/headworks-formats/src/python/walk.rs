//! The walk over a program: which parts run on import, and which names mean what when they run.
//!
//! Statements nest no deeper than `document_depth_max`, so the walk recurses over them; expressions
//! are walked with a stack of our own.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use headworks_types::fact::{CodeFact, Effect};
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Alias, BoolOp, CmpOp, Decorator, Expr, ExprCall, Parameters, Stmt, StmtClassDef, StmtFunctionDef, StmtIf,
    StmtImport, StmtImportFrom,
};

use super::Program;
use super::building;
use super::escapes::Escape;
use super::names::{Names, Value};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::text::shortened;

/// Names of folders that nobody imports, as a rule. Whoever does, as in `from toy import tests`, imports a module that
/// only the name on the right names, so that is stated as well.
const OFTEN_ALONE: &[&str] = &[
    "benchmarks",
    "bin",
    "ci",
    "demo",
    "demos",
    "doc",
    "docs",
    "examples",
    "scripts",
    "test",
    "tests",
    "tools",
    "utils",
];

/// Characters of a source line that a fact shows.
const EXCERPT_CHARACTERS_MAX: usize = 120;

/// Bytes around a call that are searched for the ends of its line.
const LINE_BYTES_MAX: usize = 300;

/// Holds what the program defines itself, so that a function named `eval` is no built-in.
const LOCAL: &str = "<module>";

/// Walks a module; states its imports and the effects of its calls.
pub(super) fn module<'s>(
    body: &'s [Stmt],
    escapes: &[Escape<'_>],
    program: &Program<'s>,
    input: &Input<'_>,
    inspection: &mut Inspection<'_>,
) {
    let mut walk = Walk {
        program,
        input,
        inspection,
        names: Names::module(),
        functions: HashMap::new(),
        walked: HashSet::new(),
        reached: Vec::new(),
        pending: VecDeque::new(),
        class: None,
        runs: program.runs_on_import,
        has_commands: false,
        command: None,
    };
    escapes.iter().for_each(|escape| walk.escape(escape));
    walk.body(body);
    walk.run_reached();
    walk.runs = false;
    walk.run_commands();
    while let Some(function) = walk.pending.pop_front() {
        walk.function_body(&function);
    }
}

/// A function of the program, and the class it is a method of.
#[derive(Clone)]
pub(super) struct Function<'s> {
    pub(super) definition: &'s StmtFunctionDef,
    pub(super) class: Option<String>,
}

pub(super) struct Walk<'s, 'w, 'l> {
    program: &'w Program<'s>,
    pub(super) input: &'w Input<'w>,
    pub(super) inspection: &'w mut Inspection<'l>,
    pub(super) names: Names,
    /// Functions by full name, those of classes below the class.
    pub(super) functions: HashMap<String, Vec<Function<'s>>>,
    /// Offsets of the functions whose bodies were walked.
    walked: HashSet<u32>,
    /// Functions that what runs on import calls.
    reached: Vec<String>,
    pending: VecDeque<Function<'s>>,
    class: Option<String>,
    /// Whether importing the module runs the statement that is being walked.
    pub(super) runs: bool,
    /// Whether `setup()` was given commands of its own.
    pub(super) has_commands: bool,
    /// The command of a build that runs the statement that is being walked.
    pub(super) command: Option<String>,
}

impl<'s> Walk<'s, '_, '_> {
    fn body(&mut self, statements: &'s [Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'s Stmt) {
        match statement {
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class_definition(class),
            Stmt::If(branch) => self.branch(branch),
            _ => self.plain(statement),
        }
    }

    /// A statement whose expressions are evaluated where it stands.
    fn plain(&mut self, statement: &'s Stmt) {
        let mut children = Children::default();
        walk_stmt(&mut children, statement);
        let is_docstring = matches!(statement, Stmt::Expr(alone) if alone.value.is_string_literal_expr());
        if !is_docstring {
            self.expressions(children.expressions);
        }
        match statement {
            Stmt::Assign(assignment) => {
                let value = self.value_of(&assignment.value);
                assignment.targets.iter().for_each(|target| self.assign(target, &value));
            }
            Stmt::AnnAssign(assignment) => {
                let value = assignment.value.as_deref().map_or(Value::Unknown, |value| self.value_of(value));
                self.assign(&assignment.target, &value);
            }
            Stmt::For(each) => {
                let value = if self.is_decoded(&each.iter) { Value::Decoded } else { Value::Unknown };
                self.assign(&each.target, &value);
            }
            Stmt::With(block) => block.items.iter().for_each(|item| {
                if let Some(target) = item.optional_vars.as_deref() {
                    let value = self.value_of(&item.context_expr);
                    self.assign(target, &value);
                }
            }),
            _ => {}
        }
        children.statements.into_iter().for_each(|child| self.statement(child));
    }

    fn assign(&mut self, target: &Expr, value: &Value) {
        match target {
            Expr::Name(name) => self.names.bind(name.id.as_str(), value.clone()),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|part| self.assign_part(part, value)),
            Expr::List(list) => list.elts.iter().for_each(|part| self.assign_part(part, value)),
            _ => {}
        }
    }

    /// A part of decoded data is decoded; nothing else is known of a part.
    fn assign_part(&mut self, part: &Expr, whole: &Value) {
        if let Expr::Name(name) = part {
            let value = if *whole == Value::Decoded { Value::Decoded } else { Value::Unknown };
            self.names.bind(name.id.as_str(), value);
        }
    }

    fn import(&mut self, import: &'s StmtImport) {
        for alias in &import.names {
            let module = alias.name.as_str();
            self.state_import(module, alias);
            match &alias.asname {
                Some(name) => self.names.bind(name.as_str(), Value::Dotted(module.to_owned())),
                None => {
                    let top = module.split('.').next().unwrap_or(module);
                    self.names.bind(top, Value::Dotted(top.to_owned()));
                }
            }
        }
    }

    fn import_from(&mut self, import: &'s StmtImportFrom) {
        let dots: String = (0..import.level.min(16)).map(|_| '.').collect();
        let module = format!("{dots}{}", import.module.as_ref().map_or("", |module| module.as_str()));
        for alias in &import.names {
            let name = alias.name.as_str();
            let is_relative_module = import.module.is_none() && name != "*";
            self.state_import(&if is_relative_module { format!("{module}{name}") } else { module.clone() }, alias);
            if import.module.is_some() && OFTEN_ALONE.contains(&name) {
                self.state_import(&format!("{module}.{name}"), alias);
            }
            if name == "*" {
                self.names.star(&module);
                continue;
            }
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            self.names.bind(bound.as_str(), Value::Dotted(format!("{module}.{name}")));
        }
    }

    fn state_import(&mut self, module: &str, alias: &Alias) {
        self.state_module(module, u64::from(alias.range.start().to_u32())..u64::from(alias.range.end().to_u32()));
    }

    pub(super) fn state_module(&mut self, module: &str, range: Range<u64>) {
        self.inspection.fact(self.input.place.at(range), CodeFact::Import { module: module.to_owned() });
    }

    /// Decorators and defaults run where the function is defined, its body when it is called.
    fn function(&mut self, function: &'s StmtFunctionDef) {
        self.decorators(&function.decorator_list);
        let mut evaluated = Children::default();
        evaluated.visit_parameters(&function.parameters);
        self.expressions(evaluated.expressions);
        let name = function.name.as_str();
        let known = Function { definition: function, class: self.class.clone() };
        let full = format!("{}.{name}", self.class.as_deref().unwrap_or(LOCAL));
        self.names.bind(name, Value::Dotted(full.clone()));
        self.functions.entry(full).or_default().push(known.clone());
        self.pending.push_back(known);
    }

    fn decorators(&mut self, decorators: &'s [Decorator]) {
        for decorator in decorators {
            self.expressions(vec![&decorator.expression]);
            // A decorator is called with what it decorates.
            self.reference(&decorator.expression);
            if let Some(name) = self.names.resolve(&decorator.expression) {
                self.reach(&name);
            }
        }
    }

    fn class_definition(&mut self, class: &'s StmtClassDef) {
        self.decorators(&class.decorator_list);
        let name = format!("{LOCAL}.{}", class.name.as_str());
        if let Some(arguments) = &class.arguments {
            let mut evaluated = Children::default();
            evaluated.visit_arguments(arguments);
            for base in &evaluated.expressions {
                // A base class hears of its subclasses, and a metaclass makes them.
                if let Some(base) = self.names.resolve(base) {
                    ["__init_subclass__", "__new__", "__init__"].iter().for_each(|hook| {
                        if *hook == "__init_subclass__" || arguments.find_keyword("metaclass").is_some() {
                            self.reach(&format!("{base}.{hook}"));
                        }
                    });
                }
            }
            self.expressions(evaluated.expressions);
        }
        self.names.enter();
        let outer = self.class.replace(name.clone());
        self.body(&class.body);
        self.class = outer;
        self.names.leave();
        self.names.bind(class.name.as_str(), Value::Dotted(name));
    }

    /// `if __name__ == "__main__":` and `if TYPE_CHECKING:` do not run on import.
    fn branch(&mut self, branch: &'s StmtIf) {
        self.expressions(vec![&branch.test]);
        let runs = self.runs;
        // A build executes `setup.py` as the main program.
        let is_guarded = is_main_guard(&branch.test) && self.input.place.base_name() != building::SCRIPT;
        self.runs = runs && !is_guarded && !is_type_checking(&branch.test);
        self.body(&branch.body);
        self.runs = runs;
        for clause in &branch.elif_else_clauses {
            self.expressions(clause.test.iter().collect());
            self.body(&clause.body);
        }
    }

    /// Walks the functions that importing the module calls, and those that they call.
    pub(super) fn run_reached(&mut self) {
        while let Some(name) = self.reached.pop() {
            for function in self.functions.get(&name).cloned().unwrap_or_default() {
                self.function_body(&function);
            }
        }
    }

    pub(super) fn function_body(&mut self, function: &Function<'s>) {
        if !self.walked.insert(function.definition.range.start().to_u32()) {
            return;
        }
        self.names.enter();
        self.bind_parameters(&function.definition.parameters, function.class.as_deref());
        let outer = self.class.take();
        self.body(&function.definition.body);
        self.class = outer;
        self.names.leave();
    }

    /// A parameter hides what has its name outside; the first one of a method is of its class.
    fn bind_parameters(&mut self, parameters: &Parameters, class: Option<&str>) {
        for (position, parameter) in parameters.iter().enumerate() {
            let value = match class {
                Some(class) if position == 0 => Value::Dotted(class.to_owned()),
                _ => Value::Unknown,
            };
            self.names.bind(parameter.name().as_str(), value);
        }
    }

    /// Notes that importing the module, or building it, calls a function or makes an instance of a class.
    pub(super) fn reach(&mut self, name: &str) {
        if self.runs || self.command.is_some() {
            let plain = name.replace("()", "");
            let called = [format!("{plain}.__init__"), format!("{plain}.__new__"), plain];
            self.reached.extend(called.into_iter().filter(|name| self.functions.contains_key(name)));
        }
    }

    /// Walks expressions and all below them.
    fn expressions(&mut self, roots: Vec<&'s Expr>) {
        let mut open: Vec<(&'s Expr, bool)> = roots.into_iter().rev().map(|root| (root, self.runs)).collect();
        let runs = self.runs;
        while let Some((expression, here)) = open.pop() {
            self.runs = here;
            match expression {
                Expr::Call(call) => self.call(call),
                Expr::Subscript(item) => self.subscript(item),
                Expr::StringLiteral(literal) => self.literal(literal),
                Expr::Named(named) => {
                    let value = self.value_of(&named.value);
                    self.assign(&named.target, &value);
                }
                _ => {}
            }
            let mut children = Children::default();
            walk_expr(&mut children, expression);
            // The body of a lambda waits for a call, as that of a function does.
            let here = here && !expression.is_lambda_expr();
            open.extend(children.expressions.into_iter().rev().map(|child| (child, here)));
        }
        self.runs = runs;
    }

    fn escape(&mut self, escape: &Escape<'_>) {
        let is_shell = match escape.line.trim_start_matches(['!', '%']) {
            _ if escape.line.starts_with('!') => true,
            magic => escape.line.starts_with('%') && runs_a_shell(magic),
        };
        if is_shell {
            self.state_shell(escape.line, u32::try_from(escape.start).unwrap_or(u32::MAX));
        }
    }

    pub(super) fn state_shell(&mut self, line: &str, start: u32) {
        let start = u64::from(start);
        let excerpt = crate::secrets::without(&shortened(line, EXCERPT_CHARACTERS_MAX)).into_owned();
        let end = start.saturating_add(line.len() as u64).min(self.program.source.len() as u64);
        self.inspection.fact(self.input.place.at(start..end.max(start)), CodeFact::ShellMagic { excerpt });
    }

    pub(super) fn state_effect(&mut self, effect: Effect, callee: &str, start: u32, end: u32) {
        self.state_call(effect, callee, None, start, end);
    }

    /// The same, with the words that the call hands to another program.
    pub(super) fn state_call(&mut self, effect: Effect, callee: &str, words: Option<String>, start: u32, end: u32) {
        let fact = CodeFact::Effect {
            effect,
            callee: shortened(callee, EXCERPT_CHARACTERS_MAX),
            at_import: self.runs,
            excerpt: self.excerpt(start),
        };
        self.inspection.fact(self.input.place.at(u64::from(start)..u64::from(end.max(start))), fact);
        self.state_build_effect(effect, callee, words, (start, end));
    }

    /// The line at an offset, shortened, without the credentials that it may hold.
    pub(super) fn excerpt(&self, start: u32) -> String {
        let source = self.program.source;
        let at = source.floor_char_boundary(usize::try_from(start).unwrap_or(usize::MAX));
        let from = source.floor_char_boundary(at.saturating_sub(LINE_BYTES_MAX));
        let to = source.floor_char_boundary(at.saturating_add(LINE_BYTES_MAX));
        let before = source.get(from..at).unwrap_or_default();
        let after = source.get(at..to).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(from, |index| from.saturating_add(index).saturating_add(1));
        let line_end = after.find('\n').map_or(to, |index| at.saturating_add(index));
        let line = source.get(line_start..line_end).unwrap_or_default();
        let shown = if line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() >= 16) {
            crate::secrets::without(line)
        } else {
            line.into()
        };
        shortened(&shown, EXCERPT_CHARACTERS_MAX)
    }

    pub(super) fn call(&mut self, call: &'s ExprCall) {
        super::calls::judge(self, call);
    }
}

/// A full name without the part that says it is the program's own.
pub(super) fn own(name: &str) -> &str {
    name.strip_prefix(LOCAL).map_or(name, |rest| rest.trim_start_matches('.'))
}

/// Magics that hand their line to a shell or an installer.
pub(crate) fn runs_a_shell(command: &str) -> bool {
    let name = command.split_whitespace().next().unwrap_or_default();
    matches!(name, "pip" | "conda" | "mamba" | "uv" | "system" | "sx" | "sc" | "sh" | "bash" | "script" | "cmd" | "run")
}

fn is_main_guard(test: &Expr) -> bool {
    let compare = match test {
        Expr::Compare(compare) => compare,
        // All of an `and` must hold, so one guard guards the whole.
        Expr::BoolOp(both) if both.op == BoolOp::And => return both.values.iter().any(is_main_guard),
        _ => return false,
    };
    let is_name = |side: &Expr| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main = |side: &Expr| matches!(side, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    match (&*compare.ops, &*compare.comparators) {
        ([CmpOp::Eq], [right]) => {
            (is_name(&compare.left) && is_main(right)) || (is_main(&compare.left) && is_name(right))
        }
        _ => false,
    }
}

fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

/// The expressions and statements directly below a node.
#[derive(Default)]
pub(super) struct Children<'s> {
    pub(super) expressions: Vec<&'s Expr>,
    statements: Vec<&'s Stmt>,
}

impl<'s> Visitor<'s> for Children<'s> {
    fn visit_expr(&mut self, expression: &'s Expr) {
        self.expressions.push(expression);
    }

    fn visit_stmt(&mut self, statement: &'s Stmt) {
        self.statements.push(statement);
    }
}
