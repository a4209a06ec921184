use std::collections::HashSet;

use headworks_types::fact::{CodeFact, ConfigurationFact, Effect, ReferenceKind};
use headworks_types::{Confidence, FactKind, Place, Severity};

use super::effect::{calls, first_of_each};
use crate::Evidence;
use crate::package::Packages;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for Python code that starts a process, loads native code, evaluates text, opens a
    /// connection or writes files as soon as its module is imported: at module level, in a class
    /// body, a decorator or a default argument, or in a function that one of these calls.
    ///
    /// **Why it matters.** A loader with `trust_remote_code=True` imports the repository's modules
    /// before it builds anything, so whatever stands at module level runs on the machine that loads
    /// the model, with its credentials. Modelling code needs no effect at import; malware does.
    /// The finding is worst in a file that a loader imports by itself: one that the configuration or
    /// another file of the repository names, or one with a name of that kind, such as
    /// `modeling_*.py`. In a script that somebody must start it asks for a person's eye. In a package that an installer takes, text that is evaluated and native
    /// code that is loaded are noted only. What `setup.py` does is judged by `build-time-effect`.
    ///
    /// **Example.** `os.system("echo headworks-marker")` at the top of `modeling_fast.py`.
    ///
    /// **What it misses.** Effects behind names that only the running program computes, in other
    /// packages that the code imports, and in functions that are called later; the other rules of
    /// this family report those they can see.
    IMPORT_TIME_EFFECT {
        id: "import-time-effect",
        title: "Importing the module is enough to act on the machine",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["AML.T0011.000", "CWE-829", "CWE-506"],
        hint: "read the line; move an effect that is meant into a function, or behind `if __name__ == \"__main__\":`",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let (imported, packages) = (Imported::of(evidence), Packages::of(evidence));
    // What `setup.py` does is judged by what a build may do.
    let acting = calls(evidence).filter(|call| call.at_import && does(call.effect).is_some());
    let acting = acting.filter(|call| call.fact.location.place.base_name() != "setup.py");
    let judged = first_of_each(acting).into_iter().map(|(call, times)| {
        let by_loader = imported.contains(&call.fact.location.place);
        let message =
            format!("importing `{}` {} with `{}`", call.place(), does(call.effect).unwrap_or("acts"), call.callee);
        let place = &call.fact.location.place;
        let severity = match packages.contains(place) {
            true => {
                // `python -m` runs this file, and importing the package does not.
                let is_program = place.base_name() == "__main__.py";
                let is_imported = !is_program && !packages.is_of_npm(place) && !packages.is_beside_the_code(place);
                severity_in_package(call.effect, call.callee, is_imported)
            }
            false => severity(call.effect, by_loader),
        };
        let mut judgement = call.judged(message).with_severity(severity);
        judgement.times = times;
        judgement
    });
    judged.collect()
}

fn does(effect: Effect) -> Option<&'static str> {
    match effect {
        Effect::Process => Some("starts a process"),
        Effect::DecodeThenExecute => Some("runs decoded data"),
        Effect::NativeCode => Some("loads native code"),
        Effect::Evaluate => Some("evaluates text as code"),
        Effect::Network => Some("opens a connection"),
        Effect::FileWrite => Some("changes files"),
        Effect::Deserialize | Effect::DynamicImport | Effect::Credential => None,
    }
}

fn severity(effect: Effect, by_loader: bool) -> Severity {
    match (effect, by_loader) {
        (Effect::DecodeThenExecute, _) | (Effect::Process | Effect::NativeCode | Effect::Evaluate, true) => {
            Severity::Critical
        }
        (Effect::Process | Effect::NativeCode | Effect::Evaluate, false) | (Effect::Network, true) => Severity::High,
        (Effect::Network, false) | (Effect::FileWrite, true) => Severity::Medium,
        _ => Severity::Low,
    }
}

/// Packages are programs: decorators that compile, bindings and probes of sockets are at home in them.
/// Starting a process or fetching something for being imported is not, unless nobody imports the file.
fn severity_in_package(effect: Effect, callee: &str, is_imported: bool) -> Severity {
    match effect {
        Effect::DecodeThenExecute => Severity::Critical,
        Effect::Process if is_imported => Severity::High,
        Effect::Network if is_imported && callee != "socket.socket" => Severity::High,
        _ => Severity::Low,
    }
}

/// The files that something other than a person imports.
struct Imported<'a> {
    /// Module names that configurations and other files of the artifact name, without packages.
    named: HashSet<&'a str>,
}

/// Names by which loaders and Python itself choose files.
const CHOSEN_BY_NAME: &[&str] =
    &["__init__", "handler", "pipeline", "hubconf", "conftest", "sitecustomize", "usercustomize", "model"];

/// Beginnings of the names that model repositories give to files for `auto_map`.
const CHOSEN_BY_PREFIX: &[&str] =
    &["modeling", "configuration", "tokenization", "processing", "image_processing", "feature_extraction", "custom_"];

impl<'a> Imported<'a> {
    fn of(evidence: &Evidence<'a>) -> Self {
        let named = evidence.facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::Code(CodeFact::Import { module }) => module.rsplit('.').next(),
            FactKind::Configuration(ConfigurationFact::Reference {
                kind: ReferenceKind::LocalModule, value, ..
            }) => value.split("--").last()?.split('.').next(),
            _ => None,
        });
        Self { named: named.collect() }
    }

    fn contains(&self, place: &Place) -> bool {
        let name = place.base_name();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        self.named.contains(stem)
            || CHOSEN_BY_NAME.contains(&stem)
            || CHOSEN_BY_PREFIX.iter().any(|prefix| stem.starts_with(prefix))
            // A module inside an archive is there to be imported.
            || !place.members().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;
    use headworks_types::Fact;

    fn severities(facts: &[Fact]) -> Vec<Severity> {
        IMPORT_TIME_EFFECT.judge(&Evidence::of(facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_process_at_import_of_a_modelling_file_is_critical() {
        assert_eq!(severities(&[fact("modeling_fast.py", Effect::Process, "os.system", true)]), [Severity::Critical]);
    }

    /// attrs, six and click do so; a package that starts a process for being imported is another matter.
    #[test]
    fn a_package_may_compile_and_may_not_start_processes() {
        let place = Place::file("toy-1.0-py3-none-any.whl");
        let identity = headworks_types::fact::PackageFact::Identity {
            ecosystem: headworks_types::fact::Ecosystem::Python,
            name: "toy".into(),
            version: "1.0".into(),
        };
        let identity = Fact { location: place.at(0..1), times: 1, kind: identity.into() };
        let within = |effect, callee: &str| {
            let mut call = fact("toy.py", effect, callee, true);
            call.location.place = place.member("toy/__init__.py");
            severities(&[identity.clone(), call])
        };
        let program = |path: &str| {
            let mut call = fact(path, Effect::Network, "urllib.request.urlopen", true);
            call.location.place = place.member(path);
            severities(&[identity.clone(), call])
        };
        assert_eq!(program("toy/dataset/__main__.py"), [Severity::Low]);
        assert_eq!(program("toy/dataset/__init__.py"), [Severity::High]);
        assert_eq!(within(Effect::Evaluate, "compile"), [Severity::Low]);
        assert_eq!(within(Effect::Process, "os.system"), [Severity::High]);
    }

    #[test]
    fn the_same_call_in_a_function_is_not_reported_here() {
        assert_eq!(severities(&[fact("modeling_fast.py", Effect::Process, "os.system", false)]), []);
    }

    #[test]
    fn a_file_that_another_one_imports_counts_as_loaded() {
        let call = fact("helpers.py", Effect::Network, "requests.get", true);
        assert_eq!(severities(std::slice::from_ref(&call)), [Severity::Medium]);
        let import = CodeFact::Import { module: ".helpers".into() };
        let importer = Fact { location: Place::file("modeling_x.py").at(0..10), times: 1, kind: import.into() };
        assert_eq!(severities(&[call, importer]), [Severity::High]);
    }

    /// Honest repositories ship scripts that fetch a picture at top level to show the model at work.
    #[test]
    fn a_demonstration_script_that_fetches_a_picture_is_no_refusal() {
        assert!(severities(&[fact("demo.py", Effect::Network, "requests.get", true)]) < vec![Severity::High]);
    }

    #[test]
    fn reading_a_checkpoint_at_import_is_left_to_its_own_rule() {
        assert_eq!(severities(&[fact("modeling_x.py", Effect::Deserialize, "torch.load", true)]), []);
    }
}
