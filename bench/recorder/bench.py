"""Scripts that open 20,000 files, with and without `headworks run`: pairs, each in turn.

`train` is what the bound of 10 % is about: scikit-learn learns from the files. `parse` and `bare` do next to
nothing with a file, and show what a call costs.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import time

FILES = 20_000
PAIRS = 7
SCRIPTS = {"train": ["train.py", "records"], "parse": ["read.py", "records", "parse"],
           "bare": ["read.py", "records", "bare"]}
WORDS = 400


def records(folder: pathlib.Path) -> None:
    if (folder / "complete").exists():
        return
    numbers = random.Random(1)
    vocabulary = ["".join(numbers.choices("abcdefghijklmnop", k=6)) for _ in range(5000)]
    for index in range(FILES):
        parent = folder / "records" / f"{index // 200:03}"
        parent.mkdir(parents=True, exist_ok=True)
        text = " ".join(numbers.choices(vocabulary, k=WORDS))
        (parent / f"{index}.json").write_text(json.dumps({"text": text, "label": index % 2}))
    (folder / "complete").touch()


def measured(command: list[str], folder: pathlib.Path) -> tuple[float, float]:
    """Wall and CPU seconds, of the command and everything below it."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()
    folder = options.work.resolve() / "recorder"
    records(folder)
    recorder = [str(options.headworks.resolve()), "run", "--kind", "train", "--output", "statement.json", "--"]
    for how, (script, *arguments) in SCRIPTS.items():
        command = [sys.executable, str(pathlib.Path(__file__).resolve().with_name(script)), *arguments]
        alone, recorded = [], []
        for _ in range(PAIRS):
            alone.append(measured(command, folder))
            recorded.append(measured(recorder + command, folder))
        statement = json.loads((folder / "statement.json").read_text())
        read = sum(item.get("name", "").startswith("records/")
                   for item in statement["predicate"]["buildDefinition"]["resolvedDependencies"])
        assert read == FILES, f"{read} of {FILES} files are stated"
        for index, what in enumerate(("wall", "CPU")):
            # Other work on the machine only adds, so the least of each is nearest to what recording costs.
            for how_far, of in (("median", statistics.median), ("least", min)):
                plain, watched = (of(row[index] for row in rows) for rows in (alone, recorded))
                each = (watched - plain) / FILES * 1e6
                print(f"{how:5} {what:4} {how_far:6} alone {plain:.3f} s, recorded {watched:.3f} s: "
                      f"{watched / plain:.3f} times, {each:+.1f} µs a file")


if __name__ == "__main__":
    main()
