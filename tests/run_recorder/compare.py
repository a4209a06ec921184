"""The statement of a run names exactly the files that strace shows for the same run.

Compared are regular files that exist after the run, by their path without links: those that strace shows as
opened for reading, with success, and that the run did not write, against the dependencies; those that it
shows as opened for writing, or as the new name of a renamed or linked file, against the subjects. Left out
are folders, devices, pipes and sockets, which hold no bytes of their own, everything in /proc and /sys, which
holds the kernel's words, and programs, which the kernel opens itself.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

CALL = re.compile(r"^(?P<pid>\d+) +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)(?P<rest>.*)$")
UNFINISHED = re.compile(r"^(?P<pid>\d+) +(?P<call>.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<rest>.*)$")
TEXT = re.compile(r'(?P<folder>AT_FDCWD|\d+)(?:<(?P<at>[^>]*)>)?, "(?P<path>(?:[^"\\]|\\.)*)"')
ONLY = re.compile(r'^"(?P<path>(?:[^"\\]|\\.)*)"')
RESULT_PATH = re.compile(r"<(?P<path>/[^>]*)>")


def whole_lines(trace: str):
    """Calls that were interrupted by another process's line, put together again."""
    waiting = {}
    for line in trace.splitlines():
        if match := UNFINISHED.match(line):
            waiting[match["pid"]] = match["call"]
        elif match := RESUMED.match(line):
            yield f"{match['pid']} {waiting.pop(match['pid'], '')}{match['rest']}"
        else:
            yield line


def traced(trace: str) -> tuple[set[str], set[str]]:
    """Paths that strace shows as opened for reading, and for writing; strace -y names each descriptor."""
    read, written = set(), set()
    for line in whole_lines(trace):
        match = CALL.match(line)
        if not match or match["result"].startswith("-"):
            continue
        name, arguments = match["name"], match["arguments"]
        if name in ("open", "openat", "openat2", "creat"):
            path = RESULT_PATH.search(match["rest"])
            if not path:
                continue
            if name == "creat" or "O_WRONLY" in arguments or "O_RDWR" in arguments:
                written.add(path["path"])
            if name != "creat" and "O_WRONLY" not in arguments and "O_PATH" not in arguments:
                read.add(path["path"])
        elif name in ("rename", "renameat", "renameat2", "link", "linkat"):
            new = [*TEXT.finditer(arguments)][-1:] or [*re.finditer(r'"(?P<path>(?:[^"\\]|\\.)*)"', arguments)][-1:]
            written.add(os.path.join(new[0].groupdict().get("at") or os.getcwd(), new[0]["path"]))
    return read, written


def counted(paths: set[str], folder: pathlib.Path) -> set[str]:
    real = {os.path.realpath(os.path.join(folder, path)) for path in paths}
    return {path for path in real if os.path.isfile(path) and not path.startswith(("/proc/", "/sys/"))}


def stated(statement: dict, folder: pathlib.Path) -> tuple[set[str], set[str]]:
    subjects = {os.path.join(folder, subject["name"]) for subject in statement["subject"]}
    dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    files = [item for item in dependencies if item.get("name") and "uri" not in item]
    # Programs are opened by the kernel, which strace does not show.
    read = {os.path.join(folder, item["name"]) for item in files if item["annotations"]["role"] != "interpreter"}
    return read, subjects


def project(folder: pathlib.Path) -> None:
    """The same inputs for both runs; nothing is left of the run before."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    numbers = random.Random(7)
    rows = [[numbers.gauss(label, 1) for _ in range(4)] + [label] for label in (0, 1) * 200]
    (folder / "data/rows.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    (folder / "data/labels.txt").write_text("no\nyes\n")
    (folder / "settings.json").write_text(json.dumps({"seed": 7, "C": 0.5}))
    shutil.copy(pathlib.Path(__file__).with_name("train.py"), folder / "train.py")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    folder = work / "project"
    command = [sys.executable, "train.py"]
    # Compiled modules are written by whoever is first; that must be neither of the two.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}

    project(folder)
    trace = work / "trace"
    watched = "trace=open,openat,openat2,creat,rename,renameat,renameat2,link,linkat"
    strace = ["strace", "-f", "-y", "-s", "4096", "-e", watched, "-o", str(trace), *command]
    subprocess.run(strace, cwd=folder, env=environment, check=True)
    os.chdir(folder)
    all_read, all_written = traced(trace.read_text(errors="surrogateescape"))
    written = counted(all_written, folder)
    read = counted(all_read, folder) - written

    project(folder)
    statement = work / "statement.json"
    run = [str(options.headworks), "run", "--kind", "train", "--output", str(statement), "--", *command]
    subprocess.run(run, cwd=folder, env=environment, check=True)
    document = json.loads(statement.read_text())
    stated_read, stated_written = stated(document, folder)

    problems = []
    for what, ours, theirs in (("read", stated_read, read), ("written", stated_written, written)):
        problems += [f"{what}, but not by strace: {path}" for path in sorted(ours - theirs)]
        problems += [f"{what} by strace only: {path}" for path in sorted(theirs - ours)]
    wanted = {str(folder / name) for name in ("data/rows.csv", "data/labels.txt", "settings.json", "train.py")}
    outputs = {str(folder / name) for name in ("out/model.joblib", "out/metrics.json", "out/labels.sha256")}
    if not wanted <= stated_read or outputs != stated_written:
        problems.append("the inputs or outputs of the script itself are not all stated")
    packages = {item["uri"].split("@")[0] for item in
                document["predicate"]["buildDefinition"]["resolvedDependencies"] if item.get("name") == "RECORD"}
    missing = {f"pkg:pypi/{name}" for name in ("joblib", "numpy", "scikit-learn", "scipy", "threadpoolctl")} - packages
    problems += [f"not stated as in use: {package}" for package in sorted(missing)]
    if problems:
        sys.exit("\n".join(problems))
    print(f"recorder: {len(read)} files read and {len(written)} written, the same as strace shows")


if __name__ == "__main__":
    main()
