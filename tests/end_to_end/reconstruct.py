"""Pruning with reconstruction: nearer to the dense network than the same masks alone, to the target,
repeatable to the bit; and what is wrong with the data is said."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from _program import Scratch, check, model_of, needs_training, report, run

GENERATOR = numpy.random.default_rng(3)


def constant(name, *shape):
    values = GENERATOR.standard_normal(shape) / numpy.sqrt(numpy.prod(shape[1:]))
    return numpy_helper.from_array(values.astype(numpy.float32), name)


def write_network(path):
    """Two convolutions, one of them grouped and strided, and a classifier."""
    nodes = [helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], "first", pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["c1"], ["r1"]),
             helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], "second", group=2, strides=[2, 2]),
             helper.make_node("Relu", ["c2"], ["r2"]),
             helper.make_node("GlobalAveragePool", ["r2"], ["p"]),
             helper.make_node("Flatten", ["p"], ["f"]),
             helper.make_node("Gemm", ["f", "w3", "b3"], ["y"], "last", transB=1)]
    values = [constant("w1", 16, 3, 3, 3), constant("b1", 16), constant("w2", 24, 8, 3, 3),
              constant("b2", 24), constant("w3", 5, 24), constant("b3", 5)]
    graph = helper.make_graph(
        nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 10, 10])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 5])], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))


def smooth_images(count):
    """Neighbours go along with each other, as in pictures."""
    images = GENERATOR.standard_normal((count, 3, 10, 10))
    for axis in (2, 3):
        images = images + numpy.roll(images, 1, axis) + numpy.roll(images, 2, axis)
    return images.astype(numpy.float32)


def main():
    needs_training()
    with Scratch() as scratch:
        write_network(scratch / "net.onnx")
        numpy.savez(scratch / "data.npz", x=smooth_images(400))
        common = ["prune", scratch / "net.onnx", "--data", f"npz:{scratch / 'data.npz'}", "--target", 0.4,
                  "--no-latency", "--rivals", "none", "--quiet", "--threads", 1]
        run(*common, "--method", "one-shot", "--out", scratch / "cut")
        for name in ("fitted", "again"):
            run(*common, "--method", "reconstruct", "--calibration-samples", 128, "--out", scratch / name)
        run(*common, "--method", "reconstruct", "--criterion", "magnitude", "--out", scratch / "same")
        run(*common, "--method", "one-shot", "--criterion", "wanda", "--out", scratch / "wanda")
        distances = {}
        for name in ("cut", "fitted", "same", "wanda"):
            model = model_of(report(scratch / name), "after")
            check(model["sizes"]["parameters_nonzero"] <= 0.4 * (16 * 27 + 24 * 72 + 120 + 45),
                  f"{name} keeps at most the target")
            distances[name] = model["agreement"]["relative_distance"]
        check(distances["same"] < 0.7 * distances["cut"],
              f"fitting brings the same masks nearer to the dense network: {distances}")
        check(distances["fitted"] < 0.5 * distances["cut"],
              f"obs masks and fitting come at least twice as near as magnitude: {distances}")
        check((scratch / "fitted/model.onnx").read_bytes() == (scratch / "again/model.onnx").read_bytes(),
              "the same seed gives the same bits")
        numpy.savez(scratch / "narrow.npz", x=smooth_images(40)[:, :, :, :7])
        done = run("prune", scratch / "net.onnx", "--data", f"npz:{scratch / 'narrow.npz'}", "--method",
                   "reconstruct", "--out", scratch / "bad", code=(2, 3))
        check("[3, 10, 7]" in done.stderr, f"the shape that does not fit is named: {done.stderr}")
        done = run("prune", scratch / "net.onnx", "--method", "reconstruct", "--out", scratch / "bad",
                   code=2)
        check("--data" in done.stderr, "without data the remedy is named")


main()
