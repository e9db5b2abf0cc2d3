"""The main job on generated data: train, prune to a tenth, measure; judged by ONNX Runtime."""
import itertools
import pathlib

import numpy
import onnx
import onnxruntime

from _program import Scratch, check, model_of, needs_training, report, run


def all_neighbourhoods():
    """The 512 boards of 3 x 3 cells, and whether the middle cell lives on."""
    boards = numpy.array(list(itertools.product((0, 1), repeat=9)), numpy.float32)
    around = boards.sum(axis=1) - boards[:, 4]
    alive = (around == 3) | ((around == 2) & (boards[:, 4] == 1))
    return boards.reshape(512, 1, 3, 3), alive


def neighbourhoods_right(model):
    boards, alive = all_neighbourhoods()
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    logits = session.run(None, {session.get_inputs()[0].name: boards})[0]
    return int(((logits[:, 0, 1, 1] > 0) == alive).sum())


def nonzero_parameters(model):
    return sum(int(numpy.count_nonzero(onnx.numpy_helper.to_array(tensor)))
               for tensor in onnx.load(str(model)).graph.initializer
               if tensor.data_type == onnx.TensorProto.FLOAT)


def main():
    needs_training()
    with Scratch() as scratch:
        out = scratch / "out"
        run("demo", "--out", out, "--seed", 1, "--quiet")
        result = report(out)
        before, after = model_of(result, "before"), model_of(result, "after")
        check(result["schema"] == "gcompress-report/1", "the report names its schema")
        check(before["sizes"]["parameters"] == 253, "the dense network has 253 parameters")
        check(after["sizes"]["parameters_nonzero"] <= 25, "at most 25 parameters are not zero")
        onnx.checker.check_model(onnx.load(str(out / "model.onnx")), full_check=True)
        check(nonzero_parameters(out / "model.onnx") == after["sizes"]["parameters_nonzero"],
              "the file holds as many nonzero parameters as the report says")
        check(neighbourhoods_right(out / "model.onnx") == after["neighbourhoods_right"] == 512,
              "ONNX Runtime agrees that the pruned network plays perfectly")
        run("unpack", out / "model.gcz", "--out", scratch / "unpacked.onnx")
        check((scratch / "unpacked.onnx").read_bytes() == (out / "model.onnx").read_bytes(),
              "unpacking gives the same file")
        run("run", out / "recipe.yaml", "--out", scratch / "again", "--quiet")
        check((scratch / "again/model.onnx").read_bytes() == (out / "model.onnx").read_bytes(),
              "the recipe repeats the same bits")
        check(not pathlib.Path(f"{out}.partial").exists(), "nothing half-written is left")


main()
