"""Lists what pickles of the installed packages can name. Runs inside a virtual environment; prints JSON.

Only the installed packages themselves are imported. A class is plain when `cls.__new__(cls)` followed by BUILD
runs nothing but object's own code, or code of the definers named in REVIEWED below, which was read: it moves data
into attributes, and neither imports, calls nor decodes what it is handed.
"""

import contextlib
import enum
import importlib
import importlib.metadata
import inspect
import io
import json
import pkgutil
import sys
import warnings

# Methods that unpickling runs. Whoever defines one outside of `object` must have been read.
HOOKS = ("__new__", "__setstate__", "__reduce__", "__reduce_ex__", "__del__", "__getattr__", "__getattribute__",
         "__setattr__", "__init_subclass__")

REVIEWED = {
    # A version warning, then `__dict__.update`.
    ("sklearn.base.BaseEstimator", "__setstate__"),
    # Drops the state; a Bunch is a dictionary whose items show as attributes.
    ("sklearn.utils._bunch.Bunch", "__setstate__"),
    ("sklearn.utils._bunch.Bunch", "__setattr__"),
    ("sklearn.utils._bunch.Bunch", "__getattr__"),
    # BaseEstimator's, then an interpolation over the thresholds.
    ("sklearn.isotonic.IsotonicRegression", "__setstate__"),
    # Casts the node array to the platform's integer size.
    ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor", "__setstate__"),
    # A deprecation warning.
    ("sklearn.linear_model._passive_aggressive.PassiveAggressiveClassifier", "__new__"),
    ("sklearn.linear_model._passive_aggressive.PassiveAggressiveRegressor", "__new__"),
    # Looks the attribute up in the wrapped estimator, or in the list of metadata requests.
    ("sklearn.frozen._frozen.FrozenEstimator", "__getattr__"),
    ("sklearn.utils._metadata_requests.MetadataRequest", "__getattr__"),
    # These make the set_output and set_..._request methods of a class that is being defined.
    ("sklearn.utils._metadata_requests._MetadataRequester", "__init_subclass__"),
    ("sklearn.utils._set_output._SetOutputMixin", "__init_subclass__"),
}

# Functions that estimators hold by reference (score functions, metrics, kernels): numbers in, numbers out.
FUNCTIONS = ("sklearn.feature_selection.", "sklearn.metrics.")

# Compiled classes that take a callable.
CALLING = ("PyFuncDistance",)

# Modules of tools, tests and decorators, whose objects no fitted estimator holds.
SKIPPED = ("tests", "conftest", "_build_utils", "externals", "experimental", "setup", "__main__", "datasets", "callback",
           "inspection", "metrics._plot", "metrics._pairwise_distances_reduction")

# Of scikit-learn's own tools, those that estimators hold.
KEPT_TOOLS = ("utils._bunch", "utils._encode", "utils._fast_dict", "utils._metadata_requests", "utils._seq_dataset",
              "utils._tags", "utils._weight_vector")


def main():
    warnings.simplefilter("ignore")
    request = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        answer = {
            "packages": {name: version(name) for name in request["packages"]},
            "classes": {package: plain_classes(package) for package in request["walk"]},
            "resolved": [dotted for dotted in request["resolve"] if resolves(*dotted)],
            "torch": torch_globals() if request["torch"] else [],
            "modules": torch_modules() if request["torch"] else [],
        }
    json.dump(answer, sys.stdout)


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def resolves(module, name):
    try:
        target = importlib.import_module(module)
        for part in name.split("."):
            target = getattr(target, part)
    except Exception:
        return False
    return True


def plain_classes(package):
    """Classes by the module and name a pickle states, divided by how they are made."""
    found = {of: set() for of in ("class", "mutable", "named", "extension", "reconstructor", "function", "unread")}
    for module in modules(package):
        for name, value in vars(module).items():
            if inspect.isclass(value) and is_named(package, value):
                found[kind(value)].add((value.__module__, value.__qualname__))
            elif name.startswith("__pyx_unpickle_") and "Enum" not in name:
                # Written by Cython: checks a checksum, makes the object, fills its fields.
                found["reconstructor"].update((stated, name) for stated in stated_names(module))
            elif inspect.isfunction(value) and value.__module__.startswith(FUNCTIONS) and name == value.__qualname__:
                found["function"].add((value.__module__, name))
    return {how: sorted(names) for how, names in found.items()}


def stated_names(module):
    """What a compiled module calls itself; scikit-learn 1.3 to 1.5 built one that says `_loss`."""
    return {module.__name__} | {value.__module__ for value in vars(module).values()
                                if inspect.isclass(value) and value.__module__ == module.__name__.split(".")[-1]}


def modules(package):
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(root.__path__, package + ".", onerror=lambda name: None):
        if is_skipped(info.name[len(package) + 1:]):
            continue
        try:
            yield importlib.import_module(info.name)
        except Exception:  # an optional dependency is missing
            continue


def is_skipped(module):
    parts = module.split(".")
    skipped = any(of in parts or module == of or module.startswith(of + ".") for of in SKIPPED)
    return skipped or (parts[0] == "utils" and module not in KEPT_TOOLS)


def is_named(package, cls):
    """Whether a pickle that names this class finds this very class."""
    if not (cls.__module__ == package or cls.__module__.startswith(package + ".") or cls.__module__ == "_loss"):
        return False
    if issubclass(cls, (BaseException, enum.Enum)) or "<locals>" in cls.__qualname__ or cls.__name__.startswith(CALLING):
        return False
    return not is_skipped(cls.__module__[len(package) + 1:])


def kind(cls):
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return "named"
    if is_extension(cls):
        return "extension"
    if definers := foreign_hooks(cls):
        print(f"unread: {cls.__module__}.{cls.__qualname__} has {', '.join(definers)}", file=sys.stderr)
        return "unread"
    return "mutable" if issubclass(cls, (dict, list, set)) else "class"


def is_extension(cls):
    """Classes of compiled modules; their fields are set by their own reconstructors."""
    module = sys.modules.get(cls.__module__)
    return not (getattr(module, "__file__", None) or "").endswith(".py")


def foreign_definer(cls, hook):
    for base in cls.__mro__:
        if hook in vars(base):
            owner = f"{base.__module__}.{base.__qualname__}"
            own = base.__module__ in ("builtins", "typing", "abc", "collections", "enum")
            return None if own or (owner, hook) in REVIEWED else f"{owner}.{hook}"
    return None


def torch_globals():
    """The names torch's own restricted unpickler admits, from the wheel that is installed."""
    import torch
    from torch import _weights_only_unpickler

    names = set(_weights_only_unpickler._get_allowed_globals())
    storages = {f"{of.__module__}.{of.__name__}" for of in torch._storage_classes}
    return sorted((name, name in storages) for name in names)


def torch_modules():
    """Layers, as `torch.save(model)` names them: nn.Module's own __setstate__ fills `__dict__`."""
    import torch

    own = {("torch.nn.modules.module.Module", hook) for hook in ("__setstate__", "__getattr__", "__setattr__")}
    # These fill in attributes that older versions did not have.
    own |= {(f"torch.nn.modules.{name}", "__setstate__") for name in (
        "activation.MultiheadAttention", "activation.Softmin", "activation.Softmax", "activation.LogSoftmax",
        "activation.GELU", "conv._ConvNd", "rnn.RNNBase", "transformer.TransformerEncoderLayer",
        "transformer.TransformerDecoderLayer", "upsampling.Upsample", "pooling.MaxPool2d", "pooling.AvgPool3d",
        "pooling.FractionalMaxPool2d", "fold.Fold", "adaptive.AdaptiveLogSoftmaxWithLoss")}
    REVIEWED.update(own)
    return sorted((cls.__module__, cls.__qualname__) for cls in all_subclasses(torch.nn.Module)
                  if cls.__module__.startswith("torch.nn.modules.") and not foreign_hooks(cls))


def all_subclasses(cls):
    return {cls}.union(*(all_subclasses(below) for below in cls.__subclasses__()))


def foreign_hooks(cls):
    return [definer for hook in HOOKS if (definer := foreign_definer(cls, hook))]


if __name__ == "__main__":
    main()
