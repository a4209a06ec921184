//! What `setup()` of setuptools and distutils is given, and which code a build runs through it.
//!
//! Sources: `setuptools.build_meta`, which executes `setup.py` as the main program and then its commands; the keywords
//! of setuptools. Commands are classes that the keyword `cmdclass` names. Where it stands, all methods of the file's
//! classes count as run by a build, for a dictionary can be put together in many ways.

use headworks_types::fact::{CodeFact, Effect, PackageFact};
use ruff_python_ast::visitor::walk_expr;
use ruff_python_ast::{Expr, ExprCall, Keyword};

use super::walk::{Children, Function, Walk};
use crate::metadata::shortened as short;
use crate::python_package::specifier;
use crate::text::{shortened, without_credentials};

/// The script that a build runs by its name.
pub(super) const SCRIPT: &str = "setup.py";

/// Functions that take what a build needs to know.
const SETUP: &[&str] = &[
    "distutils.core.setup",
    "numpy.distutils.core.setup",
    "setuptools._distutils.core.setup",
    "setuptools.setup",
    "skbuild.setup",
];

/// Expressions of one call that are searched for words.
const NODES_MAX: usize = 2000;

/// Characters of the words of a command that are shown.
const WORDS_MAX: usize = 400;

pub(super) fn is_setup(name: &str) -> bool {
    SETUP.contains(&name)
}

/// States what the keywords of a call of `setup()` name.
pub(super) fn state<'s>(walk: &mut Walk<'s, '_, '_>, call: &'s ExprCall) {
    for keyword in &call.arguments.keywords {
        let Some(name) = &keyword.arg else {
            walk.has_commands = true;
            continue;
        };
        match name.as_str() {
            hook @ ("cmdclass" | "distclass") => {
                walk.has_commands = true;
                targets(walk, keyword).into_iter().for_each(|target| build_code(walk, keyword, hook, target));
            }
            hook @ ("ext_modules" | "rust_extensions") => build_code(walk, keyword, hook, String::new()),
            hook @ "cffi_modules" => {
                texts(walk, &keyword.value).into_iter().for_each(|file| build_code(walk, keyword, hook, file));
            }
            hook @ ("setup_requires" | "install_requires" | "tests_require") => {
                for requirement in texts(walk, &keyword.value).iter().filter_map(|line| specifier::read(line, false)) {
                    let built = Some(&requirement).filter(|_| hook == "setup_requires");
                    let built = built.and_then(|requirement| specifier::build_code(requirement, hook));
                    built.into_iter().for_each(|fact| package(walk, keyword, fact));
                    package(walk, keyword, requirement);
                }
            }
            "dependency_links" => texts(walk, &keyword.value).into_iter().for_each(|link| {
                let (option, value) = ("--find-links".into(), short(&without_credentials(&link)));
                package(walk, keyword, PackageFact::InstallerOption { option, value });
            }),
            "scripts" => texts(walk, &keyword.value).into_iter().for_each(|script| {
                let name = short(script.rsplit('/').next().unwrap_or(&script));
                package(walk, keyword, PackageFact::Command { name, target: short(&script) });
            }),
            "entry_points" => programs(walk, keyword),
            "package_dir" => packed(walk, keyword),
            "packages" => searched(walk, keyword),
            _ => {}
        }
    }
}

/// The classes that a dictionary of commands names; the expression itself where it is no plain dictionary.
fn targets(walk: &Walk<'_, '_, '_>, keyword: &Keyword) -> Vec<String> {
    let name = |value: &Expr| match walk.names.resolve(value) {
        Some(name) => short(super::walk::own(&name)),
        None => "a computed class".to_owned(),
    };
    match &keyword.value {
        Expr::Dict(commands) => commands.items.iter().map(|item| name(&item.value)).collect(),
        value => vec![name(value)],
    }
}

/// `entry_points={"console_scripts": ["name = module:function"]}`.
fn programs<'s>(walk: &mut Walk<'s, '_, '_>, keyword: &'s Keyword) {
    let Expr::Dict(groups) = &keyword.value else { return };
    for item in &groups.items {
        let group = item.key.as_ref().and_then(|key| walk.names.text(key));
        let is_program = matches!(group.as_deref(), Some("console_scripts" | "gui_scripts"));
        for line in texts(walk, &item.value) {
            let Some((name, target)) = line.split_once('=') else { continue };
            let (name, target) = (short(name.trim()), short(target.trim()));
            if is_program {
                package(walk, keyword, PackageFact::Command { name, target });
            } else {
                // Whoever looks for plugins of the group imports what the line names.
                let module = target.split([':', '[']).next().unwrap_or_default();
                let range = u64::from(keyword.range.start().to_u32())..u64::from(keyword.range.end().to_u32());
                walk.state_module(module.trim(), range);
            }
        }
    }
}

/// `package_dir={"": "src"}`: which folder becomes which package.
fn packed<'s>(walk: &mut Walk<'s, '_, '_>, keyword: &'s Keyword) {
    let folders: Vec<String> = match &keyword.value {
        Expr::Dict(folders) => {
            let folder = |value: &Expr| walk.names.text(value).unwrap_or_else(|| "*".into());
            folders.items.iter().map(|item| folder(&item.value)).collect()
        }
        _ => vec!["*".into()],
    };
    folders.iter().for_each(|folder| package(walk, keyword, PackageFact::PackedFolder { folder: short(folder) }));
}

/// `packages=find_packages("src")` or `where="src"`: the folder that packages are searched in.
fn searched<'s>(walk: &mut Walk<'s, '_, '_>, keyword: &'s Keyword) {
    let Expr::Call(call) = &keyword.value else { return };
    let named = call.arguments.keywords.iter().find(|given| given.arg.as_ref().is_some_and(|name| name == "where"));
    let Some(place) = call.arguments.args.first().or_else(|| named.map(|given| &given.value)) else { return };
    let folder = walk.names.text(place).unwrap_or_else(|| "*".into());
    package(walk, keyword, PackageFact::PackedFolder { folder: short(&folder) });
}

/// The strings of a list, or of one string with a line for each.
fn texts(walk: &Walk<'_, '_, '_>, value: &Expr) -> Vec<String> {
    let elements = match value {
        Expr::List(list) => list.elts.as_slice(),
        Expr::Tuple(tuple) => tuple.elts.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let texts = elements.iter().filter_map(|element| walk.names.text(element));
    texts.flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()).collect()
}

fn build_code(walk: &mut Walk<'_, '_, '_>, keyword: &Keyword, hook: &str, target: String) {
    package(walk, keyword, PackageFact::BuildCode { hook: hook.into(), target });
}

fn package(walk: &mut Walk<'_, '_, '_>, keyword: &Keyword, fact: PackageFact) {
    let range = u64::from(keyword.range.start().to_u32())..u64::from(keyword.range.end().to_u32());
    walk.inspection.fact(walk.input.place.at(range), fact);
}

/// The words that the arguments of a call spell out, as a command line.
pub(super) fn words(walk: &Walk<'_, '_, '_>, call: &ExprCall) -> String {
    let mut open: Vec<&Expr> = call.arguments.args.iter().rev().collect();
    let (mut nodes, mut words) = (0usize, String::new());
    while let Some(node) = open.pop() {
        nodes = nodes.saturating_add(1);
        if nodes > NODES_MAX || words.len() > WORDS_MAX {
            break;
        }
        if let Some(text) = walk.names.text(node) {
            words.push_str(if words.is_empty() { "" } else { " " });
            words.push_str(&text);
            continue;
        }
        if walk.names.resolve(node).as_deref() == Some("sys.executable") {
            words.push_str(if words.is_empty() { "sys.executable" } else { " sys.executable" });
        }
        let mut children = Children::default();
        walk_expr(&mut children, node);
        open.extend(children.expressions.into_iter().rev());
    }
    shortened(&words, WORDS_MAX)
}

impl<'s> Walk<'s, '_, '_> {
    /// Walks the commands that `setup()` was given.
    pub(super) fn run_commands(&mut self) {
        if !self.has_commands {
            return;
        }
        let methods = self.functions.values().flatten().filter(|function| function.class.is_some());
        let mut methods: Vec<Function<'s>> = methods.cloned().collect();
        methods.sort_by_key(|method| method.definition.range.start());
        for method in methods {
            let class = method.class.clone().unwrap_or_default();
            self.command = Some(super::walk::own(&class).to_owned());
            self.function_body(&method);
            self.run_reached();
        }
        self.command = None;
    }

    /// What a build runs the statement for that is being walked; none where a build does not run it.
    pub(super) fn run_by(&self) -> Option<String> {
        let is_script = self.runs && self.input.place.base_name() == SCRIPT;
        if is_script { Some(SCRIPT.to_owned()) } else { self.command.clone() }
    }

    /// States that a build runs a call with an effect.
    pub(super) fn state_build_effect(
        &mut self,
        effect: Effect,
        callee: &str,
        words: Option<String>,
        range: (u32, u32),
    ) {
        let Some(hook) = self.run_by() else { return };
        let excerpt = match words.filter(|words| !words.is_empty()) {
            Some(words) => crate::secrets::without(&words).into_owned(),
            None => self.excerpt(range.0),
        };
        let (hook, callee) = (short(&hook), short(callee));
        let fact = CodeFact::BuildEffect { effect, callee, hook, excerpt };
        let end = range.1.max(range.0);
        self.inspection.fact(self.input.place.at(u64::from(range.0)..u64::from(end)), fact);
    }
}
