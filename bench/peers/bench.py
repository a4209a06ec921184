"""Runs headworks and its peers over the same files in one run.

Prints, for each tool: hostile artifacts that it flags, clean ones that it flags, those it fails on, CPU
seconds (user and system, of the tool and its children), and the ratio of CPU to headworks'. Flagged is what
the tool's own exit code says; an error is counted by itself, as neither detection nor alarm.

Nothing is loaded: every tool is given a path. Clean files are those that tests/real_files makes.
"""

import argparse
import collections
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

import corpus

HERE = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(sys.executable).parent


def tools(headworks):
    """Command, and the meaning of each exit code: flagged, clean, or anything else an error."""
    python_tools = {
        "picklescan": ([VENV / "picklescan", "--path"], {1: "flagged", 0: "clean"}),
        "modelscan": ([VENV / "modelscan", "scan", "-p"], {1: "flagged", 0: "clean"}),
        "fickling": ([VENV / "fickling", "--check-safety"], {1: "flagged", 0: "clean"}),
        "modelaudit": ([VENV / "modelaudit", "scan", "--no-cache"], {1: "flagged", 0: "clean"}),
    }
    ours = {
        "headworks scan": ([headworks, "scan", "-q"], {1: "flagged", 0: "clean", 4: "held"}),
        "headworks check": ([headworks, "check", "-q", "--no-store"], {1: "flagged", 0: "clean", 4: "held"}),
    }
    return ours | python_tools


def run(command, target, meanings):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, CI="true", NO_ANALYTICS="1", PROMPTFOO_DISABLE_TELEMETRY="1", COLUMNS="200")
    try:
        code = subprocess.run(
            [*map(str, command), str(target)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=environment, timeout=300,
            # One of the peers writes a report into the working directory.
            cwd=tempfile.gettempdir(),
        ).returncode
    except subprocess.TimeoutExpired:
        code = -1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return meanings.get(code, "error"), cpu


def hostile_targets(folder):
    targets = set()
    for path, body in corpus.hostile().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        targets.add(folder / pathlib.Path(path).parts[0])
    return sorted(targets)


def clean_targets(folders, most):
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    step = max(1, len(files) // most) if most else 1
    return files[::step]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--clean", type=pathlib.Path, action="append", default=[], help="folders of genuine files")
    parser.add_argument("--most", type=int, default=24, help="clean files at most, spread evenly; 0 for all")
    arguments = parser.parse_args()

    arguments.work = arguments.work.resolve()
    arguments.headworks = arguments.headworks.resolve()
    arguments.clean = [folder.resolve() for folder in arguments.clean]
    hostile = hostile_targets(arguments.work / "hostile")
    clean = clean_targets(arguments.clean, arguments.most)
    print(f"{len(hostile)} hostile artifacts, {len(clean)} clean files")
    header = f"{'tool':<16} {'flagged':>8} {'held':>5} {'missed':>7} {'errors':>7} | {'alarms':>7} {'held':>5} {'errors':>7} | {'CPU s':>9} {'median':>8} {'ratio':>8}"
    print(header)
    base, details = None, {}
    for name, (command, meanings) in tools(arguments.headworks).items():
        results = {target: run(command, target, meanings) for target in hostile + clean}
        bad = collections.Counter(results[target][0] for target in hostile)
        good = collections.Counter(results[target][0] for target in clean)
        cpu = sum(seconds for _, seconds in results.values())
        median = statistics.median(seconds for _, seconds in results.values())
        base = base or cpu
        print(
            f"{name:<16} {bad['flagged']:>8} {bad['held']:>5} {bad['clean']:>7} {bad['error']:>7} |"
            f" {good['flagged']:>7} {good['held']:>5} {good['error']:>7} | {cpu:>9.2f} {median:>8.3f} {cpu / base:>7.1f}x",
            flush=True,
        )
        details[name] = {str(target.relative_to(arguments.work) if target.is_relative_to(arguments.work) else target.name): outcome for target, (outcome, _) in results.items()}
    (arguments.work / "results.json").write_text(json.dumps(details, indent=1))
    print(f"per file: {arguments.work / 'results.json'}")


if __name__ == "__main__":
    main()
