"""Distilling: a student of its own, a pruned network in a recipe, wrong input."""
import random

import numpy
import onnx

from _program import Scratch, check, model_of, needs_training, report, run

CLASSES = ("a", "b", "c", "d")


def write_points(folder):
    """Points whose class is the largest of the first four coordinates."""
    generator = random.Random(1)
    lines = [",".join([f"x{i}" for i in range(12)] + ["label"])]
    for _ in range(900):
        point = [round(generator.gauss(0, 1), 4) for _ in range(12)]
        lines.append(",".join(map(str, point + [CLASSES[point.index(max(point[:4]))]])))
    (folder / "points.csv").write_text("\n".join(lines) + "\n")
    return f"csv:{folder}/points.csv,label=label"


def zeros(model):
    return {tensor.name: onnx.numpy_helper.to_array(tensor) == 0
            for tensor in onnx.load(str(model)).graph.initializer if len(tensor.dims) == 2}


def a_student_of_its_own(scratch, data):
    run("train", "mlp:hidden=48x32", "--data", data, "--epochs", 20, "--learning-rate", 0.01, "--no-latency", "--quiet",
        "--threads", 1, "--out", scratch / "teacher")
    teacher = scratch / "teacher/model.onnx"
    arguments = ["distill", "mlp:hidden=48x32,width=0.25", "--teacher", teacher, "--data", data,
                 "--epochs", 20, "--learning-rate", 0.01, "--loss", "soft-targets,hint:0.1,labels",
                 "--no-latency",
                 "--rivals", "full", "--quiet", "--threads", 1]
    run(*arguments, "--out", scratch / "student")
    result = report(scratch / "student")
    before, after = model_of(result, "before"), model_of(result, "after")
    check(after["sizes"]["parameters"] < before["sizes"]["parameters"] / 4,
          "the teacher is the network before, and the student is smaller")
    check(after["accuracy"]["figure"]["value"] > 0.6, "the student learned")
    model_of(result, "rival", "student without teacher")
    check(any("answered every training sample once" in note for note in result["notes"]),
          "answers were cached")
    check(not list((scratch / "student").rglob("*.cache")), "the cache goes with the checkpoints")
    check(not any("adapter" in tensor.name or "loss" in tensor.name for tensor in
                  onnx.load(str(scratch / "student/model.onnx")).graph.initializer),
          "adapters are thrown away")
    run("verify", scratch / "student")
    run("run", scratch / "student/recipe.yaml", "--out", scratch / "again", "--quiet")
    check((scratch / "again/model.onnx").read_bytes()
          == (scratch / "student/model.onnx").read_bytes(), "the recipe repeats the same bits")
    return teacher


def a_pruned_network_in_a_recipe(scratch, data, teacher):
    recipe = scratch / "recipe.yaml"
    recipe.write_text(f"""schema: gcompress-recipe/1
common: {{model: "{teacher}", data: "{data}", threads: 1, latency: false}}
stages:
  - {{stage: prune, target: 0.2, method: one-shot}}
  - {{stage: distill, epochs: 10, learning-rate: 0.005}}
""")
    run("prune", teacher, "--target", 0.2, "--method", "one-shot", "--data", data, "--no-latency",
        "--quiet", "--threads", 1, "--out", scratch / "pruned")
    run("run", recipe, "--out", scratch / "both", "--quiet")
    pruned, both = zeros(scratch / "pruned/model.onnx"), zeros(scratch / "both/model.onnx")
    check(all((both[name] | ~pruned[name]).all() for name in pruned), "zeros stay zeros")
    result = report(scratch / "both")
    before, after = model_of(result, "before"), model_of(result, "after")
    check(before["sizes"]["parameters_nonzero"] > 4 * after["sizes"]["parameters_nonzero"],
          "the network before is the dense one")
    check(after["accuracy"]["correct"]
          >= model_of(report(scratch / "pruned"), "after")["accuracy"]["correct"],
          "distilling recovered what pruning lost")
    check(any("Distilled from" in note for note in result["notes"]), "the report says so")


def narrower_and_without_labels(scratch, data, teacher):
    run("distill", teacher, "--width", 0.5, "--data", data, "--epochs", 4, "--no-latency", "--quiet",
        "--threads", 1, "--out", scratch / "narrow")
    result = report(scratch / "narrow")
    check(model_of(result, "after")["sizes"]["parameters"]
          < model_of(result, "before")["sizes"]["parameters"] / 3, "whole channels went")
    check(any("Distilled from the network before" in note or "Distilled from model.onnx" in note
              for note in result["notes"]), "the network teaches its narrower self")
    unlabelled = data.replace("label=label", "drop=label")
    run("distill", "mlp:hidden=16x8", "--teacher", teacher, "--data", data, "--task", "unlabelled",
        "--epochs", 4, "--no-latency", "--quiet", "--threads", 1, "--out", scratch / "agrees")
    after = model_of(report(scratch / "agrees"), "after")
    check(after["accuracy"] is None, "without labels there is no accuracy")
    done = run("distill", "mlp:hidden=16x8", "--teacher", teacher, "--data", unlabelled, "--loss",
               "labels,soft-targets", "--quiet", "--out", scratch / "wrong", code=2)
    check("needs labels" in done.stderr, "labels cannot be learned from where there are none")


def without_data(scratch):
    generator = numpy.random.default_rng(1)
    numpy.savez(scratch / "images.npz",
                image=generator.normal(size=(96, 3, 32, 32)).astype(numpy.float32),
                labels=generator.integers(0, 10, size=96))
    small = "resnet-20:width=0.125,depth=0.34"
    run("train", small, "--data", f"npz:{scratch}/images.npz", "--epochs", 1, "--no-latency", "--quiet",
        "--threads", 1, "--out", scratch / "convolutions")
    run("distill", small, "--teacher", scratch / "convolutions/model.onnx", "--generated", 32,
        "--generate-steps", 4, "--epochs", 2, "--batch-size", 16, "--quiet", "--threads", 1,
        "--out", scratch / "free")
    result = report(scratch / "free")
    check(any("No data was given" in note and "weaker" in note for note in result["notes"]),
          "the report says plainly that no data was looked at")
    check(model_of(result, "after")["accuracy"] is None, "no accuracy is claimed")


def wrong_input(scratch, data, teacher):
    out = ["--data", data, "--out", scratch / "wrong", "--quiet", "--epochs", 1]

    def refused(sentence, *arguments, code=2):
        done = run("distill", *arguments, *out, code=code)
        check(sentence in done.stderr and done.stderr.count("\n") == 1,
              f"'{sentence}' is said in one line, not: {done.stderr}")

    refused("distilling needs a teacher", "mlp:hidden=8")
    refused("did you mean 'soft-targets'?", "mlp:hidden=8", "--teacher", teacher, "--loss",
            "soft-target")
    refused("did you mean 'relu2_out'?", "mlp:hidden=8", "--teacher", teacher, "--loss", "hint",
            "--features", "relu1_out=relu2out")
    refused("cannot be opened", "mlp:hidden=8", "--teacher", scratch / "none.onnx", code=3)
    refused("--depth is for built-in networks", teacher, "--teacher", teacher, "--depth", 0.5)
    done = run("distill", "mlp:hidden=8", "--teacher", teacher, "--out", scratch / "wrong", "--quiet",
               code=(2, 5))
    check("--data" in done.stderr, f"data is asked for, not: {done.stderr}")
    check(not (scratch / "wrong").exists(), "nothing was written")


def main():
    needs_training()
    with Scratch() as scratch:
        data = write_points(scratch)
        teacher = a_student_of_its_own(scratch, data)
        a_pruned_network_in_a_recipe(scratch, data, teacher)
        narrower_and_without_labels(scratch, data, teacher)
        without_data(scratch)
        wrong_input(scratch, data, teacher)


main()
