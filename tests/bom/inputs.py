"""Artifacts that bills of materials are written about: the formats' own fixtures, and repositories of every kind."""

import base64
import json
import pathlib
import struct

REVISION = "0123456789abcdef0123456789abcdef01234567"

CARD = """---
license: apache-2.0
base_model: acme/base-7b
datasets:
- acme/questions
library_name: transformers
pipeline_tag: text-generation
date: 2026-05-01
co2_eq_emissions:
  emissions: 12.5
  hardware_used: 8 x accelerator
model-index:
- name: toy
  results:
  - task:
      type: text-generation
    dataset:
      name: questions
      type: acme/questions
    metrics:
    - type: accuracy
      value: 0.75
---

# Toy

A toy model that answers questions.

## Intended use

Answering questions of the toy set.

## Limitations

It knows nothing else.

## Bias and risks

It repeats what it read.

## Training procedure

Three epochs.
"""

DATA_CARD = """---
pretty_name: questions
license: cc-by-4.0
task_categories:
- question-answering
language:
- en
size_categories:
- n<1K
source_datasets:
- original
---

# Questions

Questions and answers that were written for tests.

## Source data

Written by hand.

## Personal and sensitive information

None.
"""


def safetensors(tensors: dict[str, list[int]]) -> bytes:
    header, at = {}, 0
    for name, shape in tensors.items():
        size = 4
        for dimension in shape:
            size *= dimension
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(at)


WEIGHTS = safetensors({"model.embed_tokens.weight": [64, 16], "lm_head.weight": [64, 16], "model.layers.0.mlp.w": [16, 16]})
CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16, "vocab_size": 64,
          "num_hidden_layers": 1, "num_attention_heads": 2, "torch_dtype": "float32", "transformers_version": "4.44.0"}
ADAPTER = {"base_model_name_or_path": "acme/base-7b", "peft_type": "LORA", "r": 8, "target_modules": ["q_proj"]}
LORA = safetensors({"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": [8, 16],
                    "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight": [16, 8]})
SERVERS = {"mcpServers": {"files": {"command": "npx", "args": ["-y", "@toy/server@1.2.3", "./data"]},
                          "far": {"url": "https://tools.invalid/sse"}}}
REQUIREMENTS = "torch==2.2.0\npeft>=0.12,<0.14\nnumpy~=1.26\ntqdm!=4.1,>=4\nlocal-package==1.0+cu121\nplain\n" \
    "git+https://git.invalid/acme/trl@v0.9.6\n"

DOCUMENTED = {
    "README.md": CARD, "model.safetensors": WEIGHTS, "config.json": json.dumps(CONFIG),
    "tokenizer_config.json": '{"chat_template":"{% for m in messages %}{{ m.content }}{% endfor %}"}',
    "data/train.csv": "question,answer\nhow,so\n", "data/README.md": DATA_CARD, "requirements.txt": REQUIREMENTS,
    "Dockerfile": "FROM python:3.11-slim\nCOPY . /app\nUSER app\n", "mcp.json": json.dumps(SERVERS),
    "SECURITY.md": "# Security\n\nWrite to security@acme.invalid.\n", "LICENSE": "Apache License 2.0\n",
}


def card(fields: str, text: str = "# Name\n\nWords.\n") -> str:
    return f"---\n{fields}\n---\n\n{text}"


REPOSITORIES = {
    "documented": DOCUMENTED,
    "bare": {"model.safetensors": WEIGHTS},
    "nothing": {"notes.txt": "nothing to see\n"},
    "adapter": {"adapter_config.json": json.dumps(ADAPTER), "adapter_model.safetensors": LORA,
                "README.md": card("license: mit\nbase_model: acme/base-7b\nlibrary_name: peft")},
    "several": {"one/model.safetensors": WEIGHTS, "one/README.md": card("license: mit"),
                "two/model.safetensors": WEIGHTS, "two/README.md": card("license: llama3.1\nbase_model:\n- a/b\n- c/d"),
                "two/adapter/adapter_config.json": json.dumps(ADAPTER), "two/adapter/adapter_model.safetensors": LORA},
    "sharded": {"model-00001-of-00002.safetensors": WEIGHTS, "model-00002-of-00002.safetensors": LORA},
    "odd names": {"a b/w\u00e9ights \u2014 \"x\" #1.safetensors": WEIGHTS, "a b/README.md": card("license: mit", "# \"Quoted\" <b>\n\nx\n")},
    "licences": {"x/model.safetensors": WEIGHTS, "x/README.md": card("license: other\nlicense_name: acme-terms 1/2\nlicense_link: LICENSE"),
                 "y/model.safetensors": WEIGHTS, "y/README.md": card("license: MIT OR Apache-2.0"),
                 "z/model.safetensors": WEIGHTS, "z/README.md": card("license:\n- gpl-3.0\n- cc-by-nc-4.0"),
                 "v/model.safetensors": WEIGHTS, "v/README.md": card("license: bugroff"),
                 "w/model.safetensors": WEIGHTS, "w/README.md": card("license: noassertion")},
    "dataset": {"README.md": DATA_CARD, "train.jsonl": '{"q":"how"}\n', "test.jsonl": '{"q":"why"}\n'},
    "packages": {"requirements.txt": REQUIREMENTS, "package.json": json.dumps({"name": "toy", "version": "1.0.0", "dependencies": {
        "@scope/a": "^1.2.3", "b": "~0.2.0", "c": "1.2.3", "d": "latest", "e": ">=1 <2", "f": "git+https://git.invalid/f"}})},
    "images": {"Dockerfile": "ARG BASE\nFROM --platform=linux/amd64 registry.invalid:5000/team/img:1@sha256:" + "ab" * 32 +
               " AS a\nFROM scratch\nFROM ${BASE}\nCOPY --from=alpine:3.20 /x /y\n"},
    "hostile card": {"README.md": card("license: \"\\u0000\\u202e\"\nbase_model: ../../etc\ndatasets:\n- 'a b'\n- ''\npipeline_tag: unknown"),
                     "model.safetensors": WEIGHTS},
    "hostile pickle": {"model.pkl": b"cos\nsystem\n(S'true'\ntR."},
    "broken": {"model.safetensors": WEIGHTS[:20], "config.json": "{\"a\": "},
}

OVERLAY = """author = "A person"
hardware = ["8 x accelerator"]

[system]
name = "Helper"
version = "1.0.0"
producer = "Acme"
description = "Answers questions."
released = "2026-05-02T10:00:00Z"
application_area = "Support"
data_flow = "Questions go in, answers come out."
data_usage = "Nothing is kept."
input_output = "Text."
security_policy = "https://acme.invalid/.well-known/security.txt"
security_controls = ["Admission by a gate"]
compliance = ["None claimed"]

[[model]]
name = "toy"
released = "2026-05-01"

[[dataset]]
name = "questions"
supplier = "Acme"
released = "2026-04-01"
download = "https://acme.invalid/questions"
statistics = "1 row"
"""


def write(folder: pathlib.Path, files: dict) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def make(work: pathlib.Path, fixtures: pathlib.Path) -> dict[str, pathlib.Path]:
    """Every input by its name."""
    inputs = {}
    for name, files in REPOSITORIES.items():
        inputs[name] = work / "inputs" / name
        write(inputs[name], files)
    # One of each format: what differs between two of one format says nothing more here.
    formats = {encoded.parent: encoded for encoded in sorted(fixtures.glob("*/good-*.b64"), reverse=True)}
    for encoded in sorted(formats.values()):
        lines = encoded.read_text().splitlines()
        named = [line.removeprefix("# name: ") for line in lines if line.startswith("# name: ")]
        content = base64.b64decode("".join(line for line in lines if not line.startswith("#")))
        name = f"{encoded.parent.name} {encoded.stem}"
        inputs[name] = work / "inputs" / name
        write(inputs[name], {(named or [encoded.stem])[0]: content})
    return inputs
