"""Times signing and verifying beside the reference implementation of OpenSSF Model Signing, in one run.

Three models: 2 GiB in four files, 20,000 small files, one tiny file. For each tool CPU seconds (user and system, with
children), wall seconds and peak memory: medians of several runs. `read and hash` is a bare pass of SHA-256 over the same
bytes with the library that headworks hashes with, by the example `sha256_pass`.

    bench.py --headworks PATH --pass PATH --work DIR [--runs N]
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

MIB = 1 << 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headworks", required=True)
    parser.add_argument("--pass", dest="hashing", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    work = arguments.work
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    private, public = keys(work)
    print(f"{'model':<16} {'tool':<18} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9} {'CPU / headworks':>16}")
    for name, make in (("2 GiB, 4 files", large), ("20,000 files", many), ("one tiny file", tiny)):
        model = work / name.replace(" ", "-").replace(",", "")
        make(model)
        ours, theirs = work / "ours.sig", work / "theirs.sig"
        reference = [sys.executable, "-m", "model_signing"]
        tools = {
            "read and hash": [arguments.hashing, model],
            "headworks sign": [arguments.headworks, "sign", "key", model, "--private-key", private, "--signature", ours],
            "headworks verify": [arguments.headworks, "verify", "key", model, "--public-key", public, "--signature", ours],
            "reference sign": [*reference, "sign", "key", model, "--private_key", private, "--signature", theirs],
            "reference verify": [*reference, "verify", "key", model, "--public_key", public, "--signature", theirs],
        }
        measured = {tool: [] for tool in tools}
        for _ in range(arguments.runs):
            for tool, command in tools.items():
                measured[tool].append(timed([str(word) for word in command]))
        medians = {tool: [statistics.median(column) for column in zip(*rows)] for tool, rows in measured.items()}
        for tool, (cpu, wall, peak) in medians.items():
            own = medians["headworks " + (tool.split()[-1] if tool.split()[-1] in ("sign", "verify") else "sign")][0]
            print(f"{name:<16} {tool:<18} {cpu:>8.3f} {wall:>8.3f} {peak:>9.0f} {cpu / own:>15.1f}x", flush=True)
        shutil.rmtree(model)


def keys(work):
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = work / "key.pem", work / "pub.pem"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


def large(model):
    model.mkdir()
    block = os.urandom(MIB)
    for number in range(4):
        with open(model / f"weights-{number}.bin", "wb") as file:
            for _ in range(512):
                file.write(block)


def many(model):
    for number in range(20_000):
        folder = model / f"part-{number % 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.json").write_bytes(b"x" * (4000 + number % 700))


def tiny(model):
    model.mkdir()
    (model / "config.json").write_bytes(b"{}")


def timed(command):
    """CPU seconds, wall seconds and peak memory in MiB of a command that must succeed."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if status != 0:
        sys.exit(f"{command} failed: {process.stderr.read().decode()}")
    process.stderr.close()
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


main()
