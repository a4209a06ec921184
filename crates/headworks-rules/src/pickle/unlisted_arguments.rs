use headworks_types::{Confidence, Severity};

use super::reported::reported;
use crate::Evidence;
use crate::profiles::Answer;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for calls in a pickle stream of a callable that a profile lists, but with arguments of
    /// another kind than the profile allows.
    ///
    /// **Why it matters.** Some callables are harmless with the arguments an honest file gives and not
    /// with others: `_codecs.encode` decompresses with one codec name and spells bytes with another,
    /// and `copyreg._reconstructor` makes an instance of whatever class it is handed.
    ///
    /// **Example.** `numpy.random._pickle.__generator_ctor` with another function as its second
    /// argument, which it calls.
    ///
    /// **What it misses.** The content of containers: a list or a dictionary is an argument of that
    /// type, whatever it holds. Each callable it holds is reported by its own import.
    UNLISTED_ARGUMENTS {
        id: "unlisted-arguments",
        title: "A pickle calls a listed callable with unusual arguments",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        controls: &["HW-SER-02"],
        references: &["CWE-502", "CVE-2026-24747"],
        hint: "compare the arguments with what the library itself writes; files of another version may differ",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let groups = reported(evidence, |answer| answer == Answer::Arguments);
    let about = " with arguments that its allow-list profile does not list";
    groups.iter().map(|group| group.judgement(about)).collect()
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::{PickleFact, PickleOpcode, Shape};

    use super::*;
    use crate::pickle::constructed::{call, call_by, facts, global, instance, text};

    fn fires(event: PickleFact) -> bool {
        let findings = UNLISTED_ARGUMENTS.judge(&Evidence::of(&facts(vec![event])));
        findings.len() == 1
    }

    #[test]
    fn a_codec_that_is_not_latin_1_is_reported() {
        assert!(fires(call("_codecs", "encode", &[text("x"), text("zlib_codec")])));
        assert!(fires(call("_codecs", "encode", &[text("x"), Shape::Unknown])));
        assert!(!fires(call("_codecs", "encode", &[Shape::Str(None), text("latin1")])));
    }

    #[test]
    fn a_reconstructor_makes_listed_classes_only() {
        let make =
            |class: &str| call("copyreg", "_reconstructor", &[global(class), global("builtins.object"), Shape::None]);
        assert!(!fires(make("sklearn.linear_model._logistic.LogisticRegression")));
        assert!(fires(make("subprocess.Popen")));
        assert!(fires(make("acme.Net")));
        assert!(fires(make("numpy.dtype")));
    }

    #[test]
    fn a_constructor_that_calls_its_argument_takes_its_own_only() {
        let make = |with: Shape| call("numpy.random._pickle", "__generator_ctor", &[text("PCG64"), with]);
        assert!(!fires(make(global("numpy.random._pickle.__bit_generator_ctor"))));
        assert!(fires(make(global("acme.run"))));
        assert!(fires(make(Shape::Unknown)));
    }

    #[test]
    fn a_scalar_of_objects_is_reported() {
        // numpy hands the second argument back as it is when the type is object.
        let scalar = |value: Shape| call("numpy._core.multiarray", "scalar", &[instance("numpy.dtype"), value]);
        assert!(!fires(scalar(Shape::Bytes(Some(8)))));
        assert!(fires(scalar(global("posix.system"))));
    }

    #[test]
    fn a_default_factory_is_a_type() {
        assert!(!fires(call("collections", "defaultdict", &[global("builtins.list")])));
        assert!(fires(call("collections", "defaultdict", &[global("acme.run")])));
    }

    #[test]
    fn making_an_instance_is_not_calling_the_class() {
        let class = ("sklearn.preprocessing._function_transformer", "FunctionTransformer");
        assert!(!fires(call_by(PickleOpcode::Newobj, class.0, class.1, &[])));
        assert!(fires(call(class.0, class.1, &[global("acme.run")])));
    }

    #[test]
    fn a_class_is_made_of_nothing_by_type() {
        assert!(!fires(call("builtins", "type", &[Shape::None])));
        assert!(fires(call("builtins", "type", &[text("X"), Shape::Tuple(None), Shape::Dict])));
    }
}
