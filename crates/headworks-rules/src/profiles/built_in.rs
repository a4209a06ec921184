//! The profiles that are compiled in.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::argument::Signature;

/// File name and text of every profile; the digest covers them as they are.
pub(super) const TEXTS: &[(&str, &str)] = &[
    ("jax.toml", include_str!("../../profiles/jax.toml")),
    ("joblib.toml", include_str!("../../profiles/joblib.toml")),
    ("numpy.toml", include_str!("../../profiles/numpy.toml")),
    ("pandas.toml", include_str!("../../profiles/pandas.toml")),
    ("python-builtins.toml", include_str!("../../profiles/python-builtins.toml")),
    ("scipy.toml", include_str!("../../profiles/scipy.toml")),
    ("sklearn.toml", include_str!("../../profiles/sklearn.toml")),
    ("torch-object.toml", include_str!("../../profiles/torch-object.toml")),
    ("torch-weights.toml", include_str!("../../profiles/torch-weights.toml")),
    ("transformers-accelerate.toml", include_str!("../../profiles/transformers-accelerate.toml")),
    ("trees.toml", include_str!("../../profiles/trees.toml")),
];

/// One profile: what the pickles of one library may import and call.
#[derive(Debug)]
pub struct Profile {
    /// Kebab-case id.
    pub id: String,
    /// Counts up when the list changes.
    pub version: u32,
    /// One line for lists.
    pub title: String,
    /// Whether it applies unless the policy says otherwise.
    pub default_on: bool,
    /// How many names it lists.
    pub names: usize,
}

/// What one profile allows of one name.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Index into the profiles.
    pub(crate) profile: usize,
    /// Ways it may be called.
    pub(crate) call: Vec<Signature>,
    /// Ways its `__new__` may be called (NEWOBJ, or OBJ and INST without arguments).
    pub(crate) new: Vec<Signature>,
    /// BUILD may set the state of its instances.
    pub(crate) state: bool,
    /// APPEND, ADDITEMS and SETITEM may call the methods of its instances.
    pub(crate) mutation: bool,
}

/// All profiles with an index by name.
#[derive(Debug)]
pub(crate) struct BuiltIn {
    pub(crate) profiles: Vec<Profile>,
    entries: HashMap<String, HashMap<String, Vec<Entry>>>,
    /// `module.name` of every entry; a name the stream splits elsewhere is another name.
    dotted: HashMap<String, (String, String)>,
}

pub(crate) static BUILT_IN: LazyLock<BuiltIn> =
    LazyLock::new(|| BuiltIn::parse(TEXTS).expect("built-in data, which a test parses"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileText {
    id: String,
    version: u32,
    title: String,
    default: bool,
    #[serde(default, rename = "class")]
    classes: Vec<ClassText>,
    #[serde(default, rename = "callable")]
    callables: Vec<CallableText>,
    #[serde(default, rename = "value")]
    values: Vec<ValueText>,
}

/// Plain classes: `cls.__new__(cls)`, then BUILD.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassText {
    module: String,
    names: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallableText {
    module: String,
    names: Vec<String>,
    source: String,
    #[serde(default)]
    call: Vec<Vec<String>>,
    #[serde(default)]
    new: Vec<Vec<String>>,
    #[serde(default)]
    state: bool,
    #[serde(default)]
    mutation: bool,
}

/// Things that are imported and never called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueText {
    module: String,
    names: Vec<String>,
    source: String,
}

impl BuiltIn {
    fn parse(texts: &[(&str, &str)]) -> Result<Self, String> {
        let mut built_in = Self { profiles: Vec::new(), entries: HashMap::new(), dotted: HashMap::new() };
        for (file, text) in texts {
            let profile: ProfileText = toml::from_str(text).map_err(|error| format!("{file}: {error}"))?;
            built_in.add(profile).map_err(|problem| format!("{file}: {problem}"))?;
        }
        Ok(built_in)
    }

    fn add(&mut self, mut text: ProfileText) -> Result<(), String> {
        let mut names = 0;
        for callable in text.take_callables() {
            if callable.source.is_empty() {
                return Err(format!("`{}` has no source", callable.module));
            }
            names += callable.names.len();
            for name in &callable.names {
                self.list(&callable, name)?;
            }
        }
        let (id, version, title, default_on) = (text.id, text.version, text.title, text.default);
        self.profiles.push(Profile { id, version, title, default_on, names });
        Ok(())
    }

    fn list(&mut self, text: &CallableText, name: &str) -> Result<(), String> {
        let signatures = |written: &[Vec<String>]| {
            written
                .iter()
                .map(|one| Signature::parse(one))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|word| format!("`{}.{name}`: `{word}` is no argument pattern", text.module))
        };
        let entry = Entry {
            profile: self.profiles.len(),
            call: signatures(&text.call)?,
            new: signatures(&text.new)?,
            state: text.state,
            mutation: text.mutation,
        };
        self.dotted.insert(format!("{}.{name}", text.module), (text.module.clone(), name.to_owned()));
        let of_module = self.entries.entry(text.module.clone()).or_default();
        of_module.entry(name.to_owned()).or_default().push(entry);
        Ok(())
    }

    /// What the profiles list of exactly this name in exactly this module.
    pub(crate) fn entries(&self, module: &str, name: &str) -> &[Entry] {
        self.entries.get(module).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The same for a name whose module is no longer known apart.
    pub(crate) fn entries_dotted(&self, dotted: &str) -> &[Entry] {
        self.dotted.get(dotted).map_or(&[], |(module, name)| self.entries(module, name))
    }

    /// `module.name` of everything that is listed.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.dotted.keys().map(String::as_str)
    }
}

impl ProfileText {
    /// Everything that is listed, in the most general form.
    fn take_callables(&mut self) -> Vec<CallableText> {
        let classes = std::mem::take(&mut self.classes).into_iter().map(|class| CallableText {
            new: vec![Vec::new()],
            state: true,
            ..CallableText::value(class.module, class.names, class.source)
        });
        let values = std::mem::take(&mut self.values).into_iter();
        let values = values.map(|value| CallableText::value(value.module, value.names, value.source));
        classes.chain(values).chain(std::mem::take(&mut self.callables)).collect()
    }
}

impl CallableText {
    fn value(module: String, names: Vec<String>, source: String) -> Self {
        Self { module, names, source, call: Vec::new(), new: Vec::new(), state: false, mutation: false }
    }
}
