//! Names that are known: dangerous callables, and the modules of Python's standard library.
//!
//! Neither list lets anything in. What both lack is unlisted, and that is held.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

const DANGEROUS: &str = include_str!("../../profiles/dangerous.toml");
const STANDARD_LIBRARY: &str = include_str!("../../profiles/standard-library.txt");

/// The texts of the catalogue, for digests.
pub(crate) const TEXTS: &[&str] = &[DANGEROUS, STANDARD_LIBRARY];

/// Why a group of names is dangerous.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Danger {
    names: Vec<String>,
    /// What it does, as the end of a sentence that begins with the name.
    pub(crate) why: String,
    /// Where that is known from.
    pub(crate) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueText {
    #[expect(dead_code, reason = "for whoever reads the file or its digest")]
    version: u32,
    attributes: HashSet<String>,
    danger: Vec<Danger>,
}

struct Catalogue {
    groups: Vec<Danger>,
    names: HashMap<String, usize>,
    attributes: HashSet<String>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text: CatalogueText = toml::from_str(DANGEROUS).expect("built-in data, which a test parses");
    let groups = text.danger.iter().enumerate();
    let names = groups.flat_map(|(group, danger)| danger.names.iter().map(move |name| (name.clone(), group))).collect();
    Catalogue { names, attributes: text.attributes, groups: text.danger }
});

static MODULES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| STANDARD_LIBRARY.lines().filter(|line| !line.starts_with('#')).collect());

/// Reached through an attribute that leads from any object to the interpreter.
static ATTRIBUTE: LazyLock<Danger> = LazyLock::new(|| Danger {
    names: Vec::new(),
    why: "leads through an attribute from which the whole interpreter can be reached".to_owned(),
    source: "CPython language reference: data model".to_owned(),
});

/// What the catalogue says of `name` in `module`.
///
/// A name of several parts is an attribute path, so a dangerous module that some other module merely
/// imports is reachable by it (`module = "logging"`, `name = "os.system"`).
pub(crate) fn danger(module: &str, name: &str) -> Option<&'static Danger> {
    let starts = [0].into_iter().chain(name.match_indices('.').map(|(dot, _)| dot + 1));
    let paths = starts.filter_map(|start| name.get(start..)).filter(|path| path.contains('.'));
    paths.into_iter().find_map(covering).or_else(|| danger_dotted(&format!("{module}.{name}")))
}

/// The same for a name whose module is no longer known apart.
pub(crate) fn danger_dotted(dotted: &str) -> Option<&'static Danger> {
    covering(dotted).or_else(|| {
        let attributes = &CATALOGUE.attributes;
        dotted.split('.').any(|part| attributes.contains(part)).then_some(&*ATTRIBUTE)
    })
}

/// The entry for the name or for anything it lies below.
fn covering(dotted: &str) -> Option<&'static Danger> {
    let ends = dotted.match_indices('.').map(|(dot, _)| dot).chain([dotted.len()]);
    let group = ends.filter_map(|end| dotted.get(..end)).find_map(|prefix| CATALOGUE.names.get(prefix))?;
    CATALOGUE.groups.get(*group)
}

/// Whether a module, or the module that a dotted name begins with, is Python's own.
pub(crate) fn is_standard_library(module: &str) -> bool {
    MODULES.contains(module.split('.').next().unwrap_or(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submodules_are_covered_with_their_module() {
        // CVE-2025-10157: a scanner that compared module names whole missed every submodule.
        assert!(danger("asyncio.unix_events", "_UnixSubprocessTransport._start").is_some());
        assert!(danger("os.path", "join").is_some());
        assert!(danger("numpy.f2py.crackfortran", "getlincoef").is_some());
    }

    #[test]
    fn a_name_that_merely_begins_alike_is_not_covered() {
        assert!(danger("osmium", "system").is_none());
        assert!(danger("builtins", "evaluate").is_none());
        assert!(danger("torch.hubert", "Model").is_none());
    }

    #[test]
    fn a_module_reached_through_another_is_covered() {
        assert!(danger("logging", "os.system").is_some());
        assert!(danger("sklearn.utils", "fixes.sys.modules").is_some());
        assert!(danger("sklearn.tree", "os").is_none());
        assert!(danger("acme.code", "Encoder.Layer").is_none());
    }

    #[test]
    fn attributes_that_lead_to_the_interpreter_are_covered() {
        assert!(danger("numpy", "dtype.__class__").is_some());
        assert!(danger("collections", "OrderedDict.__init_subclass__.__globals__").is_some());
        assert!(danger("numpy.random._pickle", "__bit_generator_ctor").is_none());
    }

    #[test]
    fn the_standard_library_is_known_by_its_top_level_modules() {
        assert!(is_standard_library("email.mime.text"));
        assert!(is_standard_library("annotationlib"));
        assert!(!is_standard_library("emailer"));
        assert!(!is_standard_library("__main__"));
    }

    #[test]
    fn every_group_says_why_and_from_where() {
        assert!(CATALOGUE.groups.iter().all(|danger| !danger.why.is_empty() && !danger.source.is_empty()));
        assert!(CATALOGUE.names.len() > 300);
    }
}
