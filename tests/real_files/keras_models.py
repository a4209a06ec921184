#!/usr/bin/env python3
"""Writes genuine Keras and HDF5 files with the real libraries, for tests of false findings.

    python3 keras_models.py DIR

Run it in a virtual environment of requirements-keras.txt, Python 3.11. The data are toys with fixed seeds.
Nothing is ever loaded back here. Files whose name begins with `code-` hold code and must be refused.
"""

import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
from keras import layers


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    for name, model in models():
        for ending in (".keras", ".h5"):
            attempt(lambda: model.save(out / (name + ending)), name + ending)
        attempt(lambda: model.save_weights(out / (name.removeprefix("code-") + ".weights.h5")), name)
        (out / (name + ".json")).write_text(model.to_json())
    hdf5_files(out)
    print(sum(1 for _ in out.iterdir()), "files in", out)


def attempt(save, name):
    try:
        save()
    except Exception as error:  # some layers have no legacy form
        print("not written:", name, error)


def models():
    yield "dense", compiled(keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dropout(0.1),
        layers.Dense(1, kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(2))]))
    image = keras.Input((16, 16, 3))
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Conv2D(4, 3, padding="same", kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("swish")(x)
    y = layers.SeparableConv2D(4, 3, padding="same")(x)
    x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same")(y)])
    x = layers.Concatenate()([layers.MaxPooling2D(2)(x), layers.AveragePooling2D(2)(x)])
    x = layers.GlobalAveragePooling2D()(x)
    yield "convolution", keras.Model(image, layers.Dense(2, activation=keras.activations.softmax)(x))
    tokens = keras.Input((8,), dtype="int32")
    x = layers.Embedding(20, 8)(tokens)
    x = x + layers.MultiHeadAttention(2, 4)(x, x)
    x = layers.LayerNormalization()(x)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(3))(x)
    x = layers.GRU(4)(x)
    yield "sequence", keras.Model(tokens, keras.ops.sqrt(keras.ops.abs(x)) * 2)
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3)], name="inner")
    outer = keras.Input((3,))
    yield "nested", keras.Model(outer, [inner(inner(outer)), layers.Dense(1, dtype="float16")(outer)])
    normal = layers.Normalization(mean=[0.0, 1.0], variance=[1.0, 2.0])
    yield "preprocessing", keras.Sequential([keras.Input((2,)), normal, layers.Dense(1), layers.LeakyReLU(), layers.PReLU()])
    many = keras.Sequential([keras.Input((2,)), *(layers.Dense(2, name=f"a_layer_with_a_rather_long_name_{i:04}") for i in range(150))])
    yield "many", many
    yield "code-lambda", keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: x * 2)])


def compiled(model):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.9)
    model.compile(optimizer=keras.optimizers.AdamW(schedule), loss=keras.losses.Huber(),
                  metrics=["mae", keras.metrics.RootMeanSquaredError()])
    return model


def hdf5_files(out):
    for version in ("earliest", "v108", "v110", "v112", "latest"):
        with h5py.File(out / f"data-{version}.h5", "w", libver=(version, "latest")) as file:
            fill(file)
    with h5py.File(out / "paged.h5", "w", fs_strategy="page", fs_persist=True) as file:
        file["x"] = np.ones(3)
    with h5py.File(out / "ordered.h5", "w", track_order=True) as file:
        for i in range(50):
            file.create_dataset(f"d{i}", data=np.ones(2))
            file.attrs[f"q{i}"] = 1
    with h5py.File(out / "deleted.h5", "w") as file:
        for i in range(20):
            file[f"x{i}"] = np.ones(100)
        for i in range(0, 20, 2):
            del file[f"x{i}"]
    for version in ("earliest", "latest"):
        with h5py.File(out / f"groups-{version}.h5", "w", libver=version) as file:
            for i in range(3000):
                file.create_group(f"group_with_a_long_name_{i:06d}")
                if version == "latest":
                    file.attrs[f"attribute_{i:06d}"] = np.arange(6)


def fill(file):
    group = file.create_group("group")
    for i in range(30):
        group.create_group(f"part {i}").create_dataset("kernel", data=np.ones((4, 3), "f4")).attrs["n"] = i
    group.create_dataset("chunked", data=np.ones((100, 10)), chunks=(10, 10), compression="gzip")
    group.create_dataset("half", data=np.float16(3))
    group.create_dataset("empty", data=np.zeros((0, 3)))
    group.create_dataset("null", data=h5py.Empty("f4"))
    group.create_dataset("text", data=np.array(["x", "yy"], dtype=object), dtype=h5py.string_dtype())
    group.create_dataset("flags", data=np.array([True, False]))
    group.create_dataset("complex", data=np.array([1 + 2j]))
    group.create_dataset("record", data=np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
    group.create_dataset("reference", data=file["group"].ref, dtype=h5py.ref_dtype)
    group.create_dataset("growing", shape=(5, 5), maxshape=(None, None), chunks=(2, 2), dtype="i8")[:] = 3
    group.create_dataset("growing in one", shape=(50,), maxshape=(None,), chunks=(2,), dtype="i8")[:] = 3
    group.create_dataset("lzf", data=np.ones(1000), chunks=(100,), compression="lzf", shuffle=True, fletcher32=True)
    group.create_dataset("unwritten", shape=(5, 5), dtype="f4")
    file["named type"] = np.dtype("f4")
    group.create_dataset("of the named type", (3,), dtype=file["named type"])
    file["soft"] = h5py.SoftLink("/group/text")
    group.attrs["large"] = np.zeros(5000, "u1")


if __name__ == "__main__":
    main()
