"""Judges the labelled files that the peers' own source distributions carry, with the peers and with headworks.

Prints each file that a peer flags and `headworks check` admits, and each that headworks refuses and no peer flags.
The first kind must be explained or mended; the second is either an alarm of ours or a hole of theirs.

Nothing is loaded: every tool is given a path. The source distributions are fetched with pip, which runs their build
systems to learn their names.
"""

import argparse
import pathlib
import subprocess
import sys
import tarfile

import bench

# Files that a loader would read; the rest of a source distribution is its own code, tests and pages.
FOLDERS = ("assets/samples", "assets/exploits", "assets/pickles", "assets/scenarios")

# fickling calls everything unsafe that it cannot read, a licence among them.
FICKLING_READS = {".pkl", ".pt", ".zip"}

# Flagged by a peer, admitted by headworks, and why that is right.
EXPLAINED = {
    "samples/pickles/simple_nested.pkl": "the pickle in a literal is a dictionary of two words, which imports and calls nothing",
    "mixed_licenses/dataset_cc_nc.json": "the finding is a licence, and whether that is allowed is for the inventory to say",
}


def distributions(folder):
    """The peers' source distributions, at the versions that are compared."""
    if not folder.exists():
        wanted = [line for line in (bench.HERE / "requirements.txt").read_text().split() if "==" in line]
        fetch = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder, *wanted]
        subprocess.run([sys.executable, "-m", "pip", *fetch], check=True)
    return sorted(folder.glob("*.tar.gz"))


def labelled(archives, folder):
    for archive in archives:
        with tarfile.open(archive) as members:
            members.extractall(folder, filter="data")
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if any(part in path.as_posix() for part in FOLDERS))


def is_for_cause(peer, file):
    return peer != "fickling" or file.suffix in FICKLING_READS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    arguments = parser.parse_args()

    folder = arguments.work.resolve() / "labelled"
    files = labelled(distributions(arguments.work.resolve() / "distributions"), folder)
    tools = bench.tools(arguments.headworks.resolve())
    peers = [name for name in tools if not name.startswith("headworks")]
    outcomes = {
        file: {name: bench.run(command, file, meanings)[0] for name, (command, meanings) in tools.items()} for file in files
    }
    passed_by_us, explained, refused_by_us_alone = [], [], []
    for file, outcome in outcomes.items():
        flagged = [name for name in peers if outcome[name] == "flagged" and is_for_cause(name, file)]
        line = f"{file.relative_to(folder)}: {', '.join(f'{name} {found}' for name, found in outcome.items())}"
        if flagged and outcome["headworks check"] == "clean":
            reason = next((why for end, why in EXPLAINED.items() if file.as_posix().endswith(end)), None)
            explained.append(f"{line}\n    {reason}") if reason else passed_by_us.append(line)
        if not flagged and outcome["headworks check"] == "flagged":
            refused_by_us_alone.append(line)
    flagged = sum(any(outcome[name] == "flagged" for name in peers) for outcome in outcomes.values())
    print(f"{len(files)} labelled files, {flagged} flagged by a peer")
    print(f"flagged by a peer for cause and admitted: {len(passed_by_us)}", *passed_by_us, sep="\n  ")
    print(f"the same, explained: {len(explained)}", *explained, sep="\n  ")
    print(f"refused, and flagged by no peer: {len(refused_by_us_alone)}", *refused_by_us_alone, sep="\n  ")
    for name in tools:
        print(f"{name}: {sum(outcome[name] == 'flagged' for outcome in outcomes.values())} flagged")
    sys.exit(bool(passed_by_us))


if __name__ == "__main__":
    main()
