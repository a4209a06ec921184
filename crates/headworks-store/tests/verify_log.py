"""Checks a log in the layout of C2SP tlog-tiles from its files alone, with Python's standard library alone.

    python3 verify_log.py LOG VKEY [OLD_SIZE OLD_ROOT_BASE64]

It shares no code with the program that writes logs: signature (RFC 8032), hashes and proofs (RFC 6962), tiles and
notes (C2SP) are written out here. It prints `ok`, the size and the root, or ends with an error.
"""

import base64
import hashlib
import os
import sys

# Ed25519, RFC 8032 section 5.1.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    return P - x if x & 1 != sign else x


def point(data):
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return (x, y, 1, x * y % P)


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, a):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, a)
        a, scalar = add(a, a), scalar >> 1
    return result


BASE = (recover_x(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)
BASE = (*BASE, 1, BASE[0] * BASE[1] % P)


def signature_holds(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point(key), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    challenge = hashlib.sha512(signature[:32] + key + message).digest()
    left = multiply(s, BASE)
    right = add(r, multiply(int.from_bytes(challenge, "little") % Q, a))
    equal = (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0
    return s < Q and equal


def checkpoint(text, vkey):
    """Size and root of a checkpoint that the key signed."""
    name, key_id, material = vkey.split("+", 2)
    material = base64.b64decode(material, validate=True)
    assert material[0] == 1, "the key is not one of Ed25519"
    assert hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8] == key_id, "the key's hash differs"
    body, _, signatures = text.rpartition("\n\n")
    body += "\n"
    prefix = f"\u2014 {name} "
    lines = [base64.b64decode(line[len(prefix):], validate=True) for line in signatures.splitlines() if line.startswith(prefix)]
    ours = [line[4:] for line in lines if line[:4].hex() == key_id]
    assert ours and all(signature_holds(material[1:], body.encode(), line) for line in ours), "no signature by the key"
    origin, size, root = body.splitlines()[:3]
    assert origin == name and str(int(size)) == size, "the checkpoint is malformed"
    return int(size), base64.b64decode(root, validate=True)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(entry):
    return sha256(b"\0", entry)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def place(index, width):
    groups = []
    while True:
        groups.append(f"{index % 1000:03}")
        index //= 1000
        if not index:
            break
    path = os.path.join(*["x" + group for group in reversed(groups[1:])], groups[0])
    return path if width == 256 else f"{path}.p/{width}"


class Log:
    def __init__(self, folder, size):
        self.folder, self.size, self.nodes = folder, size, {}

    def file(self, kind, index, count):
        """A file with `count` things before and in it; a partial one may have gone when it became full."""
        width = min(256, count - index * 256)
        for wanted in (width, 256):
            path = os.path.join(self.folder, "tile", kind, place(index, wanted))
            if os.path.exists(path):
                with open(path, "rb") as opened:
                    return opened.read(), width
        raise FileNotFoundError(path)

    def entries(self):
        for index in range((self.size + 255) // 256):
            data, width = self.file("entries", index, self.size)
            at = 0
            for _ in range(width):
                length = int.from_bytes(data[at:at + 2], "big")
                yield data[at + 2:at + 2 + length]
                at += 2 + length
            assert at <= len(data), f"bundle {index} is cut"

    def node(self, level, index):
        """The hash over the leaves from index * 2**level on, out of the tiles."""
        if (level, index) not in self.nodes:
            if level % 8:
                value = node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))
            else:
                data, _ = self.file(str(level // 8), index // 256, self.size >> level)
                value = data[index % 256 * 32:][:32]
                assert len(value) == 32, f"tile {level // 8}/{index // 256} is cut"
            self.nodes[level, index] = value
        return self.nodes[level, index]

    def range(self, start, end):
        """The Merkle tree hash of leaves start to end, which RFC 6962's splitting arrives at."""
        if start == end:
            return sha256()
        if (end - start) & (end - start - 1) == 0:
            level = (end - start).bit_length() - 1
            return self.node(level, start >> level)
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        return node_hash(self.range(start, split), self.range(split, end))

    def path(self, index, start, end):
        if end - start == 1:
            return []
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            return self.path(index, start, split) + [self.range(split, end)]
        return self.path(index, split, end) + [self.range(start, split)]


def root_from_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    place, last, value = index, size - 1, leaf
    for sibling in path:
        assert last, "the proof is too long"
        if place & 1 or place == last:
            value = node_hash(sibling, value)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    assert last == 0, "the proof is too short"
    return value


def main(folder, vkey, old_size=None, old_root=None):
    with open(os.path.join(folder, "checkpoint"), encoding="utf-8") as opened:
        size, root = checkpoint(opened.read(), vkey)
    log = Log(folder, size)
    assert log.range(0, size) == root, "the tiles have another root"
    count = 0
    for count, entry in enumerate(log.entries(), 1):
        index = count - 1
        proof = log.path(index, 0, size)
        assert root_from_path(leaf_hash(entry), index, size, proof) == root, f"entry {index} is not in the log"
    assert count == size, f"{count} entries, not {size}"
    if old_size is not None:
        # The old tree's leaves are those of the new one, so the old root follows from the tiles that were checked.
        assert log.range(0, int(old_size)) == base64.b64decode(old_root), "the log does not extend what it was"
    print("ok", size, base64.b64encode(root).decode())


main(*sys.argv[1:])
