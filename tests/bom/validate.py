"""Bills of materials before the official validators: CycloneDX 1.6 and 1.7 (strict), SPDX 3.0.1 (JSON schema, SHACL).

Each document is also read back by headworks, must verify against its artifact, and must not differ from itself.
"""

import argparse
import concurrent.futures
import json
import pathlib
import shutil
import subprocess

import jsonschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import inputs

#: SHACL takes seconds for each document; the others are as varied as these.
SHACL_MAX = 32
FORMATS = {"cyclonedx": "1.7.json", "cyclonedx-1.6": "1.6.json", "spdx": "spdx.json"}


def headworks(program: str, *arguments: str, expect: int = 0) -> str:
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert done.returncode == expect, f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def write(program: str, work: pathlib.Path, name: str, artifact: pathlib.Path) -> list[pathlib.Path]:
    """The documents about one input, each read back and verified."""
    documents = []
    for form, ending in FORMATS.items():
        path = work / "documents" / f"{name}.{ending}"
        path.parent.mkdir(exist_ok=True, parents=True)
        options = ["--format", form, "--out", str(path), "--timestamp", "1790000000", "--quiet"]
        if name == "documented":
            options += ["--artifact-name", f"pkg:huggingface/acme/toy@{inputs.REVISION}", "--author", "A person"]
            overlay = work / "overlay.toml"
            overlay.write_text(inputs.OVERLAY)
            options += ["--overlay", str(overlay)]
        headworks(program, "bom", str(artifact), *options)
        # The formats' fixtures differ in their bytes alone, so one reading of each is enough.
        if name in inputs.REPOSITORIES or form == "cyclonedx":
            headworks(program, "bom", "verify", str(path), "--artifact", str(artifact))
        if name in inputs.REPOSITORIES:
            headworks(program, "bom", "diff", str(path), str(path))
        documents.append(path)
    return documents


def cyclonedx(path: pathlib.Path) -> None:
    text = path.read_text()
    version = SchemaVersion.from_version(json.loads(text)["specVersion"])
    error = JsonStrictValidator(version).validate_str(text)
    assert error is None, f"{path}: {error}"


def spdx(paths: list[pathlib.Path], folder: pathlib.Path) -> None:
    import pyshacl
    import rdflib

    schema = jsonschema.Draft202012Validator(json.loads((folder / "spdx-json-schema.json").read_text()))
    context = json.loads((folder / "spdx-context.jsonld").read_text())["@context"]
    shapes, data = rdflib.Graph(), rdflib.Graph()
    shapes.parse(folder / "spdx-model.ttl")
    for index, path in enumerate(paths):
        document = json.loads(path.read_text())
        errors = list(schema.iter_errors(document))
        assert not errors, f"{path}: {errors[0].message[:500]}"
        if index < SHACL_MAX:
            document["@context"] = context
            # Documents of one graph would share what has no name; this gives each its own.
            text = json.dumps(document).replace("_:creation", f"_:creation{index}")
            data.parse(data=text, format="json-ld")
    fits, _, report = pyshacl.validate(data, shacl_graph=shapes, ont_graph=shapes)
    assert fits, report[:3000]
    broken = rdflib.Graph()
    document = json.loads(paths[0].read_text())
    document["@context"] = context
    for element in document["@graph"]:
        element.pop("from", None)
    broken.parse(data=json.dumps(document), format="json-ld")
    assert not pyshacl.validate(broken, shacl_graph=shapes, ont_graph=shapes)[0], "a broken document was let through"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--headworks", required=True)
    parser.add_argument("--fixtures", required=True, type=pathlib.Path)
    parser.add_argument("--spdx", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    artifacts = inputs.make(options.work, options.fixtures)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        written = list(pool.map(lambda item: write(options.headworks, options.work, *item), artifacts.items()))
    documents = [path for paths in written for path in paths]
    for path in documents:
        if not path.name.endswith("spdx.json"):
            cyclonedx(path)
    whole = json.loads((options.work / "documents" / "documented.spdx.json").read_text())
    profiles = next(element for element in whole["@graph"] if element["type"] == "SpdxDocument")["profileConformance"]
    assert {"ai", "dataset"} <= set(profiles), f"a documented repository conforms to {profiles} only"
    print(f"bom: {len(artifacts)} inputs, CycloneDX 1.6 and 1.7 strictly valid, all read back and verified")
    if not options.spdx.is_dir():
        print(f"bom: SKIPPED: SPDX schema and SHACL, for there is no `{options.spdx}`")
        return
    spdx([path for path in documents if path.name.endswith("spdx.json")], options.spdx)
    print(f"bom: {len(artifacts)} SPDX 3.0.1 documents fit the JSON schema, {min(SHACL_MAX, len(artifacts))} the SHACL shapes")


if __name__ == "__main__":
    main()
