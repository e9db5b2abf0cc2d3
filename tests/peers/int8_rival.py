"""The dense network in int8 stands beside a measured one: ONNX Runtime runs its products on integers,
it is as accurate within a point, and the report says what runs it."""
import hashlib
import os
import pathlib
import sys
import tarfile

import numpy
import onnx
import onnxruntime
from _integer_share import LEAST_SHARE, integer_share, library, session_of
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import BIN, Scratch, check, model_of, report, run  # noqa: E402

NORMALISED = "mean=0.485/0.456/0.406,std=0.229/0.224/0.225"


def check_rival(out, name, scratch, labelled=True):
    """Share and accuracy of the rival in an output folder of one network, or of two."""
    measured = report(out)
    dense = model_of(measured, "before" if len(measured["models"]) > 3 else "after")
    rival = model_of(measured, "rival", "dense int8")
    path = out / rival["path"]
    check(hashlib.sha256(path.read_bytes()).hexdigest() == rival["sha256"], "its file is hashed")
    share = integer_share(path, scratch)
    check(share >= LEAST_SHARE, f"{name}: {share:.3f} of the multiply-adds are on integers")
    latency = rival["latency"][0]
    check(latency["executor"] == "onnxruntime", "ONNX Runtime runs it")
    check(latency["version"] == onnxruntime.__version__, "its version is there")
    check("int8" in latency["precision"], f"its precision is there: {latency['precision']}")
    check(rival["memory"]["peak"]["value"] > 0, "its memory was measured")
    check(any("dense int8 has" in note for note in measured["notes"]), "a note says what is float")
    line = f"{name}: {share:.4f} on integers, {latency['median']['value']:.3g} ms"
    if labelled:  # the small one is all structure
        check(rival["sizes"]["packed_bytes"] < 0.5 * dense["sizes"]["packed_bytes"], "it is smaller")
        scores = [model["accuracy"]["figure"]["value"] for model in (dense, rival)]
        check(abs(scores[0] - scores[1]) <= 0.01, f"{name}: within a point, {scores}")
        line += f", {100 * scores[0]:.2f}% before, {100 * scores[1]:.2f}% in int8"
    print(line)
    return measured


def measure(network, data, out, *options):
    run("measure", network, "--data", data, "--out", out, "--threads", 1, "--quiet", *options)


def lenet(shared, executor, scratch):
    mnist = shared / "datasets" / "mnist"
    train = pathlib.Path(BIN).parent.parent / "libexec" / "gcompress" / "gcompress-train"
    if not mnist.is_dir() or not train.exists():
        return
    run("train", "lenet-5", "--data", f"mnist:{mnist}", "--epochs", 1, "--train-limit", 6000,
        "--out", scratch / "trained", "--threads", 1, "--no-latency", "--quiet")
    measure(scratch / "trained" / "model.onnx", f"mnist:{mnist}", scratch / "lenet", "--executor",
            executor)
    check_rival(scratch / "lenet", "LeNet-5", scratch)
    # In libtorch, with the library by the environment: the same runtime in float beside it.
    environment = dict(os.environ, GCOMPRESS_ONNXRUNTIME=str(library()))
    run("prune", scratch / "trained" / "model.onnx", "--data", f"mnist:{mnist}", "--method",
        "one-shot", "--target", 0.5, "--out", scratch / "pruned", "--threads", 1, "--quiet",
        "--test-limit", 1000, env=environment)
    measured = check_rival(scratch / "pruned", "LeNet-5, pruned in libtorch", scratch)
    names = [model["name"] for model in measured["models"]]
    check(names[:4] == ["before", "after", "dense in ONNX Runtime", "dense int8"], f"four: {names}")
    if "dense bf16" in names:  # where the processor has it
        bf16 = model_of(measured, "rival", "dense bf16")
        check(bf16["latency"][0]["precision"] == "bfloat16", "bf16 is what libtorch computes in")
        scores = [model["accuracy"]["figure"]["value"] for model in (measured["models"][0], bf16)]
        check(abs(scores[0] - scores[1]) <= 0.01, f"in bf16 within a point, {scores}")
    same = model_of(measured, "rival", "dense in ONNX Runtime")
    check(same["latency"][0]["executor"] == "onnxruntime", "it runs there")
    check(same["latency"][0]["precision"] == "float", "in float")


def some_images(shared, scratch):
    """The first images of each class: enough for a tuning split of 300."""
    wanted = {"train": 360, "test": 100}
    taken = {}

    def keep(member, path):
        parts = pathlib.PurePath(member.name).parts
        if len(parts) >= 3 and parts[-3] in wanted and member.isfile():
            place = parts[-3:-1]
            taken[place] = taken.get(place, 0) + 1
            if taken[place] > wanted[parts[-3]]:
                return None
        return tarfile.data_filter(member, path)

    with tarfile.open(shared / "datasets" / "cifar10-jpeg.tar.xz") as archive:
        archive.extractall(scratch / "cifar10", filter=keep)
    return scratch / "cifar10"


def resnet(shared, executor, scratch):
    network = shared / "models" / "resnet20-cifar10.onnx"
    if not network.exists() or not (shared / "datasets" / "cifar10-jpeg.tar.xz").exists():
        return
    measure(network, f"images:{some_images(shared, scratch)},{NORMALISED}", scratch / "resnet",
            "--executor", executor)
    check_rival(scratch / "resnet", "ResNet-20", scratch)


def mobile_network(path):
    """Bounded rectifiers, a depthwise layer, a bias behind a product, at opset 11."""
    generator = numpy.random.default_rng(0)
    tensors = {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (8, 1, 3, 3), "w3": (16, 8, 1, 1),
               "w4": (16, 5), "b4": (5,)}
    weights = [numpy_helper.from_array(
        (generator.standard_normal(shape) * 0.4).astype(numpy.float32), name)
        for name, shape in tensors.items()]
    bounds = [numpy_helper.from_array(numpy.array(value, numpy.float32), name)
              for name, value in (("low", 0), ("high", 6))]
    nodes = [helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
             helper.make_node("Clip", ["c1", "low", "high"], ["r1"]),
             helper.make_node("Conv", ["r1", "w2"], ["c2"], group=8, pads=[1, 1, 1, 1]),
             helper.make_node("Clip", ["c2", "low", "high"], ["r2"]),
             helper.make_node("Conv", ["r2", "w3"], ["c3"]),
             helper.make_node("GlobalAveragePool", ["c3"], ["p"]),
             helper.make_node("Squeeze", ["p"], ["s"], axes=[2, 3]),
             helper.make_node("MatMul", ["s", "w4"], ["m"]),
             helper.make_node("Add", ["m", "b4"], ["a"]),
             helper.make_node("Softmax", ["a"], ["y"], axis=1)]
    graph = helper.make_graph(
        nodes, "mobile", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("N", 3, 12, 12))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("N", 5))], [*weights, *bounds])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6),
              path)


def mobile(executor, scratch):
    mobile_network(scratch / "mobile.onnx")
    samples = numpy.random.default_rng(1).standard_normal((60, 3, 12, 12)).astype(numpy.float32) * 3
    numpy.savez(scratch / "samples.npz", x=samples)
    measure(scratch / "mobile.onnx", f"npz:{scratch / 'samples.npz'}", scratch / "mobile",
            "--executor", executor)
    measured = check_rival(scratch / "mobile", "a small mobile network", scratch, labelled=False)
    rival = scratch / "mobile" / model_of(measured, "rival", "dense int8")["path"]
    check(onnx.load(rival).opset_import[0].version == 13, "its opset was raised")
    outputs = [session_of(path).run(None, {"x": samples})[0]
               for path in (scratch / "mobile.onnx", rival)]
    worst = float(numpy.abs(outputs[0] - outputs[1]).max())
    print(f"its probabilities differ by {worst:.3g} at most")
    check(worst < 0.05, f"its probabilities are those of the float network: {worst}")


def without(scratch):
    """No rival where nobody wants one; a sentence where none can be made."""
    executor = f"onnxruntime:{library()}"
    data = f"npz:{scratch / 'samples.npz'}"
    measure(scratch / "mobile.onnx", data, scratch / "none", "--executor", executor, "--rivals",
            "none")
    check(len(report(scratch / "none")["models"]) == 1, "--rivals none has none")
    rival = scratch / "mobile" / "rivals" / "dense-int8.onnx"
    measure(rival, data, scratch / "again", "--executor", executor)
    check(len(report(scratch / "again")["models"]) == 1, "a quantized network has none")
    train = pathlib.Path(BIN).parent.parent / "libexec" / "gcompress" / "gcompress-train"
    if not train.exists():
        return
    environment = dict(os.environ, GCOMPRESS_ONNXRUNTIME=str(scratch / "absent.so"))
    run("measure", scratch / "mobile.onnx", "--data", data, "--out", scratch / "absent", "--quiet",
        "--threads", 1, env=environment)
    notes = report(scratch / "absent")["notes"]
    check(any("no rival in int8" in note and "absent.so" in note for note in notes), str(notes))


def main():
    shared = pathlib.Path(os.environ.get("GCOMPRESS_TEST_DATA", "absent"))
    executor = f"onnxruntime:{library()}"
    with Scratch() as scratch:
        mobile(executor, scratch)
        without(scratch)
        lenet(shared, executor, scratch)
        resnet(shared, executor, scratch)


main()
