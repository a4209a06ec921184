//! What one call does.

use headworks_types::fact::Effect;
use ruff_python_ast::visitor::walk_expr;
use ruff_python_ast::{Expr, ExprCall, ExprContext, ExprStringLiteral, ExprSubscript};

use super::names::Value;
use super::walk::{Children, Walk};
use super::{building, effects};

/// Characters of a literal from which it is a payload and no word.
const PAYLOAD_CHARACTERS_MIN: usize = 40;

/// Nodes below one argument that are searched for decoders.
const NODES_MAX: usize = 20_000;

/// What a build that hands on all variables reads; most builds do so for the programs they start.
const WHOLE_ENVIRONMENT: &str = "os.environ as a whole";

/// States the effect of a call, and of the callables it hands on.
pub(super) fn judge<'s>(walk: &mut Walk<'s, '_, '_>, call: &'s ExprCall) {
    let start = call.range_start.to_u32();
    let end = call.arguments.range.end().to_u32();
    let name = walk.names.resolve(&call.func);
    if let Some(name) = &name {
        walk.reach(name);
        if let Some(sign) = shell_of_notebook(name) {
            let line: Vec<String> =
                call.arguments.args.iter().filter_map(|argument| walk.names.text(argument)).collect();
            return walk.state_shell(&format!("{sign}{}", line.join(" ")), start);
        }
    }
    if let Some((effect, callee)) = effect_of(walk, call, name.as_deref()) {
        let starts_program = effect == Effect::Process && walk.run_by().is_some();
        let words = starts_program.then(|| building::words(walk, call));
        walk.state_call(effect, &callee, words, start, end);
    }
    if name.as_deref().is_some_and(is_import)
        && let Some(module) = call.arguments.args.first().and_then(|argument| walk.names.text(argument))
    {
        walk.state_module(&module, u64::from(start)..u64::from(end));
    }
    if name.as_deref().is_some_and(building::is_setup) {
        building::state(walk, call);
    }
    for argument in call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value)) {
        if !name.as_deref().is_some_and(effects::only_looks) {
            walk.reference(argument);
        }
        if walk.run_by().is_some() && walk.names.resolve(argument).as_deref() == Some("os.environ") {
            walk.state_build_effect(Effect::Credential, WHOLE_ENVIRONMENT, None, (start, end));
        }
        if name.as_deref().is_some_and(effects::calls_its_argument)
            && let Some(function) = walk.names.resolve(argument)
        {
            walk.reach(&function);
        }
    }
}

fn effect_of(walk: &Walk<'_, '_, '_>, call: &ExprCall, name: Option<&str>) -> Option<(Effect, String)> {
    let Some(name) = name else { return effect_of_unknown(walk, call) };
    if let Some(effect) = effects::of(name) {
        return refined(walk, call, name, effect).map(|effect| (effect, name.to_owned()));
    }
    if is_open(name) && opens_for_writing(walk, call, name) {
        return Some((Effect::FileWrite, name.to_owned()));
    }
    if reads_environment(name)
        && walk.names.text(call.arguments.args.first()?).is_some_and(|key| effects::is_secret_variable(&key))
    {
        return Some((Effect::Credential, name.to_owned()));
    }
    if reaches_by_computed_name(name, walk, call) {
        return Some((Effect::DynamicImport, name.to_owned()));
    }
    if is_true(call, "trust_remote_code") {
        return Some((Effect::DynamicImport, format!("{name}(trust_remote_code=True)")));
    }
    let method = name.rsplit_once('.').and_then(|(_, method)| effects::of_method(method));
    method.map(|effect| (effect, name.to_owned()))
}

/// A call of something that is not named: a method of a value, or the result of another call.
fn effect_of_unknown(walk: &Walk<'_, '_, '_>, call: &ExprCall) -> Option<(Effect, String)> {
    match &*call.func {
        Expr::Attribute(method) if is_true(call, "trust_remote_code") => {
            Some((Effect::DynamicImport, format!("{}(trust_remote_code=True)", method.attr.as_str())))
        }
        Expr::Attribute(method) => {
            let name = method.attr.as_str();
            effects::of_method(name).map(|effect| (effect, format!("<value>.{name}")))
        }
        Expr::Call(inner) => {
            // `getattr(os, name)(...)`: the callee is computed, and its holder is known.
            let name = walk.names.resolve(&inner.func)?;
            let holder = walk.names.resolve(inner.arguments.args.first()?)?;
            (name == "getattr" && holds_effects(&holder))
                .then(|| (Effect::DynamicImport, format!("getattr({holder}, ...)")))
        }
        _ => None,
    }
}

/// The effect in the light of the arguments; nothing when they make the call harmless.
fn refined(walk: &Walk<'_, '_, '_>, call: &ExprCall, name: &str, effect: Effect) -> Option<Effect> {
    let first = call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|keyword| &keyword.value));
    match effect {
        Effect::Evaluate | Effect::Process
            if first.is_some_and(|first| walk.brings_code(first, effect == Effect::Evaluate)) =>
        {
            Some(Effect::DecodeThenExecute)
        }
        Effect::Deserialize if effects::unpickles(name) && first.is_some_and(|first| walk.is_payload(first)) => {
            Some(Effect::DecodeThenExecute)
        }
        Effect::Deserialize => is_unchecked(walk, call, name).then_some(effect),
        Effect::DynamicImport => match first {
            Some(first) if is_import(name) && walk.names.text(first).is_some() => None,
            Some(first) if walk.is_decoded(first) => Some(Effect::DecodeThenExecute),
            _ => Some(effect),
        },
        _ => Some(effect),
    }
}

/// Whether a loader is called without the argument that makes it refuse code.
fn is_unchecked(walk: &Walk<'_, '_, '_>, call: &ExprCall, name: &str) -> bool {
    let loader = || call.arguments.find_argument_value("Loader", 1).and_then(|loader| walk.names.resolve(loader));
    match name {
        "torch.load" | "torch.serialization.load" => !is_true(call, "weights_only"),
        "numpy.load" | "numpy.lib.npyio.load" => is_true(call, "allow_pickle"),
        "yaml.load" | "yaml.load_all" => {
            !loader().is_some_and(|loader| loader.contains("Safe") || loader.contains("BaseLoader"))
        }
        _ => true,
    }
}

fn is_true(call: &ExprCall, keyword: &str) -> bool {
    let value = call.arguments.find_keyword(keyword).map(|keyword| &keyword.value);
    matches!(value, Some(Expr::BooleanLiteral(literal)) if literal.value)
}

fn is_open(name: &str) -> bool {
    matches!(
        name,
        "open" | "io.open" | "codecs.open" | "builtins.open" | "os.fdopen" | "gzip.open" | "pathlib.Path().open"
    )
}

fn opens_for_writing(walk: &Walk<'_, '_, '_>, call: &ExprCall, name: &str) -> bool {
    let position = usize::from(name != "pathlib.Path().open");
    let mode = call.arguments.find_argument_value("mode", position).and_then(|mode| walk.names.text(mode));
    mode.is_some_and(|mode| mode.contains(['w', 'a', 'x', '+']))
}

fn reads_environment(name: &str) -> bool {
    matches!(name, "os.getenv" | "os.environ.get" | "os.environ.pop" | "os.environ.setdefault" | "environ.get")
}

fn is_import(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("__import__" | "import_module"))
}

/// `getattr(os, name)` with a name that only the running program knows, handed on or called later.
fn reaches_by_computed_name(name: &str, walk: &Walk<'_, '_, '_>, call: &ExprCall) -> bool {
    let [holder, key, ..] = &*call.arguments.args else { return false };
    name == "getattr"
        && walk.names.text(key).is_none()
        && walk.names.resolve(holder).is_some_and(|holder| holds_effects(&holder))
}

fn holds_effects(module: &str) -> bool {
    matches!(module, "os" | "posix" | "subprocess" | "builtins" | "__builtins__" | "pty" | "ctypes" | "importlib")
}

/// IPython's own ways to a shell, and the sign that is short for each.
fn shell_of_notebook(name: &str) -> Option<&'static str> {
    let method = name.strip_prefix("get_ipython().").or_else(|| name.strip_prefix("IPython.get_ipython()."))?;
    match method {
        "system" | "getoutput" => Some("!"),
        "run_line_magic" | "magic" => Some("%"),
        "run_cell_magic" => Some("%%"),
        _ => None,
    }
}

impl<'s> Walk<'s, '_, '_> {
    /// A callable with an effect that is handed on and not called here, as in `Thread(target=os.system)`.
    pub(super) fn reference(&mut self, expression: &'s Expr) {
        let range = match expression {
            Expr::Attribute(attribute) => attribute.range,
            Expr::Name(name) => name.range,
            _ => return,
        };
        let Some(name) = self.names.resolve(expression) else { return };
        if let Some(effect @ (Effect::Process | Effect::Evaluate)) = effects::of(&name) {
            self.state_effect(effect, &name, range.start().to_u32(), range.end().to_u32());
        }
    }

    /// `os.environ["HF_TOKEN"]`, read and not set.
    pub(super) fn subscript(&mut self, item: &'s ExprSubscript) {
        let is_environment =
            item.ctx == ExprContext::Load && self.names.resolve(&item.value).as_deref() == Some("os.environ");
        if is_environment && self.names.text(&item.slice).is_some_and(|key| effects::is_secret_variable(&key)) {
            self.state_effect(Effect::Credential, "os.environ", item.range.start().to_u32(), item.range.end().to_u32());
        }
    }

    /// A path at which people keep credentials.
    pub(super) fn literal(&mut self, literal: &'s ExprStringLiteral) {
        let text = literal.value.to_str();
        if text.len() <= 256 && !text.contains('\n') && effects::is_credential_path(text) {
            self.state_effect(Effect::Credential, text, literal.range.start().to_u32(), literal.range.end().to_u32());
        }
    }

    /// What a name that is assigned this expression stands for.
    pub(super) fn value_of(&self, expression: &Expr) -> Value {
        if let Some(text) = self.names.text(expression) {
            return Value::Text(text);
        }
        if self.is_decoded(expression) && self.carries_its_argument(expression) {
            return Value::Decoded;
        }
        match self.names.resolve(expression) {
            Some(name) if name != "()" => Value::Dotted(name),
            _ => Value::Unknown,
        }
    }

    /// Whether an expression's value is its argument in another form, so that what was decoded stays decoded.
    fn carries_its_argument(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(_) => true,
                Expr::Name(name) if matches!(name.id.as_str(), "str" | "bytes" | "bytearray" | "compile") => true,
                callee => self.names.resolve(callee).is_some_and(|name| effects::decodes(&name)),
            },
            Expr::Name(_) | Expr::BinOp(_) | Expr::FString(_) | Expr::Subscript(_) | Expr::Await(_) => true,
            _ => false,
        }
    }

    /// Whether decoded data, or when `fetched` counts data from elsewhere, is part of an expression.
    pub(super) fn brings_code(&self, expression: &Expr, fetched: bool) -> bool {
        self.any_below(expression, &|walk, node| walk.is_decoder(node) || (fetched && walk.is_fetcher(node)))
    }

    pub(super) fn is_decoded(&self, expression: &Expr) -> bool {
        self.brings_code(expression, false)
    }

    /// Decoded data that the source itself carries.
    fn is_payload(&self, expression: &Expr) -> bool {
        let is_long = |node: &Expr| match node {
            Expr::StringLiteral(text) => text.value.to_str().len() >= PAYLOAD_CHARACTERS_MIN,
            Expr::BytesLiteral(bytes) => {
                bytes.value.iter().map(|part| part.value.len()).sum::<usize>() >= PAYLOAD_CHARACTERS_MIN
            }
            _ => false,
        };
        self.any_below(expression, &|_, node| is_long(node))
    }

    fn is_decoder(&self, node: &Expr) -> bool {
        match node {
            Expr::Call(call) => {
                let name = self.names.resolve(&call.func);
                name.as_deref().is_some_and(effects::decodes) || is_rotation(call) || spells_characters(call)
            }
            Expr::Name(name) => self.names.value(name.id.as_str()) == Some(&Value::Decoded),
            _ => false,
        }
    }

    fn is_fetcher(&self, node: &Expr) -> bool {
        match node {
            Expr::Call(call) => self.names.resolve(&call.func).as_deref().is_some_and(effects::fetches),
            // A name that was bound to a response resolves to the call that made it.
            Expr::Name(name) => {
                matches!(self.names.value(name.id.as_str()), Some(Value::Dotted(full)) if is_response(full))
            }
            _ => false,
        }
    }

    fn any_below(&self, root: &Expr, holds: &dyn Fn(&Self, &Expr) -> bool) -> bool {
        let mut open = vec![root];
        let mut nodes = 0usize;
        while let Some(node) = open.pop() {
            nodes = nodes.saturating_add(1);
            if holds(self, node) {
                return true;
            }
            if nodes >= NODES_MAX {
                return false;
            }
            let mut children = Children::default();
            walk_expr(&mut children, node);
            open.append(&mut children.expressions);
        }
        false
    }
}

/// `.decode("rot13")` and kin.
fn is_rotation(call: &ExprCall) -> bool {
    let is_decode = matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == "decode");
    let codec = call.arguments.args.first();
    is_decode
        && matches!(codec, Some(Expr::StringLiteral(name))
            if matches!(name.value.to_str(), "rot13" | "rot_13" | "hex" | "base64" | "zlib" | "bz2" | "unicode_escape"))
}

/// `"".join(chr(c) for c in ...)` and `"".join(map(chr, ...))`.
fn spells_characters(call: &ExprCall) -> bool {
    let is_join = matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == "join");
    let is_chr = |expression: &Expr| matches!(expression, Expr::Name(name) if name.id.as_str() == "chr");
    let calls_chr = |element: &Expr| {
        let mut children = Children::default();
        walk_expr(&mut children, element);
        is_chr(element) || children.expressions.iter().any(|child| is_chr(child))
    };
    is_join
        && match call.arguments.args.first() {
            Some(Expr::Generator(generator)) => calls_chr(&generator.elt),
            Some(Expr::ListComp(list)) => calls_chr(&list.elt),
            Some(Expr::Call(map)) => map.arguments.args.first().is_some_and(is_chr),
            _ => false,
        }
}

fn is_response(full: &str) -> bool {
    full.split_once("()").is_some_and(|(callee, _)| effects::fetches(callee))
}
