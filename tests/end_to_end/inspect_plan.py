"""`inspect --plan` shows the engine's steps with what they take, and `prune --target-of latency` counts what the
engine is expected to take. Nothing depends on how long anything takes."""
import json
import re

import numpy

from _program import Scratch, check, model_of, report, run


def plan_of(network, *options):
    return json.loads(run("inspect", network, "--plan", "--json", *options).stdout)


def check_plan(scratch):
    run("prune", "lenet-300-100", "--target", 0.1, "--out", scratch / "lenet", "--no-latency", "--quiet")
    network = scratch / "lenet" / "model.onnx"
    plan = plan_of(network, "--measure", "0.01")
    layers = [step for step in plan["steps"] if step["operator"] == "Gemm"]
    check(len(layers) == 3, "every layer is a step")
    check(not any(step["operator"] == "Relu" for step in plan["steps"]), "activations are computed within layers")
    check(plan["runs"] >= 3 and plan["arena_bytes"] > 0, "it ran, in some memory")
    for step in layers:
        check(step["kernel"] and 0 < step["density"] < 1 and step["flops_nonzero"] > 0, f"a layer's facts: {step}")
        check(step["measured"]["provenance"] == "measured" and step["measured"]["value"] > 0, "times are measured")
        check(step["predicted"]["provenance"] == "estimated" and step["predicted"]["value"] > 0, "or estimated")

    still = plan_of(network, "--measure", "0")
    check(still["runs"] == 0 and all(step["measured"]["value"] is None for step in still["steps"]),
          "nothing is run where that is not wanted")
    larger = plan_of(network, "--measure", "0", "--batch", "64")
    total = {name: sum(step["predicted"]["value"] or 0 for step in each["steps"])
             for name, each in (("one", still), ("many", larger))}
    check(larger["batch"] == 64 and total["many"] > 1.2 * total["one"], "64 samples are expected to take longer")
    text = run("inspect", network, "--plan", "--measure", "0.01").stdout
    check(all(word in text for word in ("fc1", "Gemm", "predicted us", "measured us", "share")), text)
    run("inspect", network, "--plan", "--batch", "0", code=2)
    return sum(step["predicted"]["value"] or 0 for step in still["steps"])


def check_integers(scratch):
    """A quantized network: its layers' kernels on integers, with times."""
    run("prune", "lenet-300-100", "--target", 0.1, "--out", scratch / "float", "--no-latency", "--quiet")
    samples = numpy.random.default_rng(0).random((32, 1, 28, 28), numpy.float32)
    numpy.savez(scratch / "samples.npz", image=samples)
    run("quantize", scratch / "float" / "model.onnx", "--calibrate", f"npz:{scratch / 'samples.npz'}",
        "--calibrator", "min-max", "--smooth", "off", "--mixed-precision", "off", "--out", scratch / "int8",
        "--no-latency", "--rivals", "none", "--quiet")
    for batch in (1, 64):
        plan = plan_of(scratch / "int8" / "model.onnx", "--measure", "0.01", "--batch", batch)
        layers = [step for step in plan["steps"] if step["operator"] in ("Gemm", "MatMul")]
        check(len(layers) == 3, f"every layer is a step: {plan['steps']}")
        for step in layers:
            check(step["kernel"] and 0 < step["density"] < 1 and step["flops_nonzero"] > 0, f"its facts: {step}")
            check(step["measured"]["value"] > 0 and step["predicted"]["value"] is None, "times are measured only")


def check_target(scratch, sparse):
    """A third of the predicted time of the dense network; in what is written, it is no more."""
    dense = run("prune", "lenet-300-100", "--target", 0.3, "--target-of", "latency", "--out", scratch / "latency",
                "--no-latency")
    note = re.search(r"Kept (\d+) of (\d+) predicted ns; the target allows (\d+)", dense.stdout + dense.stderr)
    check(note, f"the target is counted in predicted time: {dense.stdout}{dense.stderr}")
    kept, everything, allowed = map(int, note.groups())
    check(kept <= allowed <= 0.3 * everything, f"{kept} of {everything} is at most 0.3 of it")
    predicted = sum(step["predicted"]["value"] or 0
                    for step in plan_of(scratch / "latency" / "model.onnx", "--measure", "0")["steps"])
    check(abs(predicted - kept) <= 0.01 * kept, f"inspect expects as much as prune did: {predicted}, {kept}")
    check(sparse < predicted, "a tenth of the weights is expected to take less than 0.3 of the time")
    sizes = model_of(report(scratch / "latency"), "after")["sizes"]
    check(sizes["parameters_nonzero"] < 0.5 * sizes["parameters"], "weights went")
    run("prune", "lenet-300-100", "--target", 0.001, "--target-of", "latency", "--out", scratch / "x", code=2)


with Scratch() as folder:
    check_target(folder, check_plan(folder))
    check_integers(folder)
print("ok")
