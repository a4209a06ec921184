"""What the comparisons with the reference of model signing share: models, both programs, and the count of cases.

Cases whose name ends in `_refused` demand a refusal; beside each stands a twin that must be accepted.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

arguments = argparse.Namespace()
outcomes = []


def start(*more):
    """Reads the arguments, --headworks, --work and those named, and empties the folder to work in."""
    parser = argparse.ArgumentParser()
    for name in ("--headworks", *more):
        parser.add_argument(name, required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.parse_args(namespace=arguments)
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)


def finish():
    failed = [name for name, held in outcomes if not held]
    print(f"{len(outcomes)} cases, {len(failed)} not as demanded")
    sys.exit(1 if failed else 0)


def new_model(name):
    model = arguments.work / name
    (model / "tokenizer").mkdir(parents=True)
    for path, data in (("weights.bin", b"w" * 3500), ("tokenizer/x", b"x"), ("tokenizer.json", b"{}"), ("模型 (1).bin", b"m"), (".hidden", b"h")):
        (model / path).write_bytes(data)
    (model / ".gitattributes").write_bytes(b"*.bin filter=lfs\n")
    return model


def headworks(*command, **environment):
    return run([arguments.headworks, *command], environment)


def reference(*command, **environment):
    return run([sys.executable, "-m", "model_signing", *command], environment)


def run(command, environment):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, env={**os.environ, **environment})


def demand(name, accepted, ended, refusal=1):
    expect(name, ended.returncode == (0 if accepted else refusal), ended)


def expect(name, held, ended):
    outcomes.append((name, held))
    print(("ok    " if held else "WRONG ") + name)
    if not held:
        print(ended.stdout + ended.stderr)
