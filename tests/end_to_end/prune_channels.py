"""Whole channels: the network really gets smaller, at once and while it trains; what cannot be is said."""
import json

import numpy

from _program import Scratch, check, model_of, needs_training, report, run

TRAIN = ("--data", "life:size=8,steps=1,count=2000,density=0.5", "--threads", "1", "--no-latency", "--quiet")
DATA = (*TRAIN, "--rivals", "none")
CHANNELS = ("--pattern", "channel")


def sizes(folder, role="after"):
    return model_of(report(folder), role)["sizes"]


def outputs(network, scratch):
    numpy.savez(scratch / "in.npz", **{
        name: numpy.random.default_rng(0).integers(0, 2, shape).astype(numpy.float32)
        for name, shape in inputs_of(network)})
    run("infer", network, "--inputs", scratch / "in.npz", "--outputs", scratch / "out.npz")
    return dict(numpy.load(scratch / "out.npz"))


def inputs_of(network):
    return [("cells", (4, 1, 8, 8))] if b"cells" in network.read_bytes() else [("input", (4, 1, 8, 8))]


def same(left, right, scratch, sentence):
    a, b = outputs(left, scratch), outputs(right, scratch)
    # Sums of other lengths in float32.
    check(all(numpy.allclose(a[name], b[name], rtol=1e-4, atol=1e-5) for name in a), sentence)


def refused(words, *arguments):
    done = run("prune", *arguments, code=2)
    check(all(word in done.stderr for word in words), f"'{done.stderr.strip()}' names {words}")


def gradually(scratch, network):
    out = scratch / "gradual"
    run("prune", network, *DATA, *CHANNELS, "--target-of", "flops", "--target", "0.5", "--epochs", "2", "--out", out)
    check(sizes(out)["flops"] <= 0.5 * sizes(out, "before")["flops"], "half the FLOPs are left")
    check(sizes(out)["parameters"] < sizes(out, "before")["parameters"], "layers are narrower")
    check(any("channels go" in note for note in report(out)["notes"]), "the notes say what stays")
    run("verify", out)


def at_once(scratch, network):
    options = (network, *CHANNELS, "--target", "0.6", "--no-latency", "--quiet")
    run("prune", *options, "--out", scratch / "small")
    run("prune", *options, "--shrink", "off", "--out", scratch / "masked")
    before = sizes(scratch / "small", "before")["parameters"]
    check(sizes(scratch / "small")["parameters"] <= 0.6 * before, "the target of parameters is met")
    check(sizes(scratch / "masked")["parameters"] == before, "--shrink off leaves the shapes")
    same(scratch / "small/model.onnx", scratch / "masked/model.onnx", scratch, "removed is masked")


def dead_ones(scratch, network):
    options = (network, "--target", "0.05", "--method", "one-shot", "--no-latency", "--quiet")
    run("prune", *options, "--out", scratch / "sparse")
    run("prune", *options, "--shrink", "on", "--out", scratch / "shrunk")
    check(sizes(scratch / "shrunk")["parameters"] < sizes(scratch / "sparse")["parameters"],
          "channels that died are removed")
    check(sizes(scratch / "shrunk")["parameters_nonzero"] <= sizes(scratch / "sparse")["parameters_nonzero"],
          "and nothing is added")
    same(scratch / "sparse/model.onnx", scratch / "shrunk/model.onnx", scratch, "dead channels change nothing")


def misuse(scratch, network):
    out = ("--out", scratch / "never")
    refused(["cannot be reached", "would work"], network, *CHANNELS, "--target", "0.001", *out)
    refused(["no weight is left to prune"], network, *CHANNELS, "--ignore", "*", "--target", "0.5", *out)
    refused(["--allocation", "erk"], network, *CHANNELS, "--allocation", "erk", *out)
    refused(["bytes", "params or flops"], network, *CHANNELS, "--target-of", "bytes", *out)
    refused(["backtracking", "gradual"], network, *DATA, *CHANNELS, "--method", "backtracking", *out)


def inspected(network):
    groups = json.loads(run("inspect", network, "--json").stdout)["channel_groups"]
    check(any(g["removable"] for g in groups), "inspect lists channels that can go")
    check(all(g["removable"] or g["why_not"] for g in groups), "and why others stay")
    check("can be removed (--pattern channel)" in run("inspect", network).stdout, "in words as well")


def main():
    needs_training()
    with Scratch() as scratch:
        network = scratch / "trained/model.onnx"
        run("train", "life:n=1,m=7", *TRAIN, "--epochs", "1", "--out", scratch / "trained")
        inspected(network)
        gradually(scratch, network)
        at_once(scratch, network)
        dead_ones(scratch, network)
        misuse(scratch, network)


main()
