"""Judges the labelled files that the peers' own source distributions carry, with the peers and with headworks.

Prints each file that a peer flags and `headworks check` admits, and each that headworks refuses and no peer flags.
The first kind must be explained or mended; the second is either an alarm of ours or a hole of theirs.

Nothing is loaded: every tool is given a path. The distributions are fetched by

    pip download --no-deps --no-binary :all: -r bench/peers/requirements.txt
"""

import argparse
import pathlib
import sys
import tarfile

import bench

# Files that a loader would read; the rest of a source distribution is its own code, tests and pages.
FOLDERS = ("assets/samples", "assets/exploits", "assets/pickles", "assets/scenarios")


def labelled(distributions, folder):
    for archive in sorted(distributions.glob("*.tar.gz")):
        with tarfile.open(archive) as members:
            members.extractall(folder, filter="data")
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if any(part in path.as_posix() for part in FOLDERS))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--distributions", required=True, type=pathlib.Path, help="folder of .tar.gz files")
    parser.add_argument("--work", required=True, type=pathlib.Path)
    arguments = parser.parse_args()

    folder = arguments.work.resolve() / "labelled"
    files = labelled(arguments.distributions, folder)
    tools = bench.tools(arguments.headworks.resolve())
    peers = [name for name in tools if not name.startswith("headworks")]
    outcomes = {
        file: {name: bench.run(command, file, meanings)[0] for name, (command, meanings) in tools.items()} for file in files
    }
    passed_by_us, refused_by_us_alone = [], []
    for file, outcome in outcomes.items():
        flagged = [name for name in peers if outcome[name] == "flagged"]
        line = f"{file.relative_to(folder)}: {', '.join(f'{name} {found}' for name, found in outcome.items())}"
        if flagged and outcome["headworks check"] == "clean":
            passed_by_us.append(line)
        if not flagged and outcome["headworks check"] == "flagged":
            refused_by_us_alone.append(line)
    flagged = sum(any(outcome[name] == "flagged" for name in peers) for outcome in outcomes.values())
    print(f"{len(files)} labelled files, {flagged} flagged by a peer")
    print(f"flagged by a peer and admitted: {len(passed_by_us)}", *passed_by_us, sep="\n  ")
    print(f"refused, and flagged by no peer: {len(refused_by_us_alone)}", *refused_by_us_alone, sep="\n  ")
    for name in tools:
        print(f"{name}: {sum(outcome[name] == 'flagged' for outcome in outcomes.values())} flagged")
    sys.exit(bool(passed_by_us))


if __name__ == "__main__":
    main()
