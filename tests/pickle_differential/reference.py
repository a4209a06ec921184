"""What CPython's own unpickler would import and call, without doing either.

`events(data)` runs `pickle._Unpickler`, the pure Python implementation, over the bytes. Every way
from the stream to code is replaced: `find_class`, `persistent_load`, `get_extension` and the
opcodes that call. What they would have reached is recorded; what they push is an inert `Stub`.
Nothing is ever imported or called on behalf of a stream.

Run with files as arguments, it prints one JSON line per file.
"""

import io
import json
import pickle
import sys

EVENTS_MAX = 100_000


class Stub:
    """Stands for an imported object or for the result of a call; has no behaviour of its own."""

    __slots__ = ("label",)

    def __init__(self, label):
        self.label = label


class Recorder(pickle._Unpickler):
    """CPython's stack, marks and memo, with every effect replaced by a record of it."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, data):
        super().__init__(io.BytesIO(data), encoding="latin-1")
        self.events = []

    def record(self, kind, what):
        if len(self.events) >= EVENTS_MAX:
            raise pickle.UnpicklingError("too many events")
        self.events.append([kind, what])

    def find_class(self, module, name):
        # The mapping is CPython's, written out because the original imports right after it.
        import _compat_pickle

        if self.proto < 3 and self.fix_imports:
            if (module, name) in _compat_pickle.NAME_MAPPING:
                module, name = _compat_pickle.NAME_MAPPING[(module, name)]
            elif module in _compat_pickle.IMPORT_MAPPING:
                module = _compat_pickle.IMPORT_MAPPING[module]
        self.record("import", f"{module}.{name}")
        return Stub(f"{module}.{name}")

    def persistent_load(self, pid):
        self.record("persistent-id", None)
        return Stub(None)

    def get_extension(self, code):
        if code <= 0:
            raise pickle.UnpicklingError("EXT specifies code <= 0")
        self.record("extension", code)
        self.append(Stub(None))

    def call(self, function):
        # An extension, a persistent object or a result is no name; only its being called counts.
        label = function.label if isinstance(function, Stub) else None
        self.record("call", label)
        return Stub(None)

    def _instantiate(self, klass, args):
        self.append(self.call(klass))

    def load_reduce(self):
        arguments = self.stack.pop()
        if isinstance(arguments, Stub):
            arguments = ()
        iter(arguments)
        self.stack[-1] = self.call(self.stack[-1])

    dispatch[pickle.REDUCE[0]] = load_reduce

    def load_newobj(self):
        arguments = self.stack.pop()
        self.append(self.call(self.stack.pop()))

    dispatch[pickle.NEWOBJ[0]] = load_newobj

    def load_newobj_ex(self):
        self.stack.pop()
        self.stack.pop()
        self.append(self.call(self.stack.pop()))

    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex

    def load_build(self):
        self.stack.pop()
        target = self.stack[-1]
        self.record("state", target.label if isinstance(target, Stub) else None)

    dispatch[pickle.BUILD[0]] = load_build

    def grow(self, target, kind, plain):
        if not isinstance(target, kind):
            self.record("mutation", target.label if isinstance(target, Stub) else None)
        else:
            plain(target)

    def load_append(self):
        value = self.stack.pop()
        self.grow(self.stack[-1], list, lambda target: target.append(value))

    dispatch[pickle.APPEND[0]] = load_append

    def load_appends(self):
        items = self.pop_mark()
        self.grow(self.stack[-1], list, lambda target: target.extend(items))

    dispatch[pickle.APPENDS[0]] = load_appends

    def load_additems(self):
        items = self.pop_mark()
        self.grow(self.stack[-1], set, lambda target: target.update(map(id, items)))

    dispatch[pickle.ADDITEMS[0]] = load_additems

    def load_setitem(self):
        value = self.stack.pop()
        key = self.stack.pop()
        self.grow(self.stack[-1], dict, lambda target: target.__setitem__(id(key), value))

    dispatch[pickle.SETITEM[0]] = load_setitem

    def load_setitems(self):
        items = self.pop_mark()

        def fill(target):
            for index in range(0, len(items), 2):
                target[id(items[index])] = items[index + 1]

        self.grow(self.stack[-1], dict, fill)
        if len(items) % 2:
            raise IndexError("a key without a value")

    dispatch[pickle.SETITEMS[0]] = load_setitems

    # Hashing is no effect of the stream's; a dictionary or a list as a key must not end the run.
    def load_dict(self):
        items = self.pop_mark()
        self.append({id(items[i]): items[i + 1] for i in range(0, len(items), 2)})

    dispatch[pickle.DICT[0]] = load_dict

    def load_frozenset(self):
        items = self.pop_mark()
        self.append(frozenset(map(id, items)))

    dispatch[pickle.FROZENSET[0]] = load_frozenset

    def load_next_buffer(self):
        self.record("buffer", None)
        self.append(b"")

    dispatch[pickle.NEXT_BUFFER[0]] = load_next_buffer

    def load_readonly_buffer(self):
        self.stack[-1]

    dispatch[pickle.READONLY_BUFFER[0]] = load_readonly_buffer

    def load_bytearray8(self):
        # A claimed length is checked before it is allocated, as the C implementation does.
        length = int.from_bytes(self.read(8), "little")
        if length > 1 << 24:
            raise pickle.UnpicklingError("too long")
        self.append(bytearray(self.read(length)))

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


def events(data):
    """Records of all streams in `data`, as a loader in a loop would reach them."""
    recorder = Recorder(data)
    ended = None
    try:
        recorder.load()
    except RecursionError:
        raise
    except Exception as error:  # A stream may fail in any way; what ran before counts.
        ended = f"{type(error).__name__}: {error}"[:200]
    return recorder.events, ended


def main():
    for path in sys.argv[1:] or (line.rstrip("\n") for line in sys.stdin):
        with open(path, "rb") as file:
            recorded, ended = events(file.read())
        print(json.dumps({"path": path, "events": recorded, "ended": ended}))


if __name__ == "__main__":
    main()
