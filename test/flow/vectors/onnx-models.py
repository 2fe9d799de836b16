"""Writes `onnx-models.json`: small ONNX models by name, as base64, for `test/flow/onnx.test.ts`.

Made with the helpers of the `onnx` package (1.12), which share no code with ours nor with ONNX
Runtime. What each model has to give is worked out in the test, by hand.

    python3 test/flow/vectors/onnx-models.py
"""

import base64
import json
from pathlib import Path

from onnx import TensorProto, TypeProto, helper
from onnx.helper import make_graph, make_node, make_tensor, make_tensor_value_info

MODELS = {}
DTYPES = {
    "float64": "DOUBLE",
    "float32": "FLOAT",
    "float16": "FLOAT16",
    "bfloat16": "BFLOAT16",
    "complex64": "COMPLEX64",
    "int64": "INT64",
    "int32": "INT32",
    "int16": "INT16",
    "int8": "INT8",
    "uint64": "UINT64",
    "uint32": "UINT32",
    "uint16": "UINT16",
    "uint8": "UINT8",
    "bool": "BOOL",
    "string": "STRING",
}


def value(name, dtype, shape):
    return make_tensor_value_info(name, getattr(TensorProto, DTYPES[dtype]), shape)


def save(name, nodes, inputs, outputs, weights=()):
    graph = make_graph(nodes, name, inputs, outputs, initializer=weights)
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="")
    model.ir_version = 8
    MODELS[name] = base64.b64encode(model.SerializeToString()).decode()


def identity(name, dtype, shape):
    save(
        name,
        [make_node("Identity", ["x"], ["y"])],
        [value("x", dtype, shape)],
        [value("y", dtype, shape)],
    )


def outside(weights):
    """Says that the elements of `weights` are in the file `secrets.env`."""
    weights.ClearField("float_data")
    weights.data_location = TensorProto.EXTERNAL
    entry = weights.external_data.add()
    entry.key, entry.value = "location", "secrets.env"
    return weights


for dtype in DTYPES:
    identity(f"identity {dtype}", dtype, ["n", 3])
identity("scalar", "float32", [])
identity("rankless", "float32", None)
identity("rankless strings", "string", None)
identity("axes", "float32", ["batch", None, "height / 2", 4])
identity("axes of nothing", "int32", [0, 2])

save(
    "two inputs",
    [make_node("Sub", ["left", "right"], ["y"])],
    [value("left", "float32", ["n"]), value("right", "float32", ["n"])],
    [value("y", "float32", ["n"])],
)
save(
    "two outputs",
    [
        make_node("ReduceSum", ["x", "axis"], ["sum"], keepdims=0),
        make_node("ArgMax", ["x"], ["largest"], axis=1, keepdims=0),
    ],
    [value("x", "float32", ["n", "m"])],
    [value("sum", "float32", ["n"]), value("largest", "int64", ["n"])],
    [make_tensor("axis", TensorProto.INT64, [1], [1])],
)
save(
    "odd names",
    [make_node("Identity", ["constructor"], ["a b"]), make_node("Neg", ["0"], ["toString"])],
    [value("constructor", "float32", ["n"]), value("0", "float32", ["n"])],
    [value("a b", "float32", ["n"]), value("toString", "float32", ["n"])],
)
save(
    "an input called __proto__",
    [make_node("Identity", ["__proto__"], ["y"])],
    [value("__proto__", "float32", ["n"])],
    [value("y", "float32", ["n"])],
)
save(
    "an input with a default",
    [make_node("Mul", ["x", "scale"], ["y"])],
    [value("x", "float32", ["n"]), value("scale", "float32", [1])],
    [value("y", "float32", ["n"])],
    [make_tensor("scale", TensorProto.FLOAT, [1], [2.5])],
)
save(
    "no input",
    [make_node("Identity", ["seven"], ["y"])],
    [],
    [value("y", "float32", [1])],
    [make_tensor("seven", TensorProto.FLOAT, [1], [7.0])],
)
save(
    "words to numbers",
    [
        make_node(
            "LabelEncoder",
            ["x"],
            ["y"],
            domain="ai.onnx.ml",
            keys_strings=["one", "zwölf"],
            values_floats=[1.0, 12.0],
            default_float=-1.0,
        )
    ],
    [value("x", "string", ["n"])],
    [value("y", "float32", ["n"])],
)
save(
    "zeros of a shape",
    [make_node("ConstantOfShape", ["shape"], ["y"])],
    [value("shape", "int64", ["axes"])],
    [value("y", "float32", None)],
)
save(
    "pick",
    [make_node("Gather", ["table", "index"], ["y"])],
    [value("index", "int64", ["n"])],
    [value("y", "float32", ["n"])],
    [make_tensor("table", TensorProto.FLOAT, [3], [10.0, 20.0, 30.0])],
)
save(
    "many products",
    [
        make_node(
            "Loop",
            ["times", "", "x"],
            ["y"],
            body=make_graph(
                [make_node("Identity", ["go"], ["on"]), make_node("MatMul", ["a", "a"], ["b"])],
                "product",
                [value("i", "int64", []), value("go", "bool", []), value("a", "float32", None)],
                [value("on", "bool", []), value("b", "float32", None)],
            ),
        )
    ],
    [value("times", "int64", []), value("x", "float32", ["m", "m"])],
    [value("y", "float32", ["m", "m"])],
)

# What is refused when it is opened.
save(
    "unknown operator",
    [make_node("Frobnicate", ["x"], ["y"])],
    [value("x", "float32", ["n"])],
    [value("y", "float32", ["n"])],
)
save(
    "a sequence",
    [make_node("SequenceConstruct", ["x"], ["y"])],
    [value("x", "float32", ["n"])],
    [helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)],
)
chances = TypeProto()
chances.sequence_type.elem_type.map_type.key_type = TensorProto.INT64
chances.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type = TensorProto.FLOAT
save(
    "zipmap",
    [make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])],
    [value("x", "float32", ["n", 2])],
    [helper.make_value_info("y", chances)],
)
maybe = helper.make_optional_type_proto(
    helper.make_tensor_type_proto(TensorProto.FLOAT, ["n"])
)
save(
    "an optional input",
    [make_node("OptionalGetElement", ["x"], ["y"])],
    [helper.make_value_info("x", maybe)],
    [value("y", "float32", ["n"])],
)
save(
    "weights outside",
    [make_node("Add", ["x", "w"], ["y"])],
    [value("x", "float32", [2])],
    [value("y", "float32", [2])],
    [outside(make_tensor("w", TensorProto.FLOAT, [2], [1, 2]))],
)
branch = make_graph(
    [
        make_node(
            "Constant", [], ["c"], value=outside(make_tensor("c", TensorProto.FLOAT, [2], [1, 2]))
        )
    ],
    "branch",
    [],
    [value("c", "float32", [2])],
)
save(
    "weights outside, in a branch",
    [make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)],
    [value("x", "bool", [])],
    [value("y", "float32", [2])],
)

text = json.dumps(MODELS, indent=2) + "\n"
Path(__file__).with_suffix(".json").write_text(text)
