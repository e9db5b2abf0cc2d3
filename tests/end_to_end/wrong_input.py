"""What a user does wrong gets its exit code and a sentence, never a crash."""
import numpy
import onnx
from onnx import TensorProto, helper

from _program import Scratch, check, needs_training, run


def save(graph_nodes, initializers, path, inputs=("x",), outputs=("y",), shape=(1, 4)):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(graph_nodes, "g", values, results, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def linear(path, weights):
    initializer = onnx.numpy_helper.from_array(weights.astype(numpy.float32), "w")
    return save([helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")], [initializer], path)


def expect(code, words, *arguments):
    done = run(*arguments, code=code)
    for word in words:
        check(word in done.stderr, f"'{word}' is said by {arguments}: {done.stderr!r}")


def wrong_files(scratch, good):
    content = good.read_bytes()
    (scratch / "cut.onnx").write_bytes(content[: len(content) // 2])
    (scratch / "noise.onnx").write_bytes(bytes(range(256)) * 40)
    (scratch / "empty.onnx").write_bytes(b"")
    for name in ("cut.onnx", "noise.onnx", "empty.onnx", "absent.onnx"):
        for command in ("inspect", "prune", "pack"):
            expect(3, [name], command, scratch / name)
    (scratch / "cut.gcz").write_bytes(b"GCZ")
    expect(3, ["cut.gcz"], "unpack", scratch / "cut.gcz", "--out", scratch / "x.onnx")
    nan = linear(scratch / "nan.onnx", numpy.full((4, 4), numpy.nan))
    expect(3, ["nan.onnx", "fc", "w"], "prune", nan, "--out", scratch / "out-nan")
    cycle = save([helper.make_node("Add", ["x", "b"], ["a"], name="one"),
                  helper.make_node("Relu", ["a"], ["b"], name="two")], [], scratch / "cycle.onnx",
                 outputs=("b",))
    expect(3, ["cycle"], "inspect", cycle)
    missing = save([helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")], [],
                   scratch / "missing.onnx")
    expect(3, ["fc", "'w'"], "inspect", missing)


def wrong_options(scratch, good):
    expect(2, ["--target"], "prune", good, "--target", "2")
    expect(2, ["magnitude"], "prune", good, "--criterion", "guess")
    expect(2, ["--data"], "prune", good, "--method", "gradual")
    expect(2, ["life"], "prune", good, "--data", "lief:size=8")
    expect(2, ["nothing"], "prune", good, "--only", "nothing", "--out", scratch / "out-only")
    expect(2, [], "prune")
    expect(2, [], "prunes", good)
    (scratch / "mine").mkdir()
    (scratch / "mine/precious.txt").write_text("not ours")
    expect(2, ["mine"], "prune", good, "--out", scratch / "mine")
    check((scratch / "mine/precious.txt").exists(), "a folder that is not ours stays")
    (scratch / "recipe.yaml").write_text(
        "schema: gcompress-recipe/1\nstages:\n- stage: prune\n  tarjet: 0.1\n")
    expect(3, ["recipe.yaml", "line 4", "target"], "run", scratch / "recipe.yaml")


def unsupported(scratch):
    needs_training()
    nodes = [helper.make_node("Frobnicate", ["x"], ["a"], name="one", domain="org.example"),
             helper.make_node("Grumble", ["a"], ["y"], name="two", domain="org.example")]
    path = save(nodes, [], scratch / "unknown.onnx")
    numpy.savez(scratch / "in.npz", x=numpy.zeros((1, 4), numpy.float32))
    expect(5, ["Frobnicate", "Grumble"], "infer", path, "--inputs", scratch / "in.npz", "--outputs",
           scratch / "out.npz")
    good = linear(scratch / "four.onnx", numpy.ones((4, 4)))
    numpy.savez(scratch / "bad.npz", x=numpy.zeros((1, 5), numpy.float32))
    expect(3, ["x", "5", "4"], "infer", good, "--inputs", scratch / "bad.npz", "--outputs",
           scratch / "out.npz")


def main():
    with Scratch() as scratch:
        good = linear(scratch / "good.onnx", numpy.arange(1, 65).reshape(4, 16))
        wrong_files(scratch, good)
        wrong_options(scratch, good)
        for command in ("prune", "measure", "train", "infer", "inspect", "pack", "unpack", "run",
                        "doctor"):
            check("Example:" in run(command, "--help").stdout, f"{command} --help has an example")
        unsupported(scratch)


main()
