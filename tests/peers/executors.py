"""Networks run in ONNX Runtime's shared library and in an external command as in libtorch: the same
outputs within 1e-4, the same scores, and a sentence for whatever cannot be used."""
import os
import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import BIN, Scratch, check, model_of, report, run  # noqa: E402

TOLERANCE = 1e-4  # of the largest output: float32 sums in another order differ by about 1e-6 a layer
TRAIN = pathlib.Path(BIN).parent.parent / "libexec" / "gcompress" / "gcompress-train"
LIFE = "life:size=8,steps=1,count=600,density=0.5"

# The example of docs/formats.md, with ONNX Runtime's Python package as the program.
COMMAND = """
import sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
print("ready onnxruntime", onnxruntime.__version__, flush=True)
for line in sys.stdin:
    file = line.rstrip("\\n")
    outputs = session.run(names, dict(numpy.load(file)))
    numpy.savez(file + ".out.npz", **dict(zip(names, outputs)))
    print(file + ".out.npz", flush=True)
"""


def library():
    folder = pathlib.Path(onnxruntime.__file__).parent / "capi"
    found = sorted(folder.glob("libonnxruntime.so.*"))
    check(found, f"{folder} holds libonnxruntime.so.*")
    return found[0]


def built_in(name, scratch):
    """A built-in network with its random weights, pruned lightly so that a file is written."""
    out = scratch / name.split(":")[0]
    run("prune", name, "--target", 0.9, "--out", out, "--quiet")
    return out / "model.onnx"


def networks(scratch):
    """Each with the shape of its input."""
    yield built_in("life", scratch), (3, 1, 9, 7)
    yield built_in("lenet-300-100", scratch), (5, 1, 28, 28)
    shared = pathlib.Path(os.environ.get("GCOMPRESS_TEST_DATA", "absent"))
    resnet = shared / "models" / "resnet20-cifar10.onnx"
    if resnet.exists():
        yield resnet, (4, 3, 32, 32)


def infer(executor, network, inputs, outputs):
    run("infer", network, "--inputs", inputs, "--outputs", outputs, "--executor", executor,
        "--threads", 1)
    return dict(numpy.load(outputs))


def check_infer(network, shape, executors, scratch):
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    value = session.get_inputs()[0]
    fixed = [given if isinstance(given, int) else wanted for given, wanted in zip(value.shape, shape)]
    samples = numpy.random.default_rng(0).standard_normal(fixed).astype(numpy.float32)
    numpy.savez(scratch / "in.npz", **{value.name: samples})
    theirs = session.run(None, {value.name: samples})[0]
    for executor in executors:
        ours = infer(executor, network, scratch / "in.npz", scratch / "out.npz")
        check(list(ours) == [session.get_outputs()[0].name], "outputs have their names")
        worst = numpy.abs(ours[session.get_outputs()[0].name] - theirs).max() / numpy.abs(theirs).max()
        print(f"{network.name} by {executor.split(':')[0]}: {worst:.1e}")
        check(worst <= TOLERANCE, f"{network} by {executor} agrees within {TOLERANCE}: {worst}")


def check_measure(executors, scratch):
    """Before against after: each executor counts the same right answers."""
    before = built_in("life:n=1,m=2", scratch)
    run("prune", before, "--target", 0.5, "--out", scratch / "after", "--quiet")
    scores = {}
    for executor in executors:
        out = scratch / ("by-" + executor.split(":")[0])
        run("measure", before, scratch / "after" / "model.onnx", "--data", LIFE, "--out", out,
            "--executor", executor, "--threads", 1, "--quiet")
        models = [model_of(report(out), role) for role in ("before", "after")]
        scores[executor] = [model["accuracy"]["correct"] for model in models]
        for model in models:
            latency = model["latency"][0]
            check(latency["executor"] == executor.split(":")[0], "the executor is named")
            check(latency["median"]["value"] > 0, "latency was measured")
            if latency["executor"] == "onnxruntime":
                check(latency["version"] == onnxruntime.__version__, "with its version")
                check(latency["precision"] == "float", "and its precision")
            print(f"{model['role']} by {latency['executor']}: {latency['median']['value']:.3g} ms")
    check(len({tuple(score) for score in scores.values()}) == 1, f"scores agree: {scores}")
    repeated = run("run", scratch / "by-onnxruntime" / "recipe.yaml", "--json", "--quiet")
    check(onnxruntime.__version__ in repeated.stdout, "the recipe repeats it")


def check_batches(scratch):
    """Two networks that take different batches are judged, and not timed: there is no batch for both."""
    free, half = scratch / "life" / "model.onnx", scratch / "half" / "model.onnx"
    run("prune", free, "--target", 0.5, "--out", scratch / "half", "--quiet")
    model = onnx.load(half)
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_value = 2
    onnx.save(model, scratch / "pairs.onnx")
    out = scratch / "pairs"
    run("measure", free, scratch / "pairs.onnx", "--data", LIFE, "--out", out, "--threads", 1, "--quiet",
        "--rivals", "none")
    pairs = report(out)
    check(model_of(pairs, "after")["accuracy"]["total"] > 0, "a network of fixed batches is judged")
    check(model_of(pairs, "after")["latency"] == [], "and not timed against one of other batches")
    check(any("batches of its own size" in note for note in pairs["notes"]), f"which is said: {pairs['notes']}")


def expect(code, words, *arguments):
    done = run(*arguments, code=code)
    for word in words:
        check(word in done.stderr, f"'{word}' is said by {arguments}: {done.stderr!r}")
    check("internal error" not in done.stderr, f"{arguments}: {done.stderr!r}")


def save(path, node):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 4)) for name in ("x", "y")]
    graph = helper.make_graph([node], "g", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17),
                                                    helper.make_opsetid("org.example", 1)],
                              ir_version=8)
    onnx.save(model, path)
    return path


def check_misuse(scratch):
    relu = save(scratch / "relu.onnx", helper.make_node("Relu", ["x"], ["y"], name="one"))
    strange = save(scratch / "strange.onnx",
                   helper.make_node("Frobnicate", ["x"], ["y"], name="one", domain="org.example"))
    numpy.savez(scratch / "in.npz", x=numpy.zeros((1, 4), numpy.float32))
    numpy.savez(scratch / "bad.npz", x=numpy.zeros((1, 5), numpy.float32))
    ours = f"onnxruntime:{library()}"

    def infer_by(executor, network=relu, inputs="in.npz"):
        return ("infer", network, "--inputs", scratch / inputs, "--outputs", scratch / "out.npz",
                "--executor", executor)

    expect(2, ["torch, engine, onnxruntime:LIBRARY, command:PROGRAM"], *infer_by("tensorflow"))
    expect(2, ["give onnxruntime:LIBRARY"], *infer_by("onnxruntime"))
    absent = scratch / "absent.so"
    expect(2, ["absent.so", "no such file", "capi/libonnxruntime.so"],
           *infer_by(f"onnxruntime:{absent}"))
    expect(2, ["absent.so"], "measure", relu, "--data", LIFE, "--executor", f"onnxruntime:{absent}")
    (scratch / "text.so").write_text("no library")
    expect(2, ["text.so", "cannot be opened"], *infer_by(f"onnxruntime:{scratch / 'text.so'}"))
    other = library().parent / "libonnxruntime_providers_shared.so"
    expect(2, [other.name, "is no ONNX Runtime"], *infer_by(f"onnxruntime:{other}"))
    expect(2, ["CPU only"], "measure", relu, "--data", LIFE, "--device", "cuda", "--executor", ours)
    expect(5, ["strange.onnx", "refuses the network", "Frobnicate"], *infer_by(ours, strange))
    expect(3, ["bad.npz", "[1, 4]", "[1, 5]"], *infer_by(ours, relu, "bad.npz"))
    expect(3, ["'false'", "exit code 1"], *infer_by("command:false"))
    expect(3, ["'/no/such/program'", "exit code 127"], *infer_by("command:/no/such/program"))
    expect(3, ["not with ready"], *infer_by("command:echo"))


def main():
    with Scratch() as scratch:
        (scratch / "run network.py").write_text(COMMAND)
        executors = ["engine", f"onnxruntime:{library()}",
                     f"command:{sys.executable} '{scratch / 'run network.py'}'"]
        if TRAIN.exists():
            executors.append("torch")
        for network, shape in networks(scratch):
            check_infer(network, shape, executors, scratch)
        check_measure(executors, scratch)
        if TRAIN.exists():
            check_batches(scratch)
        check_misuse(scratch)


main()
