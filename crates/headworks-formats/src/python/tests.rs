use headworks_types::FactKind;
use headworks_types::fact::{CodeFact, Effect, TextFact};

use crate::text::tests::{facts, remarks};
use headworks_types::Fault;

/// `effect callee` of each call, with `!` before those that run on import.
fn effects(source: &str) -> Vec<String> {
    let facts = facts("modeling_x.py", source.as_bytes());
    let effects = facts.into_iter().filter_map(|fact| match fact.kind {
        FactKind::Code(CodeFact::Effect { effect, callee, at_import, .. }) => {
            Some(format!("{}{effect:?} {callee}", if at_import { "!" } else { "" }))
        }
        _ => None,
    });
    effects.collect()
}

#[test]
fn module_level_and_class_bodies_run_on_import_and_functions_do_not() {
    let source = "import os\nos.system('a')\nclass C:\n    os.system('b')\n    def m(self):\n        os.system('c')\n";
    assert_eq!(effects(source), ["!Process os.system", "!Process os.system", "Process os.system"]);
}

#[test]
fn decorators_defaults_and_functions_called_on_import_run_on_import() {
    assert_eq!(effects("import os\n@os.system('a')\ndef f(): pass\n"), ["!Process os.system"]);
    assert_eq!(effects("import os\ndef f(x=os.system('a')): pass\n"), ["!Process os.system"]);
    assert_eq!(effects("import os\ndef g():\n    os.system('a')\ndef f():\n    g()\nf()\n"), ["!Process os.system"]);
    assert_eq!(
        effects(
            "import os\nclass C:\n    def __init__(self):\n        self.go()\n    def go(self):\n        os.system('a')\nC()\n"
        ),
        ["!Process os.system"]
    );
    assert_eq!(effects("import os\ndef deco(f):\n    os.system('a')\n@deco\ndef f(): pass\n"), ["!Process os.system"]);
    assert_eq!(
        effects("import os, threading\ndef f():\n    os.system('a')\nthreading.Thread(target=f).start()\n"),
        ["!Process os.system"]
    );
    assert_eq!(
        effects("import os\nclass B:\n    def __init_subclass__(cls):\n        os.system('a')\nclass C(B): pass\n"),
        ["!Process os.system"]
    );
}

#[test]
fn the_main_guard_lambdas_and_type_checking_do_not_run_on_import() {
    assert_eq!(effects("import os\nif __name__ == '__main__':\n    os.system('a')\n"), ["Process os.system"]);
    assert_eq!(
        effects("import os\nif os.sep and __name__ == '__main__':\n    os.system('a')\n"),
        ["Process os.system"]
    );
    assert_eq!(effects("import os\nf = lambda: os.system('a')\n"), ["Process os.system"]);
    assert_eq!(
        effects("import os\nif TYPE_CHECKING:\n    os.system('a')\nelse:\n    os.system('b')\n"),
        ["Process os.system", "!Process os.system"]
    );
}

#[test]
fn names_are_followed_through_every_spelling() {
    let spellings = [
        "import os as o\no.system('x')",
        "from os import system as s\ns('x')",
        "from os import *\nsystem('x')",
        "import os\ngetattr(os, 'system')('x')",
        "import os\ngetattr(os, 'sys' + 'tem')('x')",
        "import os\ngetattr(os, 'metsys'[::-1])('x')",
        "import os\ngetattr(os, ''.join(['sys', 'tem']))('x')",
        "__import__('os').system('x')",
        "import importlib\nimportlib.import_module('os').system('x')",
        "import os\nrun = os.system\nrun('x')",
        "import sys\nsys.modules['os'].system('x')",
        "import os\nos.__dict__['system']('x')",
        "import os\nvars(os)['system']('x')",
        "m = 'os'\n__import__(m).system('x')",
        "import os\n(f := os.system)('x')",
        "import os\nmap(os.system, ['x'])",
    ];
    for spelling in spellings {
        assert_eq!(effects(spelling), ["!Process os.system"], "{spelling}");
    }
}

#[test]
fn methods_and_parameters_of_the_same_name_are_no_built_ins() {
    assert_eq!(
        effects("model.eval()\nimport re\nre.compile('x')\nimport torch\ntorch.compile(model)\n"),
        Vec::<String>::new()
    );
    assert_eq!(effects("def f(exec, requests):\n    exec('x')\n    requests.get('x')\n"), Vec::<String>::new());
    assert_eq!(effects("def eval(x): return x\neval('x')\n"), Vec::<String>::new());
}

#[test]
fn decoded_or_fetched_data_that_is_run_is_named_for_what_it_is() {
    let sources = [
        "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",
        "import zlib, base64\nexec(zlib.decompress(base64.b64decode(b'x')))",
        "import marshal\nexec(marshal.loads(b'x'))",
        "from base64 import b64decode as d\np = d('x')\nq = p.decode()\nexec(q)",
        "exec(bytes.fromhex('7072').decode())",
        "exec(''.join(chr(c) for c in [112, 114]))",
        "exec(''.join(map(chr, [112, 114])))",
        "import codecs\neval(codecs.decode('cevag', 'rot13'))",
        "import requests\nexec(requests.get('https://x.invalid').text)",
        "import requests\nr = requests.get('https://x.invalid')\nexec(r.text)",
        "import os, base64\nos.system(base64.b64decode('eA==').decode())",
    ];
    for source in sources {
        let effects = effects(source);
        assert!(effects.iter().any(|effect| effect.starts_with("!DecodeThenExecute")), "{source}: {effects:?}");
    }
}

#[test]
fn decoding_without_running_and_running_without_decoding_are_not_confused() {
    let assets =
        "import base64, gzip\nimport numpy as np\nheads = np.frombuffer(gzip.decompress(base64.b85decode(b'x')))\n";
    assert_eq!(effects(assets), Vec::<String>::new());
    assert_eq!(effects("exec('x = 1')"), ["!Evaluate exec"]);
}

#[test]
fn loaders_count_unless_their_arguments_make_them_refuse_code() {
    let source = "import torch, numpy as np, yaml\ntorch.load('a')\ntorch.load('a', weights_only=True)\nnp.load('a')\n\
        np.load('a', allow_pickle=True)\nyaml.load(f, Loader=yaml.SafeLoader)\nyaml.load(f, yaml.Loader)\nyaml.safe_load(f)\n";
    assert_eq!(effects(source), ["!Deserialize torch.load", "!Deserialize numpy.load", "!Deserialize yaml.load"]);
}

#[test]
fn secrets_of_the_environment_and_credential_files_count_and_settings_do_not() {
    let source = "import os\nos.environ['HF_TOKEN']\nos.getenv('AWS_SECRET_ACCESS_KEY')\nopen('~/.ssh/id_rsa')\n\
        os.environ['TOKENIZERS_PARALLELISM'] = 'false'\nos.environ.get('CUDA_VISIBLE_DEVICES')\n";
    assert_eq!(effects(source), ["!Credential os.environ", "!Credential os.getenv", "!Credential ~/.ssh/id_rsa"]);
}

#[test]
fn imports_are_stated_once_with_their_dots() {
    let facts = remarks("a.py", b"import os.path as p, os\nfrom .utils import x, y\nfrom . import z\nimport os\n");
    let imports: Vec<String> = facts
        .into_iter()
        .filter_map(|kind| match kind {
            FactKind::Code(CodeFact::Import { module }) => Some(module),
            _ => None,
        })
        .collect();
    assert_eq!(imports, ["os.path", "os", ".utils", ".z"]);
}

#[test]
fn a_syntax_error_is_a_fault_at_its_offset_and_the_facts_before_it_stay() {
    let facts = facts("a.py", b"import os\nos.system('a')\ndef broken(:\n");
    assert!(
        facts.iter().any(|fact| matches!(&fact.kind, FactKind::Code(CodeFact::Effect { effect: Effect::Process, .. })))
    );
    let fault =
        facts.iter().find(|fact| matches!(fact.kind, FactKind::Fault(Fault::Malformed { .. }))).expect("a fault");
    assert!(fault.location.start >= 25, "{fault:?}");
}

#[test]
fn hostile_nesting_is_a_budget_fault_on_a_small_stack() {
    let sources = [
        format!("x = {}1{}", "(".repeat(200_000), ")".repeat(200_000)),
        format!("x = 1{}", " + 1".repeat(200_000)),
        format!("x = f{}", "()".repeat(200_000)),
        format!("x = f{}", ".a".repeat(200_000)),
        format!("x = {}1", "not ".repeat(200_000)),
        format!("x = {}1", "lambda: ".repeat(100_000)),
        format!("x = {}", "[".repeat(200_000)),
        (0..2000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect(),
        format!("(\n{}", (0..2000).map(|depth| format!("{}if x: y,\n", " ".repeat(depth))).collect::<String>()),
    ];
    for source in sources {
        let check = move || {
            let facts = remarks("a.py", source.as_bytes());
            let budget = |kind: &FactKind| matches!(kind, FactKind::Fault(Fault::Budget { limit, .. }) if limit == "document_depth_max");
            assert!(facts.iter().any(budget), "{:?}", &source[..20]);
        };
        std::thread::Builder::new().stack_size(512 * 1024).spawn(check).expect("thread").join().expect("no overflow");
    }
}

#[test]
fn the_deepest_nesting_that_is_allowed_is_walked_on_a_test_stack() {
    let sources = [
        format!("x = {}1{}\nimport os\n", "(".repeat(120), ")".repeat(120)),
        format!("x = 1{}\nimport os\n", " + 1".repeat(1000)),
        format!("x = f{}\nimport os\n", "()".repeat(1000)),
        format!("x = f{}\nimport os\n", ".a".repeat(1000)),
        format!("x = {}1\nimport os\n", "not ".repeat(1000)),
        format!(
            "{}{}pass\nimport os\n",
            (0..120).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect::<String>(),
            " ".repeat(120)
        ),
    ];
    for source in sources {
        let facts = remarks("a.py", source.as_bytes());
        assert_eq!(facts.len(), 1, "{:?}: {facts:?}", &source[..20]);
    }
}

#[test]
fn a_source_encoding_that_turns_comments_into_code_is_not_read() {
    let facts = remarks("a.py", b"# coding: utf-7\n# +AAo-import os\n");
    assert!(matches!(&facts[..], [FactKind::Fault(Fault::Unsupported { .. })]), "{facts:?}");
    let facts = remarks("a.py", b"# house coding style\r# encoding and coding=unicode_escape\nx = 1\n");
    assert!(matches!(&facts[..], [FactKind::Fault(Fault::Unsupported { .. })]), "{facts:?}");
    assert_eq!(remarks("a.py", b"# -*- coding: latin-1 -*-\nname = 'Andr\xe9'\n"), []);
    assert!(matches!(remarks("a.py", b"name = 'Andr\xe9'\n")[..], [FactKind::Fault(Fault::Malformed { .. }), ..]));
}

#[test]
fn a_script_is_known_by_its_first_line_and_hidden_text_in_sources_is_found() {
    let facts = remarks("train", b"#!/usr/bin/env python3\nimport os\n");
    assert!(facts.contains(&FactKind::Code(CodeFact::Import { module: "os".into() })), "{facts:?}");
    let facts = remarks("a.py", "admin = True  # \u{202e}\u{2066}if not\u{2069}\n".as_bytes());
    assert!(matches!(&facts[..], [FactKind::Text(TextFact::BidirectionalControls { .. })]));
}

#[test]
fn many_calls_in_one_chain_or_line_take_linear_time() {
    let source = format!("import os\n{}\n", "os.getenv('A_TOKEN');".repeat(20_000));
    assert!(effects(&source).len() < 5);
}

/// `hook effect callee` of each call that a build runs.
fn build_effects(name: &str, source: &str) -> Vec<String> {
    let effects = facts(name, source.as_bytes()).into_iter().filter_map(|fact| match fact.kind {
        FactKind::Code(CodeFact::BuildEffect { effect, callee, hook, excerpt }) => {
            Some(format!("{hook} {effect:?} {callee}: {excerpt}"))
        }
        _ => None,
    });
    effects.collect()
}

#[test]
fn a_build_runs_the_script_its_main_guard_and_its_commands() {
    let source = "import os, setuptools\nfrom setuptools.command.install import install\n\
        def go():\n    os.system('b')\nclass Post(install):\n    def run(self):\n        go()\n\
        if __name__ == '__main__':\n    os.system('a')\nsetuptools.setup(cmdclass={'install': Post})\n";
    assert_eq!(build_effects("setup.py", source), ["setup.py Process os.system: a", "Post Process os.system: b"]);
}

#[test]
fn functions_that_nothing_calls_and_other_files_are_no_part_of_a_build() {
    let source = "import os, setuptools\ndef go():\n    os.system('b')\nsetuptools.setup(name='toy')\n";
    assert_eq!(build_effects("setup.py", source), Vec::<String>::new());
    assert_eq!(build_effects("toy.py", "import os\nos.system('a')\n"), Vec::<String>::new());
}

#[test]
fn what_setup_is_given_is_stated() {
    let source = "from setuptools import setup, Extension\nsetup(cmdclass=dict(x=1), ext_modules=[Extension('a', ['a.c'])],\n\
        setup_requires=['x @ https://x.invalid/x.whl', 'y'], dependency_links=['https://l.invalid'], scripts=['bin/z'],\n\
        entry_points={'console_scripts': ['pip = toy:main']})\n";
    let packages =
        facts("setup.py", source.as_bytes()).into_iter().filter(|fact| matches!(fact.kind, FactKind::Package(_)));
    assert_eq!(packages.count(), 8);
}

/// setuptools explains `encoding=None` in its third line.
#[test]
fn an_encoding_is_declared_in_the_first_two_lines_only() {
    let is_unread = |source: &str| {
        let facts = facts("modeling_x.py", source.as_bytes());
        facts.iter().any(|fact| matches!(fact.kind, FactKind::Fault(Fault::Unsupported { .. })))
    };
    assert!(is_unread("#!/bin/x\r\n# coding: utf-7\r\n"));
    assert!(!is_unread("#\n#\n# encoding=None\n"));
    assert!(!is_unread("import sys\n# encoding=None\n"));
}

#[test]
fn an_import_by_a_name_that_the_source_spells_out_is_one() {
    let source = "import importlib\nimportlib.import_module('toy.' + 'tests')\n__import__('toy.' + name)\n";
    let modules: Vec<String> = facts("toy.py", source.as_bytes())
        .into_iter()
        .filter_map(|fact| match fact.kind {
            FactKind::Code(CodeFact::Import { module }) => Some(module),
            _ => None,
        })
        .collect();
    assert_eq!(modules, ["importlib", "toy.tests"]);
}
