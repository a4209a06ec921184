//! Allow-list profiles: what a pickle may import, call and change.
//!
//! Pickle safety rests on these lists alone. There is one lookup, [`Profiles::answer`], and every
//! rule reads its answer, so that no second check can shadow or widen what a profile says.

mod argument;
mod built_in;
mod local;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use headworks_types::Digest;
use headworks_types::digest::Hasher;
use headworks_types::fact::{Callee, PickleFact, PickleOpcode, Shape};

pub use built_in::Profile;
pub use local::{AllowError, LocalAllow, LocalEntry};

use crate::pickle::catalogue::{self, Danger};
use built_in::{BUILT_IN, Entry};

/// The allow-list profiles that apply, and the entries an organisation added.
#[derive(Debug, Clone)]
pub struct Profiles {
    switched_on: BTreeSet<String>,
    local: LocalAllow,
}

/// What the profiles say about one event of a pickle stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A profile or a local entry allows it.
    Allowed,
    /// The catalogue of known-dangerous callables names it.
    Dangerous(&'static Danger),
    /// No profile lists it and it belongs to Python's standard library.
    StandardLibrary,
    /// No profile lists it.
    Unlisted,
    /// A profile lists it, but not with these arguments.
    Arguments,
    /// A profile lists it, but not that it may receive state; or the object is not known.
    State,
    /// A profile lists it, but not that its methods may be called; or the object is not known.
    Mutation,
    /// It is computed, so nothing can list it.
    Computed,
}

/// A profile was named that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no allow-list profile `{0}`")]
pub struct UnknownProfile(String);

/// The profiles that apply when nobody says otherwise.
pub(crate) static DEFAULT: LazyLock<Profiles> = LazyLock::new(Profiles::default);

impl Default for Profiles {
    fn default() -> Self {
        let on = BUILT_IN.profiles.iter().filter(|profile| profile.default_on);
        Self { switched_on: on.map(|profile| profile.id.clone()).collect(), local: LocalAllow::default() }
    }
}

impl Profiles {
    /// All profiles that are compiled in, whether they apply or not.
    pub fn built_in() -> &'static [Profile] {
        &BUILT_IN.profiles
    }

    /// Adds the entries of an organisation.
    #[must_use]
    pub fn with_local(mut self, entries: LocalAllow) -> Self {
        self.local.extend(entries);
        self
    }

    /// Switches a profile on that does not apply by default.
    ///
    /// # Errors
    /// When there is no profile of that id.
    pub fn with_profile(mut self, id: &str) -> Result<Self, UnknownProfile> {
        if !Self::built_in().iter().any(|profile| profile.id == id) {
            return Err(UnknownProfile(id.to_owned()));
        }
        self.switched_on.insert(id.to_owned());
        Ok(self)
    }

    /// Whether a profile applies.
    pub fn applies(&self, id: &str) -> bool {
        self.switched_on.contains(id)
    }

    /// Digest of everything an answer depends on: the lists, which of them apply, the local entries.
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::default();
        let mut add = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        for (_, text) in built_in::TEXTS {
            add(text);
        }
        catalogue::TEXTS.iter().for_each(|text| add(text));
        self.switched_on.iter().for_each(|id| add(id));
        add(&self.local.to_string());
        hasher.finish()
    }

    /// What the profiles say about an event in a stream of the artifact with digest `artifact`.
    ///
    /// Nothing is said about events that name no callable: persistent ids, the extension registry,
    /// out-of-band buffers, expanding tuples, nested streams. They have rules of their own.
    pub(crate) fn answer(&self, event: &PickleFact, artifact: Option<Digest>) -> Option<Answer> {
        let judge = Judge { profiles: self, artifact };
        match event {
            PickleFact::Import { callee, .. } => Some(judge.import(callee)),
            PickleFact::Call { callee, opcode, arguments } => Some(judge.call(callee, *opcode, arguments)),
            PickleFact::State { target, .. } => Some(judge.change(target, |entry| entry.state, Answer::State)),
            PickleFact::Mutation { target, .. } => Some(judge.change(target, |entry| entry.mutation, Answer::Mutation)),
            PickleFact::PersistentId { .. }
            | PickleFact::Extension { .. }
            | PickleFact::OutOfBandBuffer
            | PickleFact::Expansion { .. }
            | PickleFact::NestedStream => None,
        }
    }
}

/// The lookup for one artifact.
struct Judge<'a> {
    profiles: &'a Profiles,
    artifact: Option<Digest>,
}

impl Judge<'_> {
    fn import(&self, callee: &Callee) -> Answer {
        let Callee::Name { module, name, .. } = callee else { return Answer::Computed };
        self.unless_listed(module, name).unwrap_or(Answer::Allowed)
    }

    fn call(&self, callee: &Callee, opcode: PickleOpcode, arguments: &[Shape]) -> Answer {
        let Callee::Name { module, name, .. } = callee else { return Answer::Computed };
        if let Some(answer) = self.unless_listed(module, name) {
            return answer;
        }
        let fits = |entry: &Entry| {
            let signatures = if only_makes(opcode, arguments) { &entry.new } else { &entry.call };
            signatures.iter().any(|signature| signature.admits(arguments, &|class| self.is_class(class)))
        };
        let listed = self.is_local(&dotted(module, name)) || self.applying(module, name).any(fits);
        if listed { Answer::Allowed } else { Answer::Arguments }
    }

    fn change(&self, target: &Shape, may: fn(&Entry) -> bool, otherwise: Answer) -> Answer {
        let Shape::Instance(name) = target else { return otherwise };
        if let Some(answer) = self.unless_listed_dotted(name) {
            return answer;
        }
        let allowed = self.is_local(name) || self.applying_dotted(name).any(may);
        if allowed { Answer::Allowed } else { otherwise }
    }

    /// The answer about a name that nothing lists.
    fn unless_listed(&self, module: &str, name: &str) -> Option<Answer> {
        if let Some(danger) = catalogue::danger(module, name) {
            return Some(Answer::Dangerous(danger));
        }
        let listed = self.applying(module, name).next().is_some() || self.is_local(&dotted(module, name));
        (!listed).then(|| not_listed(module))
    }

    fn unless_listed_dotted(&self, dotted: &str) -> Option<Answer> {
        if let Some(danger) = catalogue::danger_dotted(dotted) {
            return Some(Answer::Dangerous(danger));
        }
        let listed = self.applying_dotted(dotted).next().is_some() || self.is_local(dotted);
        (!listed).then(|| not_listed(dotted))
    }

    /// A class whose instances may be made bare and then given state.
    fn is_class(&self, dotted: &str) -> bool {
        self.unless_listed_dotted(dotted).is_none()
            && (self.is_local(dotted) || self.applying_dotted(dotted).any(|entry| entry.state && !entry.new.is_empty()))
    }

    fn applying(&self, module: &str, name: &str) -> impl Iterator<Item = &'static Entry> {
        BUILT_IN.entries(module, name).iter().filter(|entry| self.applies(entry))
    }

    fn applying_dotted(&self, dotted: &str) -> impl Iterator<Item = &'static Entry> {
        BUILT_IN.entries_dotted(dotted).iter().filter(|entry| self.applies(entry))
    }

    fn applies(&self, entry: &Entry) -> bool {
        let profile = BUILT_IN.profiles.get(entry.profile);
        profile.is_some_and(|profile| self.profiles.applies(&profile.id))
    }

    fn is_local(&self, dotted: &str) -> bool {
        self.profiles.local.allows(dotted, self.artifact)
    }
}

/// Whether the opcode calls `__new__` only. OBJ and INST without arguments do so too.
fn only_makes(opcode: PickleOpcode, arguments: &[Shape]) -> bool {
    match opcode {
        PickleOpcode::Newobj | PickleOpcode::NewobjEx => true,
        PickleOpcode::Obj | PickleOpcode::Inst => arguments.is_empty(),
        _ => false,
    }
}

fn not_listed(module: &str) -> Answer {
    if catalogue::is_standard_library(module) { Answer::StandardLibrary } else { Answer::Unlisted }
}

fn dotted(module: &str, name: &str) -> String {
    format!("{module}.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Callables that turn data into a callable or an object of any kind. None may ever be listed.
    const RESOLVERS: &[&str] = &[
        "builtins.getattr",
        "builtins.eval",
        "builtins.exec",
        "builtins.map",
        "builtins.__import__",
        "_operator.attrgetter",
        "operator.attrgetter",
        "operator.methodcaller",
        "operator.itemgetter",
        "functools.partial",
        "functools.reduce",
        "importlib.import_module",
        "pkgutil.resolve_name",
        "pydoc.locate",
        "logging.config.dictConfig",
        "runpy.run_path",
        "pickle.loads",
        "_pickle.loads",
        "dill.loads",
        "cloudpickle.loads",
        "marshal.loads",
        "copyreg.__newobj_ex__",
        "types.FunctionType",
        "types.CodeType",
        "types.MethodType",
        "joblib.load",
        "joblib.numpy_pickle.load",
        "pandas.read_pickle",
        "numpy.load",
        "numpy.frompyfunc",
        "numpy.vectorize",
        "numpy.testing._private.utils.runstring",
        "torch.load",
        "torch.storage._load_from_bytes",
        "torch._tensor._rebuild_from_type_v2",
        "torch._utils._rebuild_wrapper_subclass",
        "torch.hub.load",
        "torch.jit.load",
        "sklearn.utils._joblib.load",
        "sklearn.metrics._dist_metrics.PyFuncDistance",
        "sklearn.metrics._dist_metrics.PyFuncDistance64",
        "sklearn.externals.joblib.load",
        "sklearn._loss._loss.__pyx_unpickle_Enum",
    ];

    fn import(dotted: &str) -> PickleFact {
        let (module, name) = dotted.rsplit_once('.').unwrap();
        let callee = Callee::Name { module: module.into(), name: name.into(), spelled: None };
        PickleFact::Import { callee, opcode: PickleOpcode::Global }
    }

    fn every_profile() -> Profiles {
        let on = |profiles: Profiles, profile: &Profile| profiles.with_profile(&profile.id).unwrap();
        Profiles::built_in().iter().fold(Profiles::default(), on)
    }

    #[test]
    fn the_profiles_parse_and_are_not_empty() {
        assert_eq!(Profiles::built_in().len(), built_in::TEXTS.len());
        assert!(Profiles::built_in().iter().all(|profile| profile.names > 5 && profile.version > 0));
        assert!(BUILT_IN.names().count() > 2000);
    }

    #[test]
    fn whole_models_are_off_by_default() {
        let off = Profiles::built_in().iter().filter(|profile| !profile.default_on);
        assert_eq!(off.map(|profile| profile.id.as_str()).collect::<Vec<_>>(), ["torch-object"]);
    }

    #[test]
    fn nothing_that_turns_data_into_a_callable_is_listed() {
        for resolver in RESOLVERS {
            assert_ne!(every_profile().answer(&import(resolver), None), Some(Answer::Allowed), "{resolver}");
        }
    }

    #[test]
    fn no_listed_name_is_in_the_catalogue_of_dangerous_ones() {
        let listed = BUILT_IN.names().filter(|name| catalogue::danger_dotted(name).is_some());
        assert_eq!(listed.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn no_listed_name_loads_runs_or_imports_by_its_own_name() {
        const WORDS: &[&str] = &["load", "loads", "exec", "eval", "import_module", "system", "popen", "run", "compile"];
        let suspect = BUILT_IN.names().filter(|name| WORDS.contains(&name.rsplit('.').next().unwrap_or_default()));
        assert_eq!(suspect.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn a_name_is_listed_in_exactly_its_module() {
        let split = |module: &str, name: &str| PickleFact::Import {
            callee: Callee::Name { module: module.into(), name: name.into(), spelled: None },
            opcode: PickleOpcode::StackGlobal,
        };
        let profiles = Profiles::default();
        assert_eq!(profiles.answer(&split("sklearn.svm._classes", "SVC"), None), Some(Answer::Allowed));
        assert_eq!(profiles.answer(&split("sklearn.svm", "_classes.SVC"), None), Some(Answer::Unlisted));
        assert_eq!(profiles.answer(&split("sklearn.svm._classes", "SVC.fit"), None), Some(Answer::Unlisted));
        assert_eq!(profiles.answer(&split("sklearn.svm", "_classes"), None), Some(Answer::Unlisted));
    }

    #[test]
    fn modules_that_were_renamed_are_listed_under_both_names() {
        for class in [
            "sklearn.tree.tree.DecisionTreeClassifier",
            "sklearn.ensemble.forest.RandomForestClassifier",
            "sklearn.neighbors.kd_tree.KDTree",
            "sklearn.linear_model.logistic.LogisticRegression",
            "sklearn.tree._classes.DecisionTreeClassifier",
            "sklearn.ensemble._forest.RandomForestClassifier",
            "sklearn.neighbors._kd_tree.KDTree",
            "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
        ] {
            assert_eq!(Profiles::default().answer(&import(class), None), Some(Answer::Allowed), "{class}");
        }
    }

    #[test]
    fn the_digest_covers_what_applies_and_what_was_added() {
        let text = "[[allow]]\ncallable = \"acme.Net\"\nreason = \"ours\"\nadded = \"2026-11-23\"\n";
        let local = Profiles::default().with_local(LocalAllow::parse(text).unwrap());
        let digests = [Profiles::default().digest(), every_profile().digest(), local.digest()];
        assert_eq!(Profiles::default().digest(), digests[0]);
        assert!(digests[0] != digests[1] && digests[0] != digests[2] && digests[1] != digests[2]);
    }

    #[test]
    fn a_profile_that_does_not_exist_cannot_be_switched_on() {
        assert!(Profiles::default().with_profile("everything").is_err());
    }
}
