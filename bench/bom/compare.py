"""Bills of materials of one documented repository by headworks and by other generators, in one run.

Prints how many of the 41 minimum elements that can be learnt automatically each fills, what each says that is not so,
whether it names revision, digest, licence, base model and dataset of the model together, and its processor time.
"""

import argparse
import hashlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/bom"))
import inputs  # noqa: E402

#: Requirements of the repository: the version where one is pinned.
PACKAGES = {"torch": "2.2.0", "local-package": "1.0+cu121", "peft": None, "numpy": None, "tqdm": None, "plain": None,
            "trl": None, "transformers": None, "@toy/server": "1.2.3"}
RANGES = ("peft", "numpy", "tqdm", "plain", "trl")


def every(document: dict) -> list[dict]:
    """All components, nested ones and the subject included."""
    found, waiting = [], [document.get("metadata", {}).get("component") or {}, *document.get("components", [])]
    while waiting:
        component = waiting.pop()
        if component:
            found.append(component)
            waiting += component.get("components", [])
    return found


def elements(document: dict) -> dict[str, bool]:
    """The elements, by what a reader of the document can find; one model without a value lacks it."""
    metadata, subject = document.get("metadata", {}), document.get("metadata", {}).get("component") or {}
    top = [subject, *document.get("components", [])]
    models = [each for each in top if each.get("type") == "machine-learning-model"]
    data = [each for each in top if each.get("type") == "data"]
    tools = metadata.get("tools", [])
    tools = tools.get("components", []) if isinstance(tools, dict) else tools
    edges = document.get("dependencies", [])
    card = lambda model: model.get("modelCard", {}).get("modelParameters", {})
    named = lambda each, *words: any(word in p.get("name", "").lower() for p in each.get("properties", []) for word in words)
    of_models = lambda has: bool(models) and all(has(model) for model in models)
    of_data = lambda has: bool(data) and any(has(each) for each in data)
    references = {each.get("bom-ref") for each in data}
    links = [*document.get("externalReferences", []), *(link for each in top for link in each.get("externalReferences", []))]
    return {
        "SBOM author": bool(metadata.get("authors") or metadata.get("supplier") or metadata.get("manufacturer")),
        "SBOM version": document.get("version") is not None,
        "format name": bool(document.get("bomFormat")),
        "format version": bool(document.get("specVersion")),
        "author signature": bool(document.get("signature")),
        "tool name": any(tool.get("name") for tool in tools),
        "tool version": any(tool.get("version") for tool in tools),
        "generation context": bool(metadata.get("lifecycles")) or named(metadata, "generationcontext"),
        "timestamp": bool(metadata.get("timestamp")),
        "dependency relationship": any(edge.get("dependsOn") for edge in edges),
        "system name": bool(subject.get("name")) and subject.get("type") != "machine-learning-model",
        "system components": len(document.get("components", [])) > 1,
        "system producer": bool(subject.get("publisher") or subject.get("supplier") or metadata.get("supplier")),
        "system version": bool(subject.get("version")),
        "system timestamp": bool(metadata.get("timestamp")),
        "model name": of_models(lambda m: m.get("name")),
        "model identifier": of_models(lambda m: m.get("purl") or m.get("cpe")),
        "model version": of_models(lambda m: m.get("version")),
        "model timestamp": of_models(lambda m: named(m, "timestamp", "created")),
        "model producer": of_models(lambda m: m.get("publisher") or m.get("supplier") or m.get("manufacturer")),
        "model description": of_models(lambda m: m.get("description")),
        "model hash value": of_models(lambda m: m.get("hashes")),
        "model hash algorithm": of_models(lambda m: any(h.get("alg") for h in m.get("hashes", []))),
        "model properties": of_models(card),
        "model input and output": of_models(lambda m: card(m).get("inputs") or card(m).get("outputs")),
        "model training": of_models(lambda m: {"datasets", "modelArchitecture", "architectureFamily"} & set(card(m))),
        "model licence": of_models(lambda m: m.get("licenses")),
        "model openness": any(named(m, "openness:") for m in models),
        "model external references": of_models(lambda m: m.get("externalReferences")),
        "dataset name": of_data(lambda d: d.get("name")),
        "dataset description": of_data(lambda d: d.get("description")),
        "dataset content": of_data(lambda d: any(x.get("contents", {}).get("properties") or x.get("description") for x in d.get("data", []))),
        "dataset identifier": of_data(lambda d: d.get("bom-ref") or d.get("purl")),
        "dataset hash": of_data(lambda d: d.get("hashes")),
        "dataset provenance": of_data(lambda d: named(d, "provenance", "source") or any(x.get("governance") for x in d.get("data", []))),
        "dataset dependency": any(set(edge.get("dependsOn", [])) & references for edge in edges),
        "dataset licence": of_data(lambda d: d.get("licenses")),
        "infrastructure software": any(each.get("type") in ("library", "application", "framework") for each in document.get("components", [])),
        "infrastructure hardware": any(each.get("type") in ("device", "hardware") for each in top)
        or any(link.get("type") in ("bom", "hardware") for link in links)
        or any(p.get("name") == "hardware_used" for m in models
               for p in m.get("modelCard", {}).get("considerations", {}).get("environmentalConsiderations", {}).get("properties", [])),
        "vulnerabilities": bool(document.get("vulnerabilities")),
        "operational performance": any(m.get("modelCard", {}).get("quantitativeAnalysis", {}).get("performanceMetrics") for m in models),
    }


def wrong(document: dict, artifact: pathlib.Path) -> list[str]:
    """What the document says and is not so."""
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in artifact.rglob("*") if path.is_file()}
    found = []
    for each in every(document):
        name, version, purl = each.get("name", ""), each.get("version", ""), each.get("purl", "")
        plain = name.lower().split("/")[-1].replace("_", "-") if not name.startswith("@") else name
        if plain in RANGES and version not in ("", "unknown"):
            found.append(f"{name} has no single version, and is given {version!r}")
        if purl.startswith("pkg:pypi/") and plain not in PACKAGES:
            found.append(f"no package is called {name!r}")
        if version and PACKAGES.get(plain) and version != PACKAGES[plain] and each.get("type") != "machine-learning-model":
            found.append(f"{name} is {PACKAGES[plain]}, and not {version}")
        for entry in each.get("hashes", []):
            if entry.get("alg") == "SHA-256" and entry["content"] not in digests and each.get("type") in ("machine-learning-model", "file", "data"):
                found.append(f"{name}: no file has the digest {entry['content'][:12]}")
        if each.get("type") == "machine-learning-model" and plain in ("data", "questions"):
            found.append(f"{name} is a dataset, and no model")
        elif each.get("type") == "machine-learning-model" and each.get("licenses"):
            words = json.dumps(each["licenses"]).lower()
            if "apache-2.0" not in words and "apache 2" not in words:
                found.append(f"{name} is under Apache-2.0, and not {words[:80]}")
    references = {each.get("bom-ref") for each in every(document)} | {s.get("bom-ref") for s in document.get("services", [])}
    references |= {a.get("bom-ref") for each in every(document) for a in each.get("pedigree", {}).get("ancestors", [])}
    ends = {end for edge in document.get("dependencies", []) for end in [edge.get("ref"), *edge.get("dependsOn", [])]}
    found += [f"a relation leads to {end!r}, which is nowhere" for end in sorted(ends - references, key=str)]
    version = SchemaVersion.from_version(document["specVersion"])
    error = JsonStrictValidator(version).validate_str(json.dumps(document))
    return found + ([] if error is None else [f"not valid CycloneDX {document['specVersion']}"])


def together(document: dict, artifact: pathlib.Path) -> list[str]:
    """What the model has of: full revision, digest of the weights, licence, base model edge, dataset edge."""
    weights = hashlib.sha256((artifact / "model.safetensors").read_bytes()).hexdigest()
    best: list[str] = []
    for model in (each for each in every(document) if each.get("type") == "machine-learning-model"):
        ends = " ".join(end for edge in document.get("dependencies", []) if edge.get("ref") == model.get("bom-ref") for end in edge.get("dependsOn", []))
        text = ends + json.dumps(model.get("pedigree", {}))
        has = {"revision": model.get("version") == inputs.REVISION, "digest": weights in json.dumps(model.get("hashes", [])),
               "licence": bool(model.get("licenses")), "base": "base-7b" in text, "dataset": "dataset" in ends or "questions" in ends}
        held = [name for name, held in has.items() if held]
        best = max(best, held, key=len)
    return best


def snapshot(artifact: pathlib.Path) -> None:
    """The repository as a hub cache has it: each file a link into the blobs, under a folder of the full revision."""
    files = artifact.parents[2] / "files"
    inputs.write(files, inputs.DOCUMENTED)
    blobs = artifact.parents[1] / "blobs"
    blobs.mkdir(parents=True)
    for path in sorted(path for path in files.rglob("*") if path.is_file()):
        content = path.read_bytes()
        blob = blobs / hashlib.sha256(content).hexdigest()
        blob.write_bytes(content)
        link = artifact / path.relative_to(files)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))


def run(command: list[str], where: pathlib.Path) -> tuple[float, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"AISBOM_OFFLINE": "1", "AISBOM_NO_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr[-300:]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--headworks", required=True)
    parser.add_argument("--modules", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    artifact = work / "models--acme--toy" / "snapshots" / inputs.REVISION
    snapshot(artifact)
    bins, key = pathlib.Path(sys.executable).parent, work / "key.pem"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key)], check=True, capture_output=True)
    unsigned = str(work / "unsigned.json")
    out = lambda name: str(work / f"{name}.json")
    tools = {
        "headworks": [[options.headworks, "bom", str(artifact), "--author", "A person", "--out", unsigned],
                      [options.headworks, "bom", "sign", unsigned, "--private-key", str(key), "--out", out("headworks")]],
        "cdxgen aibom": [[str(options.modules / ".bin/aibom"), "-o", out("cdxgen aibom"), "."]],
        "aisbom-cli": [[str(bins / "aisbom"), "scan", ".", "--format", "json", "--output", out("aisbom-cli")]],
        "ai-bom": [[str(bins / "ai-bom"), "scan", ".", "--format", "cyclonedx", "--output", out("ai-bom")]],
        "agent-bom": [[str(bins / "agent-bom"), "scan", "-p", ".", "--offline", "-f", "cyclonedx", "-o", out("agent-bom")]],
        "aibom-inspector": [[str(bins / "aibom"), "scan", "--format", "cyclonedx", "--output", out("aibom-inspector"), "--offline"]],
    }
    total = 0
    for name, commands in tools.items():
        measured = [run(command, artifact) for command in commands]
        path = pathlib.Path(out(name))
        if not path.exists():
            print(f"{name:16} wrote nothing: {measured[-1][1]}")
            continue
        document = json.loads(path.read_text())
        filled, problems = elements(document), wrong(document, artifact)
        total = len(filled)
        print(f"{name:16} {sum(filled.values()):2} of {total} elements, {len(problems)} wrong, "
              f"together: {', '.join(together(document, artifact)) or 'nothing'}, {sum(cpu for cpu, _ in measured):.2f} CPU-s")
        print(f"{'':16} lacks: {', '.join(each for each, has in filled.items() if not has) or 'nothing'}")
        for problem in problems[:6]:
            print(f"{'':16} wrong: {problem}")


if __name__ == "__main__":
    main()
