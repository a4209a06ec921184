#!/usr/bin/env python3
"""Derives the allow-list profiles from the packages themselves.

    python3.11 generate.py [--work DIR] [--python SET=INTERPRETER]

What the packages' own reconstructors take is in `reviewed/*.toml`, written by hand after reading their source. Here
each of those names is looked up in every set of versions, which gives its source, and the plain classes are added:

- for each requirements file a virtual environment, in which `walk.py` imports the packages and lists classes;
- scikit-learn's early releases, whose modules had other names, and transformers and accelerate, are read as source
  text from their wheels and never imported.

Nothing is unpickled. Only standard-library Python 3.11 is needed, for which wheels of all versions exist.
"""

import argparse
import ast
import json
import pathlib
import subprocess
import sys
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]

SETS = ("2023", "2024", "2026", "torch")
WALKED = {"2023": ["sklearn"], "2024": ["sklearn"], "2026": ["sklearn"], "torch": []}
EARLY = (("scikit-learn", "0.19.2", "36"), ("scikit-learn", "0.20.4", "37"), ("scikit-learn", "0.22.2.post1", "37"),
         ("scikit-learn", "0.24.2", "37"))
SETTINGS = (("transformers", "4.30.2", "311"), ("transformers", "4.46.3", "311"), ("transformers", "5.24.0", "311"),
            ("accelerate", "0.25.0", "311"), ("accelerate", "1.15.0", "311"))
DISTRIBUTION = {"sklearn": "scikit-learn", "_loss": "scikit-learn", "xgboost": "xgboost-cpu"}

# Torch's own list, less what calls, or makes a class of, what it is handed.
TORCH_OFF = {"torch._tensor._rebuild_from_type_v2", "torch._utils._rebuild_wrapper_subclass",
             "torch._utils._rebuild_device_tensor_from_numpy"}

# Tests, tools and decorators, whose objects no fitted estimator holds.
EARLY_SKIPPED = {"tests", "externals", "datasets", "setup", "conftest", "_build_utils", "__check_build", "utils", "inspection",
                 "experimental"}
HOOKS = {"__new__", "__setstate__", "__reduce__", "__reduce_ex__", "__del__", "__getattr__", "__getattribute__",
         "__setattr__"}
# Read: these only move data into attributes.
EARLY_REVIEWED = {"BaseEstimator", "Bunch", "IsotonicRegression", "_CFNode", "TreePredictor", "LossFunction"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "target" / "profiles")
    parser.add_argument("--python", action="append", default=[], metavar="SET=INTERPRETER")
    options = parser.parse_args()
    if sys.version_info[:2] != (3, 11):
        raise SystemExit("the pinned versions have wheels for Python 3.11 only; run `python3.11 generate.py`")
    given = dict(choice.split("=", 1) for choice in options.python)
    reviewed = {path.stem: tomllib.loads(path.read_text()) for path in sorted((HERE / "reviewed").glob("*.toml"))}
    names = sorted({name for profile in reviewed.values() for name in listed(profile)})
    answers = {of: walk(of, given.get(of) or environment(of, options.work), names) for of in SETS}
    for profile, text in reviewed.items():
        entries = [*by_hand(text, answers), *derived(profile, answers, options.work)]
        write(profile, text, entries)


def listed(profile):
    for group in ("class", "callable", "value"):
        for entry in profile.get(group, []):
            for module in entry.get("modules", [entry.get("module")]):
                for name in entry["names"]:
                    yield module, name


def environment(of, work):
    """The interpreter of a virtual environment with the versions of that requirements file."""
    folder = work / of
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    requirements = HERE / f"requirements-{of}.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements], check=True)
    return python


def walk(of, python, names):
    requirements = (HERE / f"requirements-{of}.txt").read_text().split()
    packages = [line.split("==")[0] for line in requirements]
    request = {"packages": packages, "walk": WALKED[of], "resolve": names, "torch": of == "torch"}
    done = subprocess.run([python, HERE / "walk.py"], input=json.dumps(request), text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    answer = json.loads(done.stdout)
    for line in requirements:
        package, version = line.split("==")
        if answer["packages"][package] != version:
            raise SystemExit(f"{of}: {package} {answer['packages'][package]} is installed, not {version}")
    answer["resolved"] = {tuple(name) for name in answer["resolved"]}
    return answer


def by_hand(text, answers):
    """The reviewed entries, each with the versions in which its names exist."""
    for group in ("class", "callable", "value"):
        for entry in text.get(group, []):
            for module in entry.get("modules", [entry.get("module")]):
                yield from resolved(group, entry, module, answers)


def resolved(group, entry, module, answers):
    how = {key: entry[key] for key in ("call", "new", "state", "mutation") if key in entry}
    by_source = {}
    for name in entry["names"]:
        source = entry.get("source") or versions(module, [a for a in answers.values() if (module, name) in a["resolved"]])
        by_source.setdefault(source, []).append(name)
    if set(by_source) == {""} and len(entry.get("modules", [])) < 2:
        raise SystemExit(f"no version has {module}: {entry['names']}")
    for source, names in by_source.items():
        if source:
            yield group, module, names, how, source


def versions(module, answers):
    package = module.split(".")[0]
    package = DISTRIBUTION.get(package, package)
    return join({(package, answer["packages"][package]) for answer in answers if package in answer["packages"]})


def join(pairs):
    by_package = {}
    for package, version in pairs:
        by_package.setdefault(package, set()).add(version)
    return "; ".join(f"{package} {', '.join(sorted(found, key=order))}" for package, found in sorted(by_package.items()))


def order(version):
    return [(0, int(part)) if part.isdigit() else (1, part) for part in version.split(".")]


def derived(profile, answers, work):
    if profile == "sklearn":
        return sklearn_entries(answers, work)
    if profile == "torch-weights":
        return torch_entries(answers)
    if profile == "torch-object":
        pair = ("torch", answers["torch"]["packages"]["torch"])
        found = {("class", module, name): {pair} for module, name in answers["torch"]["modules"]}
        return grouped(found, {"class": ("class", {})})
    if profile == "transformers-accelerate":
        return enumeration_entries(work)
    return []


def sklearn_entries(answers, work):
    found = {}
    for answer in answers.values():
        for how, names in answer["classes"].get("sklearn", {}).items():
            for module, name in names:
                found.setdefault((how, module, name), set()).add(("scikit-learn", answer["packages"]["scikit-learn"]))
    for package, version, python in EARLY:
        for how, module, name in early_names(wheel(package, version, python, work)):
            found.setdefault((how, module, name), set()).add((package, version))
    return grouped(found, {
        "class": ("class", {}),
        "named": ("callable", {"new": [["any", "..."]]}),
        "mutable": ("callable", {"new": [[]], "call": [[]], "state": True, "mutation": True}),
        "extension": ("callable", {"call": [[], ["float"], ["int"]], "new": [[]], "state": True}),
        "reconstructor": ("callable", {"call": [["class", "int", "none|tuple"]], "state": True}),
        "function": ("value", {}),
    })


def grouped(found, forms):
    """One entry for the names of a module that are made alike and exist in the same versions."""
    groups = {}
    for (how, module, name), pairs in sorted(found.items()):
        if how in forms:
            groups.setdefault((how, module, join(pairs)), []).append(name)
    for (how, module, source), names in sorted(groups.items()):
        group, form = forms[how]
        yield group, module, names, form, source


def torch_entries(answers):
    answer = answers["torch"]
    by_hand_already = {".".join(name) for name in answer["resolved"]}
    source = f"torch {answer['packages']['torch']}: torch/_weights_only_unpickler.py"
    modules = {}
    for dotted, is_storage in answer["torch"]:
        module, _, name = dotted.rpartition(".")
        if module.startswith("torch") and dotted not in TORCH_OFF and dotted not in by_hand_already:
            modules.setdefault(module, []).append(name)
    for module, names in sorted(modules.items()):
        yield "value", module, sorted(names), {}, source


def enumeration_entries(work):
    found = {}
    for package, version, python in SETTINGS:
        for module, tree in sources(wheel(package, version, python, work)):
            if not module.startswith(("transformers.train", "transformers.debug_utils", "transformers.utils.generic",
                                      "accelerate.utils.dataclasses", "accelerate.state")):
                continue
            enums = {"Enum", "IntEnum", "StrEnum", "ExplicitEnum", "EnumWithContains", "BaseEnum"}
            for node in tree.body:
                bases = {ast.unparse(base).split(".")[-1] for base in getattr(node, "bases", [])}
                if isinstance(node, ast.ClassDef) and bases & enums and not node.name.startswith("Explicit"):
                    found.setdefault(("enum", module, node.name), set()).add((package, version))
    return grouped(found, {"enum": ("callable", {"call": [["str|int|bool"]]})})


def wheel(package, version, python, work):
    """The wheel of a version, downloaded and never installed."""
    folder = work / "wheels"
    pattern = f"{package.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(pattern)):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
                        "--only-binary", ":all:", "--python-version", python, "--implementation", "cp",
                        "--platform", "manylinux1_x86_64", "--platform", "manylinux2010_x86_64",
                        "--platform", "manylinux2014_x86_64", "--platform", "any",
                        "-d", folder, f"{package}=={version}"], check=True)
    return next(folder.glob(pattern))


def sources(path):
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".py"):
                module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                yield module, ast.parse(archive.read(name), name)


def early_names(path):
    for module, tree in sources(path):
        if not module.startswith("sklearn") or set(module.split(".")) & EARLY_SKIPPED:
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and is_plain(node):
                yield "mutable" if "dict" in map(ast.unparse, node.bases) else "class", module, node.name
            elif isinstance(node, ast.FunctionDef) and module.startswith(("sklearn.feature_selection.", "sklearn.metrics.")):
                if not node.name.startswith("_"):
                    yield "function", module, node.name
    with zipfile.ZipFile(path) as archive:
        compiled = sorted(name.split(".")[0].replace("/", ".") for name in archive.namelist() if ".so" in name)
    for module in compiled:
        if module.endswith((".kd_tree", "._kd_tree")):
            yield "class", module, "KDTree"
        if module.endswith((".ball_tree", "._ball_tree")):
            yield "class", module, "BallTree"
        if module.endswith(("dist_metrics",)):
            for name in METRICS:
                yield "class", module, name


METRICS = [f"{name}Distance" for name in (
    "BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Haversine", "Jaccard", "Kulsinski",
    "Mahalanobis", "Manhattan", "Matching", "Minkowski", "RogersTanimoto", "RussellRao", "SEuclidean", "SokalMichener",
    "SokalSneath", "WMinkowski")]


def is_plain(node):
    bases = [ast.unparse(base).split(".")[-1] for base in node.bases]
    if any(base.endswith(("Error", "Exception", "Warning", "Enum", "NamedTuple", "TestCase", "Thread")) for base in bases):
        return False
    hooks = {item.name for item in node.body if isinstance(item, ast.FunctionDef)} & HOOKS
    return node.name in EARLY_REVIEWED or not hooks


def write(profile, text, entries):
    path = HERE.parent / f"{profile}.toml"
    lines = ["# Written by generate/generate.py from the packages and generate/reviewed; edit those.", "",
             f"id = {quoted(profile)}", f"version = {text.get('version', 1)}", f"title = {quoted(text['title'])}",
             f"default = {str(text['default']).lower()}"]
    for group, module, names, how, source in entries:
        lines += ["", f"[[{group}]]", f"module = {quoted(module)}", f"names = {strings(names)}"]
        lines += [f"{key} = {value_of(value)}" for key, value in how.items()]
        lines += [f"source = {quoted(source)}"]
    path.write_text("\n".join(lines) + "\n")
    print(path.name, sum(len(names) for _, _, names, _, _ in entries), "names")


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def strings(names):
    one_line = "[" + ", ".join(map(quoted, names)) + "]"
    if len(one_line) < 110:
        return one_line
    return "[\n" + "".join(f"  {quoted(name)},\n" for name in names) + "]"


def value_of(value):
    if isinstance(value, bool):
        return str(value).lower()
    return "[" + ", ".join("[" + ", ".join(map(quoted, one)) + "]" for one in value) + "]"


if __name__ == "__main__":
    main()
