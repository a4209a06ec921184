"""Checks that headworks logs every import and call that CPython's unpickler makes.

    cargo build -p headworks-formats --example pickle_events
    python3 compare.py [--count N] [--seed S] [--events PATH-TO-EXAMPLE]

Prints `N streams, M imports, K calls, 0 missed`; exits 1 when something is missed, or when CPython
cannot read a stream to its end and we state no fault. Our log may hold
more than CPython's: it reads on where one implementation would and another would not.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import generate
import reference

ROOT = pathlib.Path(__file__).resolve().parents[2]


def logged(entry):
    """Our events as counts by (kind, name); the name is None for a computed callee."""
    counts = collections.Counter()
    for item in entry["events"]:
        event = item["event"]
        kind = event["event"]
        if kind in ("import", "call"):
            callee = event["callee"]
            name = f"{callee['module']}.{callee['name']}" if callee["by"] == "name" else None
            counts[kind, name] += item["times"]
        elif kind == "extension":
            counts[kind, event["code"]] += item["times"]
        else:
            counts[{"out-of-band-buffer": "buffer"}.get(kind, kind), None] += item["times"]
    return counts


def missed(expected, ours):
    """Events of CPython that our log lacks; a computed callee of ours stands for any name."""
    counts = logged(ours)
    lacking = []
    for kind, name in expected:
        exact = (kind, name) if kind in ("import", "call", "extension") else (kind, None)
        computed = (kind, None)
        if counts[exact] > 0:
            counts[exact] -= 1
        elif counts[computed] > 0 and kind != "extension":
            counts[computed] -= 1
        else:
            lacking.append((kind, name))
    return lacking


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20240607)
    parser.add_argument("--events", type=pathlib.Path, default=ROOT / "target/debug/examples/pickle_events")
    arguments = parser.parse_args()
    totals = collections.Counter()
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for index, data in enumerate(generate.streams(arguments.seed, arguments.count)):
            path = pathlib.Path(directory) / f"{index:05}.bin"
            path.write_bytes(data)
            paths.append(path)
        names = "".join(f"{path}\n" for path in paths)
        answer = subprocess.run([arguments.events], input=names, capture_output=True, text=True, check=True)
        lines = answer.stdout.rstrip("\n").split("\n")
        if len(lines) != len(paths):
            sys.exit(f"{len(paths)} streams and {len(lines)} answers")
        for path, line in zip(paths, lines):
            expected, ended = reference.events(path.read_bytes())
            ours = json.loads(line)
            totals.update(kind for kind, _ in expected)
            lacking = missed(expected, ours)
            totals["missed"] += len(lacking)
            # A stream that CPython cannot read to its end may never look whole to us.
            computed = ended and ended.startswith("UnpicklingError: STACK_GLOBAL")
            if ended and not computed and not ours["faults"]:
                totals["faultless"] += 1
                if totals["faultless"] <= 5:
                    print(f"{path.name} ends in {ended} and has no fault", file=sys.stderr)
            if lacking and totals["missed"] < 40:
                print(f"{path.name} misses {lacking}: {path.read_bytes()!r}", file=sys.stderr)
    print(f"{len(paths)} streams, {totals['import']} imports, {totals['call']} calls, {totals['missed']} missed")
    sys.exit(1 if totals["missed"] or totals["faultless"] or not totals["call"] else 0)


if __name__ == "__main__":
    main()
