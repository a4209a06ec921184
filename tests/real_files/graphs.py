#!/usr/bin/env python3
"""Writes genuine TensorFlow and TensorFlow Lite files with the real library, for tests of false findings.

    python3 graphs.py DIR

Needs requirements-graphs.txt, Python 3.11. The models are toys with fixed seeds. Nothing is loaded back here.
"""

import os
import pathlib
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    tf.random.set_seed(0)
    keras_models(out)
    module_with_assets(out)
    graph_files(out)
    records(out)
    print(sum(path.is_file() for path in out.rglob("*")), "files in", out)


def convolutional():
    return tf.keras.Sequential([
        tf.keras.layers.Input((16, 16, 3)), tf.keras.layers.Conv2D(8, 3, activation="relu"),
        tf.keras.layers.BatchNormalization(), tf.keras.layers.MaxPooling2D(), tf.keras.layers.DepthwiseConv2D(3),
        tf.keras.layers.GlobalAveragePooling2D(), tf.keras.layers.Dropout(0.1), tf.keras.layers.Dense(4, activation="softmax")])


def recurrent():
    return tf.keras.Sequential([
        tf.keras.layers.Input((8,), dtype="int32"), tf.keras.layers.Embedding(32, 8), tf.keras.layers.LSTM(6),
        tf.keras.layers.Dense(2)])


def attention():
    inputs = tf.keras.layers.Input((8, 16))
    hidden = tf.keras.layers.MultiHeadAttention(2, 8)(inputs, inputs)
    hidden = tf.keras.layers.LayerNormalization()(hidden + inputs)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(3)(tf.keras.layers.Flatten()(hidden)))


def keras_models(out):
    for name, make in (("convolutional", convolutional), ("recurrent", recurrent), ("attention", attention)):
        model = make()
        model.export(out / f"{name}-saved", verbose=False)
        lite(out, name, tf.lite.TFLiteConverter.from_keras_model(model), model.input_shape[1:])
        tf.train.Checkpoint(model=model).write(str(out / f"{name}-checkpoint" / "weights"))


def lite(out, name, converter, shape):
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    (out / f"{name}.tflite").write_bytes(converter.convert())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    (out / f"{name}-dynamic.tflite").write_bytes(converter.convert())
    if name == "convolutional":
        converter.representative_dataset = lambda: ([np.zeros((1, *shape), np.float32)] for _ in range(2))
        (out / f"{name}-int8.tflite").write_bytes(converter.convert())
        converter.representative_dataset = None
        converter.target_spec.supported_types = [tf.float16]
        (out / f"{name}-float16.tflite").write_bytes(converter.convert())


class Lookup(tf.Module):
    """A table from an asset, a variable and a control flow."""

    def __init__(self, path):
        super().__init__()
        initializer = tf.lookup.TextFileInitializer(path, tf.string, 0, tf.int64, 1, delimiter=",")
        self.table = tf.lookup.StaticHashTable(initializer, -1)
        self.scale = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, words):
        ids = self.table.lookup(words)
        total = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s * 2), (0, tf.constant(1.0)))[1]
        return {"score": tf.cast(ids, tf.float32) * self.scale * total, "split": tf.strings.length(words)}


def module_with_assets(out):
    vocabulary = out / "vocabulary.csv"
    vocabulary.write_text("red,0\ngreen,1\n")
    module = Lookup(str(vocabulary))
    tf.saved_model.save(module, str(out / "lookup-saved"))
    function = module.__call__.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    converter.allow_custom_ops = True
    (out / "lookup.tflite").write_bytes(converter.convert())

    @tf.function(input_signature=[tf.TensorSpec([4, 4], tf.float32)])
    def inverse(matrix):
        return tf.linalg.det(matrix), tf.linalg.inv(matrix), tf.signal.fft(tf.cast(matrix, tf.complex64))

    converter = tf.lite.TFLiteConverter.from_concrete_functions([inverse.get_concrete_function()])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    (out / "select.tflite").write_bytes(converter.convert())


def graph_files(out):
    """What TensorFlow 1 left: a frozen graph, a meta graph and a checkpoint of the second version."""
    graph = tf.Graph()
    with graph.as_default():
        inputs = v1.placeholder(tf.float32, [None, 4], "inputs")
        weights = v1.get_variable("weights", [4, 2], initializer=v1.zeros_initializer())
        steps = v1.get_variable("steps", [], tf.int64, initializer=v1.zeros_initializer(), trainable=False)
        outputs = tf.nn.softmax(tf.matmul(inputs, weights), name="outputs")
        loss = tf.reduce_mean(outputs)
        train = v1.train.AdamOptimizer().minimize(loss, global_step=steps)
        saver = v1.train.Saver(sharded=True)
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            (out / "checkpoint-1").mkdir()
            saver.save(session, str(out / "checkpoint-1" / "model.ckpt"), global_step=1)
            frozen = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["outputs"])
            (out / "frozen_inference_graph.pb").write_bytes(frozen.SerializeToString())
            v1.saved_model.simple_save(session, str(out / "simple-saved"), {"inputs": inputs}, {"outputs": outputs})


def records(out):
    with tf.io.TFRecordWriter(str(out / "toys.tfrecord")) as writer:
        for index in range(3):
            feature = {"id": tf.train.Feature(int64_list=tf.train.Int64List(value=[index]))}
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    writer = tf.summary.create_file_writer(str(out / "events"))
    with writer.as_default():
        for step in range(3):
            tf.summary.write("loss", tf.constant(1.0 / (step + 1)), step)
    writer.close()


if __name__ == "__main__":
    main()
