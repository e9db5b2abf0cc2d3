"""The engine on integers gives the answers that ONNX Runtime gives on integers: a residual network, dense and pruned,
with a layer that stays float, and a perceptron."""
import os
import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from _integer_share import session_of

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import Scratch, check, run, skip  # noqa: E402


def perceptron(random, path):
    """Flatten, then 784 to 300 to 100 to 10 with rectifiers between, a fifth of the weights kept."""
    nodes, tensors, value = [helper.make_node("Flatten", ["x"], ["h0"])], [], "h0"
    sizes = [784, 300, 100, 10]
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        weight = random.standard_normal((outputs, inputs)) * (random.random((outputs, inputs)) < 0.2)
        for name, array in (("w", weight / numpy.sqrt(inputs)), ("b", random.standard_normal(outputs))):
            tensors.append(numpy_helper.from_array(array.astype(numpy.float32), f"{name}{i}"))
        last = i == len(sizes) - 2
        nodes.append(helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], ["y" if last else f"g{i}"], transB=1))
        if not last:
            nodes.append(helper.make_node("Relu", [f"g{i}"], [f"r{i}"]))
        value = f"r{i}"
    graph = helper.make_graph(nodes, "perceptron",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 28, 28])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def quantized(network, samples, name, scratch, *options):
    arrays = {name: samples}
    numpy.savez(scratch / "samples.npz", **arrays)
    out = scratch / "int8"
    run("quantize", network, "--calibrate", f"npz:{scratch / 'samples.npz'}", "--calibrator", "min-max", "--equalize",
        "off", "--bias-correction", "off", "--smooth", "off", "--mixed-precision", "off", "--executor", "engine",
        "--threads", 1, "--quiet", "--no-latency", "--rivals", "none", "--fresh", "--out", out, *options)
    return out / "model.onnx"


def compare(what, network, samples, name, scratch, exact):
    """`exact`: the least share of samples of which every output is the same bit for bit."""
    expected = session_of(network).run(None, {name: samples})[0]
    numpy.savez(scratch / "in.npz", **{name: samples})
    # One at a time, some, and more than run side by side.
    for count in (1, 5, len(samples)):
        numpy.savez(scratch / "in.npz", **{name: samples[:count]})
        run("infer", network, "--inputs", scratch / "in.npz", "--outputs", scratch / "out.npz", "--executor", "engine",
            "--threads", 1)
        found = next(iter(numpy.load(scratch / "out.npz").values()))
        same = float(numpy.mean((found == expected[:count]).all(axis=1)))
        answers = float(numpy.mean(found.argmax(axis=1) == expected[:count].argmax(axis=1)))
        largest = float(numpy.abs(found - expected[:count]).max() / numpy.abs(expected).max())
        print(f"{what}, {count}: {same:.3f} equal, {answers:.3f} same answers, largest difference {largest:.4f}")
        # Sums in floating point may turn a code over, and noise as images has answers that are nearly even.
        check(largest < 0.05, f"{what}: outputs differ by {largest} of the largest")
        check(answers >= 0.95, f"{what}: {answers} same answers")
        check(count < 100 or same >= exact, f"{what}: {same} of the samples are equal")


def main():
    shared = pathlib.Path(os.environ.get("GCOMPRESS_TEST_DATA", "absent"))
    resnet = shared / "models" / "resnet20-cifar10.onnx"
    if not resnet.exists():
        skip("GCOMPRESS_TEST_DATA names no folder of data sets and models")
    random = numpy.random.default_rng(0)
    images = random.standard_normal((150, 3, 32, 32)).astype(numpy.float32)
    with Scratch() as scratch:
        compare("dense", quantized(resnet, images[:20], "image", scratch), images, "image", scratch, 0.9)
        compare("a layer in float",
                quantized(resnet, images[:20], "image", scratch, "--keep-float", "layer2.0.conv1"), images, "image",
                scratch, 0)
        for pattern in ("unstructured", "1x4"):
            run("prune", resnet, "--method", "one-shot", "--allocation", "uniform", "--pattern", pattern, "--quiet",
                "--no-latency", "--rivals", "none", "--fresh", "--out", scratch / "tenth")
            compare(f"{pattern} tenth", quantized(scratch / "tenth" / "model.onnx", images[:20], "image", scratch),
                    images, "image", scratch, 0.9)
        rows = random.standard_normal((150, 1, 28, 28)).astype(numpy.float32)
        network = perceptron(random, scratch / "perceptron.onnx")
        compare("perceptron", quantized(network, rows[:20], "x", scratch), rows, "x", scratch, 0.9)


main()
