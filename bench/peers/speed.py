"""Times headworks and its peers over four artifacts, in one run.

A torch zip and a safetensors file of 1 GiB, a pickle of 150 MB of small objects, and a folder of 3,000 small
files. Prints for each tool CPU seconds (user and system, of the tool and its children), wall seconds, peak
memory, the ratio of CPU to `headworks scan`, and what the tool said of the honest artifact: medians of several runs,
or one run where that is long. A tool that met a limit of time or memory is marked with `>`: it would need more. Beside
them is one pass of SHA-256 by OpenSSL over the same bytes, for what reading and hashing cost.

Files are written with the standard library alone and nothing is loaded.
"""

import argparse
import collections
import json
import os
import pathlib
import pickle
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

import bench
import corpus

GIB = 1 << 30
TENSORS = 64
ROWS, COLUMNS = 4096, 1024
OBJECTS = 2_200_000
SMALL_FILES = 3_000

HASHING = """
import hashlib, pathlib, sys
for path in sorted(p for p in [pathlib.Path(sys.argv[1]), *pathlib.Path(sys.argv[1]).rglob('*')] if p.is_file()):
    with open(path, 'rb') as file:
        hashlib.file_digest(file, 'sha256')
"""


def storages(count):
    """The bytes of one tensor each; none repeats, so that nothing can be compressed or skipped."""
    block = os.urandom(ROWS * COLUMNS * 4)
    for number in range(count):
        yield struct.pack("<Q", number) + block[8:]


def short(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def tensor(name, number):
    """One item of a state dict, as torch.save writes it."""
    storage = b"(" + short("storage") + b"ctorch\nFloatStorage\n" + short(str(number)) + short("cpu")
    storage += b"J" + struct.pack("<i", ROWS * COLUMNS) + b"tQ"
    shape = b"M" + struct.pack("<H", ROWS) + b"M" + struct.pack("<H", COLUMNS) + b"\x86"
    stride = b"M" + struct.pack("<H", COLUMNS) + b"K\x01\x86"
    hooks = b"ccollections\nOrderedDict\n)R"
    return short(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" + shape + stride + b"\x89" + hooks + b"tR"


def torch_zip(path, count=TENSORS):
    items = b"".join(tensor(f"layers.{number}.weight", number) for number in range(count))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}(" + items + b"u.")
        archive.writestr("archive/byteorder", b"little")
        for number, storage in enumerate(storages(count)):
            archive.writestr(f"archive/data/{number}", storage)
        archive.writestr("archive/version", b"3\n")


def safetensors(path):
    size = ROWS * COLUMNS * 4
    table = {
        f"layers.{number}.weight": {"dtype": "F32", "shape": [ROWS, COLUMNS], "data_offsets": [number * size, (number + 1) * size]}
        for number in range(TENSORS)
    }
    header = json.dumps(table).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.writelines(storages(TENSORS))


def objects(path):
    rows = [
        {"id": number, "name": f"item-{number}", "values": [number * 0.5, number, None, True], "pair": (number, str(number))}
        for number in range(OBJECTS)
    ]
    with open(path, "wb") as file:
        pickle.dump(rows, file, protocol=4)


def small(folder):
    """Files of a repository of models, a folder for each set."""
    table = b'{"w":{"dtype":"F32","shape":[256],"data_offsets":[0,1024]}}'
    kinds = {
        "config.json": json.dumps({"model_type": "bert", "hidden_size": 256, "architectures": ["BertModel"]}).encode(),
        "tokenizer_config.json": json.dumps({"chat_template": "{% for m in messages %}{{ m['content'] }}{% endfor %}"}).encode(),
        "model.safetensors": struct.pack("<Q", len(table)) + table + bytes(1024),
        "README.md": b"---\nlicense: apache-2.0\n---\n# A model\n\nIt was trained on text.\n" * 4,
        "tokenizer.py": b"import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.load(file)\n",
        "scaler.pkl": pickle.dumps({"mean": [0.5] * 64, "names": [f"feature-{number}" for number in range(64)]}),
        "table.npy": corpus.array(bytes(1024)),
        "training.yaml": b"learning_rate: 0.001\nepochs: 3\nlayers: [1, 2, 3]\n",
        "vocab.txt": "\n".join(f"token-{number}" for number in range(200)).encode(),
        "weights.npz": corpus.archive([("a.npy", corpus.array(bytes(1024)))]),
    }
    for number in range(SMALL_FILES // len(kinds)):
        model = folder / f"model-{number:03}"
        model.mkdir(parents=True)
        for name, body in kinds.items():
            (model / name).write_bytes(body)


def targets(work):
    makers = {"torch zip, 1 GiB": ("model.pt", torch_zip), "safetensors, 1 GiB": ("model.safetensors", safetensors),
              "objects pickle, 150 MB": ("objects.pkl", objects), "3,000 small files": ("small", small)}
    for title, (name, make) in makers.items():
        if not (work / name).exists():
            make(work / name)
        yield title, work / name


Measured = collections.namedtuple("Measured", "cpu wall peak said")


def measure(command, meanings, limit, memory):
    environment = dict(os.environ, CI="true", NO_ANALYTICS="1", PROMPTFOO_DISABLE_TELEMETRY="1", COLUMNS="200")
    begin = time.monotonic()
    # One of the peers writes a report into the working directory.
    child = subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=environment, cwd=tempfile.gettempdir(), start_new_session=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)))
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            said = meanings.get(os.waitstatus_to_exitcode(status), "failed")
            break
        if time.monotonic() - begin > limit:
            said = "> limit"
            os.killpg(child.pid, 9)
            _, _, usage = os.wait4(child.pid, 0)
            break
        time.sleep(0.002)
    return Measured(usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024, said)


def several(command, meanings, runs, limit, memory):
    results = []
    for _ in range(runs):
        results.append(measure(command, meanings, limit, memory))
        if results[-1].wall > limit / 10:
            break
    median = lambda field: statistics.median(getattr(result, field) for result in results)
    return Measured(median("cpu"), median("wall"), median("peak"), results[-1].said)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="wall seconds of one run")
    parser.add_argument("--memory", type=float, default=4, help="GiB of addresses that a tool may have")
    parser.add_argument("--keep", action="store_true", help="leave the 2.2 GiB of files for the next run")
    arguments = parser.parse_args()

    work = arguments.work.resolve() / "speed"
    work.mkdir(parents=True, exist_ok=True)
    headworks = arguments.headworks.resolve()
    tools = {name: tool for name, tool in bench.tools(headworks).items() if name != "headworks check"}
    scan, meanings = tools.pop("headworks scan")
    tools = {
        "headworks scan": (scan, meanings),
        "  --no-digest": ([*scan, "--no-digest"], meanings),
        "sha256 pass": ([sys.executable, "-c", HASHING], {0: ""}),
    } | tools
    for title, target in targets(work):
        print(f"\n{title}\n{'tool':<16} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9} {'CPU ratio':>10}  said")
        base = None
        for name, (command, meanings) in tools.items():
            result = several([*command, target], meanings, arguments.runs, arguments.limit, int(arguments.memory * GIB))
            base = base or result.cpu
            numbers = f"{result.cpu:>8.3f} {result.wall:>8.3f} {result.peak:>9.1f} {result.cpu / base:>9.1f}x"
            print(f"{name:<16} {numbers}  {result.said}", flush=True)
    if not arguments.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
