"""How much of a quantized network ONNX Runtime runs on integers, told from the graph that it makes of it."""
import pathlib
import sys

import numpy
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import check  # noqa: E402

LEAST_SHARE = 0.9  # of the multiply-adds in integer operators
WEIGHT_INPUT = {"QLinearConv": 3, "QGemm": 3, "QLinearMatMul": 3, "MatMulIntegerToFloat": 1,
                "ConvInteger": 1, "MatMulInteger": 1}


def library():
    folder = pathlib.Path(onnxruntime.__file__).parent / "capi"
    found = sorted(folder.glob("libonnxruntime.so.*"))
    check(found, f"{folder} holds libonnxruntime.so.*")
    return found[0]


def session_of(path, optimized=None):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if optimized:
        options.optimized_model_filepath = str(optimized)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def products_by_weight(path):
    """Multiply-adds of one sample by the stored weight that they use."""
    model = onnx.load(path)
    for value in model.graph.input:
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_value = 1
    inferred = onnx.shape_inference.infer_shapes(model).graph
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
              for value in [*inferred.value_info, *inferred.output]}
    sizes = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    stored = {node.output[0]: node.input[0] for node in model.graph.node
              if node.op_type == "DequantizeLinear"}
    products = {}
    for node in model.graph.node:
        if node.op_type not in ("Conv", "Gemm", "MatMul"):
            continue
        name = stored.get(node.input[1], node.input[1])
        if name not in sizes:
            continue
        outputs = numpy.prod(shapes[node.output[0]])
        weight = sizes[name]
        transposed = any(a.name == "transB" and a.i for a in node.attribute)
        inner = (numpy.prod(weight[1:]) if node.op_type == "Conv"
                 else weight[1] if transposed else weight[0])
        products[name] = products.get(name, 0) + int(outputs * inner)
    return products


def integer_share(path, scratch):
    onnx.checker.check_model(str(path), full_check=True)
    session_of(path, scratch / "optimized.onnx")
    products = products_by_weight(path)
    on_integers = {node.input[WEIGHT_INPUT[node.op_type]]
                   for node in onnx.load(scratch / "optimized.onnx").graph.node
                   if node.op_type in WEIGHT_INPUT}
    return sum(products[name] for name in on_integers if name in products) / sum(products.values())
