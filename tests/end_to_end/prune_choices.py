"""What prune keeps: every criterion, allocation, pattern and target goes together, or is refused with a reason."""
import json

from _program import Scratch, check, model_of, needs_training, report, run

TRAIN = ("--data", "life:size=8,steps=1,count=2000,density=0.5", "--threads", "1", "--no-latency", "--quiet")
DATA = (*TRAIN, "--rivals", "none")
CRITERIA = ("magnitude", "raw-magnitude", "folded-magnitude", "snip", "taylor", "fisher", "random")
ALLOCATIONS = ("global", "uniform", "erk", "lamp", "cost", "sensitivity")
PATTERNS = ("unstructured", "1x2", "2x1", "1:2", "2:1:2")


def kept(folder):
    sizes = model_of(report(folder), "after")["sizes"]
    return sizes["parameters_nonzero"], sizes["flops_nonzero"]


def refused(words, *arguments, code=2):
    done = run("prune", *arguments, code=code)
    check(all(word in done.stderr for word in words), f"'{done.stderr.strip()}' names {words}")


def main():
    needs_training()
    with Scratch() as scratch:
        network = scratch / "trained/model.onnx"
        run("train", "life:n=1,m=7", *TRAIN, "--epochs", "4", "--learning-rate", "3e-3", "--batch-size", "64", "--out",
            scratch / "trained")
        combinations(scratch, network)
        targets(scratch, network)
        sensitivities(scratch, network)
        backtracking(scratch, network)
        misuse(scratch, network)


def combinations(scratch, network):
    """Each criterion, allocation and pattern at least once, in one shot and on the schedule."""
    rows = max(len(CRITERIA), len(ALLOCATIONS), len(PATTERNS))
    for i in range(rows):
        choices = ("--criterion", CRITERIA[i % len(CRITERIA)], "--allocation", ALLOCATIONS[i % len(ALLOCATIONS)],
                   "--pattern", PATTERNS[i % len(PATTERNS)])
        out = scratch / f"shot-{i}"
        run("prune", network, *DATA, *choices, "--target", "0.5", "--method", "one-shot", "--out", out)
        check(0 < kept(out)[0] <= 126, f"{choices} keeps at most half, not {kept(out)}")
    for criterion in ("snip", "curvature", "movement"):
        out = scratch / f"gradual-{criterion}"
        run("prune", network, *DATA, "--criterion", criterion, "--pattern", "1:2", "--target", "0.3", "--epochs", "2",
            "--out", out)
        check(0 < kept(out)[0] <= 75, f"{criterion} keeps at most 0.3 on the schedule")


def targets(scratch, network):
    for what in ("flops", "bytes"):
        run("prune", network, "--target-of", what, "--target", "0.5", "--allocation", "cost", "--no-latency", "--quiet",
            "--out", scratch / what)
    dense = model_of(report(scratch / "flops"), "before")["sizes"]["flops"]
    check(kept(scratch / "flops")[1] <= 0.5 * dense, "a target of FLOPs counts FLOPs")
    costs = {"schema": "gcompress-cost/1", "unit": "ns", "rest": 0, "layers": [
        {"tensor": layer["tensor"], "fixed": 0, "per_weight": 2 if layer["role"] == "kernel" else 0}
        for layer in report(scratch / "flops")["layers"]]}
    (scratch / "costs.json").write_text(json.dumps(costs))
    run("prune", network, "--target-of", "latency", "--cost-model", scratch / "costs.json", "--target", "0.25",
        "--no-latency", "--quiet", "--out", scratch / "latency")
    kernels = sum(layer["kept"] for layer in report(scratch / "latency")["layers"] if layer["role"] == "kernel")
    check(kernels <= 231 // 4, f"a target of latency adds up the lines of its file: {kernels}")


def sensitivities(scratch, network):
    study = scratch / "study.json"
    choices = ("prune", network, *DATA, "--allocation", "sensitivity", "--sensitivity", study, "--method", "one-shot")
    run(*choices, "--target", "0.5", "--out", scratch / "first")
    before = study.read_bytes()
    run(*choices, "--target", "0.3", "--out", scratch / "second")
    check(study.read_bytes() == before, "a study is measured once")
    curves = [layer["sensitivity"] for layer in report(scratch / "second")["layers"] if "sensitivity" in layer]
    check(len(curves) == 3, "the report holds the curves")
    refused(["something else", "measure anew"], *choices[1:], "--criterion", "raw-magnitude", "--out", scratch / "x", code=3)
    study.write_text("{")
    refused(["not JSON", "study.json"], *choices[1:], "--out", scratch / "x", code=3)


def backtracking(scratch, network):
    choices = ("prune", network, *DATA, "--method", "backtracking", "--criterion", "fisher", "--target", "0.6",
               "--epochs", "1", "--trials", "4", "--tolerance", "1", "--learning-rate", "3e-3", "--batch-size", "64")
    for name in ("once", "again"):
        run(*choices, "--out", scratch / name)
    check(kept(scratch / "once")[0] <= 151, "backtracking reaches the target, recovered or not")
    check((scratch / "once/model.onnx").read_bytes() == (scratch / "again/model.onnx").read_bytes(),
          "the same seed gives the same bits")


def misuse(scratch, network):
    out = ("--out", scratch / "x", "--quiet")
    refused(["snip", "--data"], network, "--criterion", "snip", *out)
    refused(["sensitivity", "--data"], network, "--allocation", "sensitivity", *out)
    refused(["backtracking", "--data"], network, "--method", "backtracking", *out)
    refused(["movement", "trains"], network, *DATA, "--criterion", "movement", "--method", "one-shot", "--out", scratch / "x")
    refused(["3:2", "2:4"], network, "--pattern", "3:2", *out)
    refused(["--cost-model"], network, "--target-of", "flops", "--cost-model", scratch / "costs.json", *out)
    refused(["fits the pattern", "1x512"], network, "--pattern", "1x512", *out)
    refused(["would work"], network, "--pattern", "1x4", "--target", "0.02", *out)
    (scratch / "bad.json").write_text('{"schema": "gcompress-cost/1", "unit": "ns", "rest": 0, "layers": [{"tensor": "q", '
                                      '"fixed": 0, "per_weight": 1}]}')
    refused(["no such weight", "bad.json"], network, "--target-of", "latency", "--cost-model", scratch / "bad.json", *out, code=3)


if __name__ == "__main__":
    main()
