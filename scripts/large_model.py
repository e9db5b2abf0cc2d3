#!/usr/bin/env python3
"""Writes an ONNX model of random weights in a file beside it, to see what a large one costs.

    scripts/large_model.py FOLDER --gigabytes 2.4
    /usr/bin/time -v build/release/bin/gcompress prune FOLDER/model.onnx --target 0.1 --out FOLDER/out

Needs numpy and onnx (the Python of the peers has both: scripts/venv.sh peers).
"""
import argparse
import pathlib

import numpy
import onnx
from onnx import TensorProto, helper

SIDE = 5000  # a matrix has SIDE x SIDE weights: 0.1 GB


def external(name, file, offset, length):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[SIDE, SIDE],
                         data_location=TensorProto.EXTERNAL)
    for key, value in (("location", file), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gigabytes", type=float, default=2.4)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    size = 4 * SIDE * SIDE
    count = max(1, round(arguments.gigabytes * 1e9 / size))
    weights, nodes = [], []
    with open(arguments.folder / "weights.bin", "wb") as file:
        for i in range(count):
            weights.append(external(f"w{i}", "weights.bin", file.tell(), size))
            nodes.append(helper.make_node("MatMul", [f"h{i}", f"w{i}"], [f"h{i + 1}"]))
            generator = numpy.random.default_rng(i)
            file.write(generator.standard_normal((SIDE, SIDE), dtype=numpy.float32).tobytes())
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", SIDE])
              for name in ("h0", f"h{count}")]
    graph = helper.make_graph(nodes, "large", values[:1], values[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (arguments.folder / "model.onnx").write_bytes(model.SerializeToString())


main()
