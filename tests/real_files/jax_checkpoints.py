#!/usr/bin/env python3
"""Writes genuine checkpoints of Orbax, arrays of Zarr and parameters of Flax, for tests of false findings.

    python3 jax_checkpoints.py DIR

Needs requirements-jax_checkpoints.txt, Python 3.11. The parameters are toys with fixed seeds. Nothing is loaded back.
"""

import os
import pathlib
import pickle
import sys
import warnings

os.environ["JAX_PLATFORMS"] = "cpu"

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import zarr
from flax import linen as nn
from flax import nnx, serialization
from flax.training import train_state
from numcodecs import Blosc, GZip


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    orbax_checkpoints(out)
    flax_parameters(out)
    zarr_groups(out)
    print(sum(path.is_file() for path in out.rglob("*")), "files in", out)


def orbax_checkpoints(out):
    tree = {"params": {"dense": {"kernel": jnp.ones((64, 64)), "bias": jnp.zeros(64)},
                       "big": jnp.arange(300_000, dtype=jnp.float32).reshape(300, 1000)},
            "step": 3, "rate": 0.1, "name": "toy", "counts": np.arange(10)}
    for name, options in {
        "pytree": {}, "files": {"use_ocdbt": False}, "zarr3": {"use_zarr3": True},
        "zarr3-files": {"use_ocdbt": False, "use_zarr3": True},
    }.items():
        handler = ocp.Checkpointer(ocp.PyTreeCheckpointHandler(**options))
        handler.save(out / f"orbax-{name}", args=ocp.args.PyTreeSave(tree))
    composite = ocp.Checkpointer(ocp.CompositeCheckpointHandler())
    composite.save(out / "orbax-composite", args=ocp.args.Composite(
        state=ocp.args.StandardSave({"w": jnp.ones((8, 8))}), note=ocp.args.JsonSave({"note": "toy"}),
        key=ocp.args.JaxRandomKeySave(jax.random.key(0)), random=ocp.args.NumpyRandomKeySave(np.random.get_state()),
        array=ocp.args.ArraySave(jnp.ones(3))))
    with ocp.CheckpointManager(out / "orbax-manager", item_names=("state", "note")) as manager:
        for step in (0, 5):
            manager.save(step, args=ocp.args.Composite(
                state=ocp.args.StandardSave({"w": jnp.ones((8, 8)) * step}), note=ocp.args.JsonSave({"step": step})))


class Network(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.BatchNorm(use_running_average=True)(nn.Dense(8)(x))
        return nn.Dense(2)(x)


class Layer(nnx.Module):
    def __init__(self, rngs):
        self.linear = nnx.Linear(4, 2, rngs=rngs)


def flax_parameters(out):
    network = Network()
    variables = network.init(jax.random.key(0), jnp.ones((1, 4)))
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), variables)
    state = train_state.TrainState.create(apply_fn=network.apply, params=variables["params"], tx=optax.adamw(1e-3))
    mixed = {"half": jnp.ones(3, jnp.bfloat16), "eighth": jnp.ones(3, jnp.float8_e4m3fn), "count": jnp.arange(3),
             "text": "toy", "none": None, "rate": 1.5, "complex": 1 + 2j, "list": {"0": 1}, "scalar": np.float32(3)}
    for name, value in {"parameters": variables, "half": half, "state": state}.items():
        (out / f"flax-{name}.msgpack").write_bytes(serialization.to_bytes(value))
    (out / "flax-mixed.msgpack").write_bytes(serialization.msgpack_serialize(mixed))
    layers = nnx.to_pure_dict(nnx.state(Layer(nnx.Rngs(0)), nnx.Param))
    (out / "flax-nnx.msgpack").write_bytes(serialization.msgpack_serialize(layers))
    for name, value in {
        "arrays": variables, "frozen": flax.core.freeze(variables), "numpy": jax.tree.map(np.asarray, variables),
        "half": jax.tree.map(np.asarray, half),
    }.items():
        (out / f"jax-{name}.pkl").write_bytes(pickle.dumps(value))
    checkpointer = ocp.StandardCheckpointer()
    checkpointer.save(out / "flax-state", state)
    checkpointer.save(out / "flax-nnx", nnx.state(Layer(nnx.Rngs(0))))
    checkpointer.wait_until_finished()


def zarr_groups(out):
    for version in (2, 3):
        group = zarr.open_group(out / f"zarr-{version}", mode="w", zarr_format=version)
        group.create_array("chunks", data=np.arange(100, dtype="f4").reshape(10, 10), chunks=(4, 4))
        group.create_array("plain", data=np.arange(100, dtype="i8"), chunks=(30,), compressors=None)
        group.create_array("scalar", shape=(), dtype="f8")[...] = 1.0
        group.attrs["note"] = "toy"
        if version == 3:
            group.create_array("shards", data=np.arange(64, dtype="u2").reshape(8, 8), chunks=(2, 2), shards=(4, 4))
        zarr.consolidate_metadata(out / f"zarr-{version}")
    group = zarr.open_group(out / "zarr-codecs", mode="w", zarr_format=2)
    for name, codec in {"blosc": Blosc(), "gzip": GZip()}.items():
        group.create_array(name, data=np.arange(100, dtype="f4"), chunks=(40,), compressors=codec)


if __name__ == "__main__":
    main()
