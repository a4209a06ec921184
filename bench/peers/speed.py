"""Times headworks and its peers over four artifacts, in one run.

A torch zip and a safetensors file of 1 GiB, a pickle of 150 MB of small objects, and a folder of 3,000 small
files. Prints for each tool CPU seconds (user and system, of the tool and its children), wall seconds, peak
memory and the ratio of CPU to `headworks scan`: medians of several runs, or one run that met the limit of time, marked
with `>`. Beside them is one pass of SHA-256 by OpenSSL over the same bytes, for what reading and hashing cost.

Files are written with the standard library alone and nothing is loaded.
"""

import argparse
import collections
import json
import os
import pathlib
import pickle
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


Measured = collections.namedtuple("Measured", "cpu wall peak finished")


def measure(command, limit):
    environment = dict(os.environ, CI="true", NO_ANALYTICS="1", PROMPTFOO_DISABLE_TELEMETRY="1", COLUMNS="200")
    begin = time.monotonic()
    # One of the peers writes a report into the working directory.
    child = subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=environment, cwd=tempfile.gettempdir(), start_new_session=True)
    finished = True
    while True:
        pid, _, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() - begin > limit:
            finished = False
            os.killpg(child.pid, 9)
            _, _, usage = os.wait4(child.pid, 0)
            break
        time.sleep(0.002)
    return Measured(usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024, finished)


def several(command, runs, limit):
    results = []
    for _ in range(runs):
        results.append(measure(command, limit))
        if not results[-1].finished or results[-1].wall > limit / 10:
            break
    median = lambda field: statistics.median(getattr(result, field) for result in results)
    return Measured(median("cpu"), median("wall"), median("peak"), all(result.finished for result in results))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headworks", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="wall seconds of one run")
    parser.add_argument("--keep", action="store_true", help="leave the 2.2 GiB of files for the next run")
    arguments = parser.parse_args()

    work = arguments.work.resolve() / "speed"
    work.mkdir(parents=True, exist_ok=True)
    headworks = arguments.headworks.resolve()
    tools = {name: command for name, (command, _) in bench.tools(headworks).items() if name != "headworks check"}
    tools = {
        "headworks scan": tools.pop("headworks scan"),
        "  --no-digest": [headworks, "scan", "-q", "--no-digest"],
        "sha256 pass": [sys.executable, "-c", HASHING],
    } | tools
    for title, target in targets(work):
        print(f"\n{title}\n{'tool':<16} {'CPU s':>9} {'wall s':>9} {'peak MiB':>9} {'CPU ratio':>10}")
        base = None
        for name, command in tools.items():
            result = several([*command, target], arguments.runs, arguments.limit)
            base = base or result.cpu
            mark = " " if result.finished else ">"
            print(f"{name:<16}{mark}{result.cpu:>9.3f} {result.wall:>9.3f} {result.peak:>9.1f} {result.cpu / base:>9.1f}x", flush=True)
    if not arguments.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
