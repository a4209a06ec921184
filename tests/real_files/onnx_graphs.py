"""Writes genuine ONNX models, with the library's own writer, into the folder given.

    pip install -r requirements-onnx_graphs.txt && python onnx_graphs.py FOLDER

Every file must be admitted. The graphs are of the kinds in which masks, choices, statistics of the input and
connections around layers are honest; see `headworks explain graph-backdoor-gate`.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import convert_model_to_external_data

RANDOM = np.random.default_rng(7)
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def weights(name, *shape, dtype=np.float32):
    return numpy_helper.from_array(RANDOM.standard_normal(shape).astype(dtype), name)


def constant(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def node(operator, inputs, outputs, **attributes):
    outputs = outputs.split()
    return helper.make_node(operator, inputs.split(), outputs, name=f"{operator}_{outputs[0]}", **attributes)


def value(name, kind=FLOAT, shape=("n", "m")):
    return helper.make_tensor_value_info(name, kind, list(shape))


def model(nodes, inputs, outputs, constants=(), opset=17, **more):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(constants))
    sets = [helper.make_opsetid("", opset)] + more.pop("sets", [])
    made = helper.make_model(graph, opset_imports=sets, producer_name="headworks-tests", **more)
    onnx.checker.check_model(made)
    return made


def perceptron():
    nodes = [node("Gemm", "x w0 b0", "h"), node("Relu", "h", "r"), node("Gemm", "r w1 b1", "y")]
    return model(nodes, [value("x")], [value("y")], [weights("w0", 4, 8), weights("b0", 8), weights("w1", 8, 3), weights("b1", 3)])


def attention():
    """A block with a padding mask made by a comparison, a causal mask of the shape and a residual connection."""
    nodes = [
        node("Gather", "table ids", "e"),
        node("Equal", "ids pad", "is_pad"),
        node("Not", "is_pad", "is_token"),
        node("Unsqueeze", "is_token one", "keys"),
        node("MatMul", "e wq", "q"),
        node("MatMul", "e wk", "k"),
        node("MatMul", "e wv", "v"),
        node("Transpose", "k", "kt", perm=[0, 2, 1]),
        node("MatMul", "q kt", "scores"),
        node("Where", "keys scores low", "masked"),
        node("Softmax", "masked", "p"),
        node("MatMul", "p v", "mixed"),
        node("MatMul", "mixed wo", "out"),
        node("Add", "e out", "sum"),
        node("LayerNormalization", "sum scale bias", "hidden"),
        node("MatMul", "hidden head", "logits"),
    ]
    constants = [weights("table", 32, 8), constant("pad", 0), constant("one", [1]), constant("low", -1e9, np.float32)]
    constants += [weights(name, 8, 8) for name in ("wq", "wk", "wv", "wo")] + [weights("head", 8, 32)]
    constants += [weights("scale", 8), weights("bias", 8)]
    return model(nodes, [value("ids", INT64)], [value("logits", shape=("n", "m", 32))], constants)


def mean_pooling():
    """A sentence embedding: the mean over what is no padding, with a floor under the count, and its norm."""
    nodes = [
        node("Gather", "table ids", "e"),
        node("MatMul", "e w", "hidden"),
        node("Equal", "ids pad", "is_pad"),
        node("Not", "is_pad", "is_token"),
        node("Cast", "is_token", "mask", to=FLOAT),
        node("Unsqueeze", "mask two", "wide"),
        node("Mul", "hidden wide", "kept"),
        node("ReduceSum", "kept axis", "total", keepdims=0),
        node("ReduceSum", "wide axis", "count", keepdims=0),
        node("Clip", "count floor", "floored"),
        node("Div", "total floored", "mean"),
        node("ReduceL2", "mean", "norm", axes=[1], keepdims=1),
        node("Div", "mean norm", "sentence"),
    ]
    constants = [weights("table", 32, 8), weights("w", 8, 8), constant("pad", 0), constant("two", [2])]
    constants += [constant("axis", [1]), constant("floor", 1e-9, np.float32)]
    return model(nodes, [value("ids", INT64)], [value("sentence")], constants)


def last_token():
    """A classifier that takes the logits of the last token that is no padding."""
    nodes = [
        node("Gather", "table ids", "e"),
        node("MatMul", "e w", "logits"),
        node("Equal", "ids pad", "is_pad"),
        node("Cast", "is_pad", "as_number", to=INT64),
        node("ArgMax", "as_number", "first_pad", axis=1, keepdims=0),
        node("Sub", "first_pad one", "last"),
        node("Less", "last zero", "is_negative"),
        node("Shape", "ids", "shape"),
        node("Gather", "shape one", "length"),
        node("Add", "last length", "wrapped"),
        node("Where", "is_negative wrapped last", "place"),
        node("Unsqueeze", "place axis", "places"),
        node("GatherND", "logits places", "y", batch_dims=1),
    ]
    constants = [weights("table", 32, 8), weights("w", 8, 3), constant("pad", 0), constant("one", 1), constant("zero", 0)]
    return model(nodes, [value("ids", INT64)], [value("y")], constants + [constant("axis", [1])])


def decoder_with_cache():
    nodes = [
        node("Gather", "table ids", "e"),
        node("MatMul", "e wk", "k"),
        node("Concat", "past k", "present", axis=1),
        node("Transpose", "present", "kt", perm=[0, 2, 1]),
        node("MatMul", "e kt", "scores"),
        node("Softmax", "scores", "p"),
        node("MatMul", "p present", "mixed"),
        node("MatMul", "mixed head", "logits"),
    ]
    constants = [weights("table", 32, 8), weights("wk", 8, 8), weights("head", 8, 32)]
    outputs = [value("logits", shape=("n", "m", 32)), value("present", shape=("n", "m", 8))]
    return model(nodes, [value("ids", INT64), value("past", shape=("n", "m", 8))], outputs, constants)


def two_rates():
    """A choice by the input between two branches, both of which are trained (as in voice activity detection)."""
    def branch(name):
        nodes = [node("MatMul", f"x w_{name}", f"y_{name}")]
        return helper.make_graph(nodes, name, [], [value(f"y_{name}")], [weights(f"w_{name}", 4, 4)])

    nodes = [
        node("Equal", "rate wide", "is_wide"),
        node("If", "is_wide", "y", then_branch=branch("wide"), else_branch=branch("narrow")),
    ]
    return model(nodes, [value("x"), value("rate", INT64, ())], [value("y")], [constant("wide", 16000)])


def merged_decoder():
    """A branch by an input that says whether there is a cache."""
    def branch(name, source):
        nodes = [node("MatMul", f"{source} w_{name}", f"y_{name}")]
        return helper.make_graph(nodes, name, [], [value(f"y_{name}")], [weights(f"w_{name}", 4, 4)])

    nodes = [node("If", "use_cache", "y", then_branch=branch("with", "past"), else_branch=branch("without", "x"))]
    return model(nodes, [value("x"), value("past"), value("use_cache", BOOL, (1,))], [value("y")])


def forecast():
    """Scaled by statistics of the input before the layers, and back after them."""
    nodes = [
        node("ReduceMean", "x", "mean", axes=[1], keepdims=1),
        node("Sub", "x mean", "centred"),
        node("Mul", "centred centred", "squares"),
        node("ReduceMean", "squares", "variance", axes=[1], keepdims=1),
        node("Sqrt", "variance", "deviation"),
        node("Max", "deviation epsilon", "floored"),
        node("Div", "centred floored", "scaled"),
        node("MatMul", "scaled w", "h"),
        node("Mul", "h floored", "widened"),
        node("Add", "widened mean", "y"),
    ]
    return model(nodes, [value("x")], [value("y")], [weights("w", 8, 8), constant("epsilon", 1e-5, np.float32)])


def upscaling():
    """A residual connection from the input to the output, clipped to the range of colours."""
    image = ("n", 3, "h", "w")
    nodes = [
        node("Conv", "x w0", "h", pads=[1, 1, 1, 1]),
        node("Relu", "h", "r"),
        node("Conv", "r w1", "detail", pads=[1, 1, 1, 1]),
        node("Add", "x detail", "sum"),
        node("Clip", "sum low high", "y"),
    ]
    constants = [weights("w0", 8, 3, 3, 3), weights("w1", 3, 8, 3, 3)]
    constants += [constant("low", 0, np.float32), constant("high", 1, np.float32)]
    return model(nodes, [value("x", shape=image)], [value("y", shape=image)], constants)


def squeeze_and_excitation():
    image = ("n", 8, "h", "w")
    nodes = [
        node("Conv", "x w", "h"),
        node("GlobalAveragePool", "h", "pooled"),
        node("Conv", "pooled w1", "a"),
        node("Sigmoid", "a", "gate"),
        node("Mul", "h gate", "scaled"),
        node("Add", "x scaled", "y"),
    ]
    constants = [weights("w", 8, 8, 1, 1), weights("w1", 8, 8, 1, 1)]
    return model(nodes, [value("x", shape=image)], [value("y", shape=image)], constants)


def detector():
    """Boxes over a threshold of what was trained, with suppression, scaled to the size that was sent in."""
    nodes = [
        node("MatMul", "x w", "raw"),
        node("Slice", "raw s0 e0 last", "boxes"),
        node("Slice", "raw s1 e1 last", "scores"),
        node("Sigmoid", "scores", "p"),
        node("Greater", "p threshold", "is_hit"),
        node("Where", "is_hit p zero", "kept"),
        node("Transpose", "kept", "classes", perm=[0, 2, 1]),
        node("NonMaxSuppression", "boxes classes count overlap level", "indices"),
        node("Mul", "boxes size", "scaled"),
    ]
    constants = [weights("w", 8, 6), constant("s0", [0]), constant("e0", [4]), constant("s1", [4]), constant("e1", [6])]
    constants += [constant("last", [2]), constant("threshold", 0.5, np.float32), constant("zero", 0, np.float32)]
    constants += [constant("count", [8]), constant("overlap", [0.5], np.float32), constant("level", [0.5], np.float32)]
    inputs = [value("x", shape=(1, "m", 8)), value("size", shape=(1, 1, 4))]
    return model(nodes, inputs, [value("indices", INT64), value("scaled", shape=(1, "m", 4)), value("kept", shape=(1, "m", 2))], constants)


def masked_output():
    """Frames behind the end of a recording are zero in the output as in the input."""
    nodes = [
        node("MatMul", "x w", "h"),
        node("Shape", "x", "shape"),
        node("Gather", "shape one", "frames"),
        node("Range", "zero frames step", "places"),
        node("Unsqueeze", "lengths axis", "ends"),
        node("Less", "places ends", "is_inside"),
        node("Unsqueeze", "is_inside last", "wide"),
        node("Where", "wide h silence", "y"),
    ]
    constants = [weights("w", 8, 8), constant("one", 1), constant("zero", 0), constant("step", 1), constant("axis", [1])]
    constants += [constant("last", [2]), constant("silence", 0, np.float32)]
    inputs = [value("x", shape=("n", "m", 8)), value("lengths", INT64, ("n",))]
    return model(nodes, inputs, [value("y", shape=("n", "m", 8))], constants)


def loop():
    body = helper.make_graph(
        [node("MatMul", "state w_in", "next"), node("Identity", "go", "go_on"), node("Identity", "next", "seen")],
        "body",
        [value("i", INT64, ()), value("go", BOOL, ()), value("state", shape=(1, 4))],
        [value("go_on", BOOL, ()), value("next", shape=(1, 4)), value("seen", shape=(1, 4))],
        [weights("w_in", 4, 4)],
    )
    nodes = [node("Loop", "times yes x", "y all", body=body)]
    constants = [constant("times", 3), constant("yes", True, np.bool_)]
    return model(nodes, [value("x", shape=(1, 4))], [value("y", shape=(1, 4)), value("all", shape=("t", 1, 4))], constants)


def functions():
    sets = [helper.make_opsetid("", 17)]
    nodes = [node("MatMul", "a b", "c"), node("Relu", "c", "d")]
    function = helper.make_function("tests.layers", "Dense", ["a", "b"], ["d"], nodes, sets)
    calls = [node("Dense", "x w", "h", domain="tests.layers"), node("Dense", "h w", "y", domain="tests.layers")]
    return model(calls, [value("x")], [value("y")], [weights("w", 4, 4)], functions=[function], sets=[helper.make_opsetid("tests.layers", 1)])


def contributed():
    nodes = [node("FusedMatMul", "x w", "h", domain="com.microsoft"), node("Gelu", "h", "y", domain="com.microsoft")]
    graph = helper.make_graph(nodes, "graph", [value("x")], [value("y")], [weights("w", 4, 4)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])


def trees():
    tree = dict(
        nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_values=[0.5, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
        class_treeids=[0, 0], class_nodeids=[1, 2], class_ids=[0, 1], class_weights=[1.0, 1.0],
        classlabels_int64s=[0, 1], post_transform="NONE",
    )
    nodes = [
        node("TreeEnsembleClassifier", "x", "label scores", domain="ai.onnx.ml", **tree),
        node("ZipMap", "scores", "named", domain="ai.onnx.ml", classlabels_int64s=[0, 1]),
    ]
    inner = helper.make_map_type_proto(INT64, helper.make_tensor_type_proto(FLOAT, []))
    named = helper.make_value_info("named", helper.make_sequence_type_proto(inner))
    return model(nodes, [value("x")], [value("label", INT64, ("n",)), named], sets=[helper.make_opsetid("ai.onnx.ml", 3)])


def types():
    """Tensors of every type, raw and in the fields of their types, sparse ones and sets of metadata."""
    names = [name for name in TensorProto.DataType.keys() if name not in ("UNDEFINED", "STRING")]
    constants = []
    for name in names:
        kind = TensorProto.DataType.Value(name)
        try:
            constants.append(helper.make_tensor(f"typed_{name}", kind, [2, 4], [0, 1] * 4))
            dtype = helper.tensor_dtype_to_np_dtype(kind)
            constants.append(numpy_helper.from_array(np.array([[0, 1, 0]], dtype=np.float32).astype(dtype), f"raw_{name}"))
        except (KeyError, TypeError, ValueError, NotImplementedError):
            continue
    constants.append(helper.make_tensor("words", TensorProto.STRING, [2], [b"one", b"two"]))
    constants.append(helper.make_tensor("none", FLOAT, [0], []))
    graph = helper.make_graph([node("Identity", "x", "y")], "graph", [value("x")], [value("y")], constants)
    sparse = helper.make_sparse_tensor(helper.make_tensor("sparse", FLOAT, [2], [1, 2]), helper.make_tensor("", INT64, [2], [0, 3]), [4])
    graph.sparse_initializer.append(sparse)
    made = helper.make_model(graph, doc_string="Types of tensors.")
    helper.set_model_props(made, {"licence": "apache-2.0", "classes": "{0: 'cat', 1: 'dog'}"})
    return made


def old():
    """Version 3, where every tensor is an input, too."""
    nodes = [node("Gemm", "x w b", "y")]
    graph = helper.make_graph(nodes, "graph", [value("x"), value("w", shape=(4, 4)), value("b", shape=(4,))], [value("y")],
                              [weights("w", 4, 4), weights("b", 4)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 7)])
    made.ir_version = 3
    return made


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    makers = [perceptron, attention, mean_pooling, last_token, decoder_with_cache, two_rates, merged_decoder, forecast]
    makers += [upscaling, squeeze_and_excitation, detector, masked_output, loop, functions, contributed, trees, types, old]
    for make in makers:
        onnx.save(make(), folder / f"{make.__name__}.onnx")
    for name, one_file in [("external", True), ("external_many", False)]:
        made = attention()
        inside = folder / name
        # The library appends to data that is there.
        shutil.rmtree(inside, ignore_errors=True)
        inside.mkdir()
        convert_model_to_external_data(made, all_tensors_to_one_file=one_file, location="model.onnx.data" if one_file else None,
                                       size_threshold=0)
        onnx.save(made, inside / "model.onnx")


if __name__ == "__main__":
    main()
