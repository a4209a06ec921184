"""Writes pickle streams of all protocols, honest, hand-assembled and broken, for a given seed.

    python3 generate.py DIRECTORY [--count N] [--seed S]

The streams are data for `compare.py`. None of them is ever loaded.
"""

import argparse
import collections
import datetime
import decimal
import fractions
import pathlib
import pickle
import pickletools
import random
import struct


class Sample:
    """An object with state, dumped and never loaded."""

    def __init__(self, **state):
        self.__dict__.update(state)


class Slotted:
    __slots__ = ("a", "b")

    def __getstate__(self):
        return None, {"a": 1, "b": 2}


class Keyworded:
    def __getnewargs_ex__(self):
        return (1, 2), {"key": "value"}

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)


class Growing(list):
    pass


NAMES = [
    ("os", "system"),
    ("posix", "system"),
    ("builtins", "eval"),
    ("__builtin__", "eval"),
    ("__builtin__", "xrange"),
    ("commands", "getoutput"),
    ("collections", "OrderedDict"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "__newobj__"),
    ("urllib", "urlopen"),
    ("numpy", "dtype"),
    ("a.b.c", "d.e.f"),
    ("", ""),
    ("m", "n"),
    ("exceptions", "StandardError"),
]


def text(value):
    return value.encode("utf-8", "surrogatepass")


class Assembler:
    """Random opcode sequences that are valid often enough to reach deep states."""

    def __init__(self, rng):
        self.rng = rng
        self.memo = []

    def name(self):
        return self.rng.choice(NAMES)

    def string(self, value):
        data = text(value)
        forms = [
            b"\x8c" + bytes([len(data) & 255]) + data[:255],
            b"X" + struct.pack("<I", len(data)) + data,
            b"\x8d" + struct.pack("<Q", len(data)) + data,
            b"U" + bytes([len(data) & 255]) + data[:255],
            b"T" + struct.pack("<i", len(data)) + data,
            b"S'" + data + b"'\n",
            b'S"' + b"".join(b"\\x%02x" % byte for byte in data) + b'"\n',
            b"V" + data + b"\n",
            b"V" + b"".join(b"\\u%04x" % ord(c) for c in value) + b"\n",
        ]
        return self.rng.choice(forms)

    def put(self):
        index = self.rng.choice([0, 1, 2, 3, 7, 200, 255, 300, 70000])
        forms = [b"\x94", b"p%d\n" % index, b"r" + struct.pack("<I", index)]
        if index < 256:
            forms.append(b"q" + bytes([index]))
        return self.rng.choice(forms)

    def get(self):
        index = self.rng.choice([0, 1, 2, 3, 7, 200, 255, 300, 70000])
        forms = [b"g%d\n" % index, b"j" + struct.pack("<I", index)]
        if index < 256:
            forms.append(b"h" + bytes([index]))
        return self.rng.choice(forms)

    def scalar(self):
        rng = self.rng
        return rng.choice(
            [
                b"N",
                b"\x88",
                b"\x89",
                b"K\x07",
                b"M\x07\x01",
                b"J\xff\xff\xff\xff",
                b"I42\n",
                b"I01\n",
                b"L12L\n",
                b"\x8a\x02\xff\x00",
                b"\x8b\x09\x00\x00\x00" + b"\x01" * 9,
                b"F1.5\n",
                b"G" + struct.pack(">d", 2.5),
                b"C\x03abc",
                b"B\x02\x00\x00\x00hi",
                b"\x8e" + struct.pack("<Q", 2) + b"hi",
                b"\x96" + struct.pack("<Q", 3) + b"byt",
                b")",
                b"]",
                b"}",
                b"\x8f",
                b"(l",
                b"(d",
                b"(t",
                self.string(rng.choice(["x", "os", "system", "é", "a\nb" if rng.random() < 0.1 else "ab"])),
            ]
        )

    def imported(self):
        module, name = self.name()
        rng = self.rng
        kind = rng.randrange(6)
        if kind < 2:
            return b"c" + text(module) + b"\n" + text(name) + b"\n"
        if kind == 2:
            return self.string(module) + self.string(name) + b"\x93"
        if kind == 3:
            # The module is put into the memo, overwritten or not, and fetched again.
            decoy = self.string("collections") + b"q\x05" + b"0"
            return decoy + self.string(module) + b"q\x05" + b"0" + b"h\x05" + self.string(name) + b"\x93"
        if kind == 4:
            return self.string(name) + b"q\x06" + b"0" + self.string(module) + b"h\x06" + b"\x93"
        return self.string(module) + b"\x85" + b"0" + self.string(module) + b"2" + b"0" + self.string(name) + b"\x93"

    def arguments(self):
        rng = self.rng
        return rng.choice(
            [
                b")",
                self.string("echo headworks-marker") + b"\x85",
                b"(" + self.scalar() + self.scalar() + b"t",
                self.scalar() + self.scalar() + b"\x86",
                self.scalar() * 3 + b"\x87",
                b"N",
                b"]",
            ]
        )

    def call(self):
        rng = self.rng
        module, name = self.name()
        kind = rng.randrange(8)
        if kind == 0:
            return b"(" + self.scalar() + b"i" + text(module) + b"\n" + text(name) + b"\n"
        if kind == 1:
            return b"(" + self.imported() + self.scalar() + b"o"
        if kind == 2:
            return self.imported() + self.arguments() + b"\x81"
        if kind == 3:
            return self.imported() + self.arguments() + b"}" + self.string("k") + b"Ns" + b"\x92"
        if kind == 4:
            return b"\x82\x01" + self.arguments() + b"R"
        if kind == 5:
            return b"(" + self.imported() + self.scalar() + b"o0"
        if kind == 6:
            return self.imported() + self.put() + b"0" + self.get() + self.arguments() + b"R"
        return self.imported() + self.arguments() + b"R"

    def trick(self):
        rng = self.rng
        return rng.choice(
            [
                b"0",
                b"1",
                b"2",
                b"(",
                b"(1",
                b"(0",
                b"N0",
                b"b",
                b"}b",
                b"Nb",
                b"a",
                b"e",
                b"s",
                b"u",
                b"\x90",
                b"(Ne",
                b"(NNu",
                b"(N\x90",
                b"(NN\x91",
                b"Q",
                b"P17\n",
                b"\x83\x01\x00",
                b"\x84\x01\x00\x00\x00",
                b"\x84\xff\xff\xff\xff",
                b"\x97",
                b"\x98",
                b"\x80" + bytes([rng.randrange(7)]),
                b"\x95" + struct.pack("<Q", rng.choice([0, 1, 4, 20, 1000])),
                b"\x93",
                b"R",
                b"o",
                b"t",
                b"d",
                b"l",
                b"\x85",
                b"\x86",
                b"\x87",
                b".",
                self.put(),
                self.get(),
            ]
        )

    def stream(self):
        rng = self.rng
        parts = []
        protocol = rng.choice([None, 0, 1, 2, 2, 3, 4, 4, 5])
        if protocol is not None:
            parts.append(b"\x80" + bytes([protocol]))
        for _ in range(rng.randrange(1, 14)):
            draw = rng.random()
            if draw < 0.35:
                parts.append(self.scalar())
            elif draw < 0.5:
                parts.append(self.imported())
            elif draw < 0.72:
                parts.append(self.call())
            elif draw < 0.85:
                parts.append(self.put())
            elif draw < 0.9:
                parts.append(self.get())
            else:
                parts.append(self.trick())
        if rng.random() < 0.85:
            parts.append(b".")
        return b"".join(parts)


def honest(rng):
    """A random object of plain and library types."""

    def value(depth):
        kinds = 24 if depth else 12
        kind = rng.randrange(kinds)
        leaves = [
            lambda: None,
            lambda: rng.random() < 0.5,
            lambda: rng.randrange(-300, 300),
            lambda: rng.getrandbits(rng.choice([16, 40, 80, 2000])),
            lambda: rng.random(),
            lambda: "".join(rng.choice("abcé€\n'\"\\ ") for _ in range(rng.randrange(12))),
            lambda: bytes(rng.randrange(256) for _ in range(rng.randrange(12))),
            lambda: bytearray(b"headworks"),
            lambda: datetime.date(2024, 1, rng.randrange(1, 28)),
            lambda: decimal.Decimal(rng.randrange(1000)) / 8,
            lambda: rng.choice([len, dict, collections.OrderedDict, fractions.Fraction]),
            lambda: fractions.Fraction(rng.randrange(9), 7),
        ]
        if kind < 12:
            return leaves[kind]()
        items = [value(depth - 1) for _ in range(rng.randrange(5))]
        shared = items + items[:1]
        builders = [
            lambda: shared,
            lambda: tuple(shared),
            lambda: {str(index): item for index, item in enumerate(shared)},
            lambda: {index: item for index, item in enumerate(items)},
            lambda: {1, 2, 300},
            lambda: frozenset({1, 2}),
            lambda: collections.OrderedDict(enumerate(items)),
            lambda: collections.defaultdict(list, {1: items}),
            lambda: Sample(items=items, again=items),
            lambda: Slotted(),
            lambda: Keyworded(),
            lambda: Growing(items),
        ]
        return builders[kind - 12]()

    return value(3)


def dumped(rng):
    protocol = rng.randrange(6)
    while True:
        try:
            data = pickle.dumps(honest(rng), protocol)
            break
        except Exception:  # Not everything can be dumped in every protocol.
            continue
    return pickletools.optimize(data) if rng.random() < 0.3 else data


def mutated(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            del data[at:]
        elif kind == 1 and data:
            data[min(at, len(data) - 1)] ^= 1 << rng.randrange(8)
        elif kind == 2:
            data[at:at] = Assembler(rng).trick()
        elif kind == 3:
            data[at:at] = Assembler(rng).call()
        elif kind == 4:
            data[at:at] = bytes([rng.randrange(256)])
        else:
            del data[at : at + rng.randrange(1, 4)]
    return bytes(data)


def streams(seed, count):
    rng = random.Random(seed)
    for index in range(count):
        draw = index % 5
        if draw == 0:
            yield dumped(rng)
        elif draw == 1:
            yield mutated(rng, dumped(rng))
        elif draw in (2, 3):
            yield Assembler(rng).stream()
        else:
            yield mutated(rng, Assembler(rng).stream())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20240607)
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for index, data in enumerate(streams(arguments.seed, arguments.count)):
        (arguments.directory / f"{index:05}.bin").write_bytes(data)


if __name__ == "__main__":
    main()
