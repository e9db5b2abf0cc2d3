"""Real networks out of PyPI packages: infer agrees with ONNX Runtime, by libtorch and by the engine, which refuses those
with loops, branches and recurrent layers; one-shot pruning to 0.1 gives networks that the onnx checker and ONNX
Runtime take, and the counts are right."""
import json
import pathlib
import sys

import numpy
import onnx

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import Scratch, check, model_of, report, run  # noqa: E402
from _real_networks import feeds_of, models, session_of  # noqa: E402

FAILURES = []
TOLERANCE = 1e-4  # of the largest output: float32 sums in another order differ by about 1e-6 a layer

# Those that the engine does not run by now.
REFUSED_BY_ENGINE = "silero"


def check_infer(path, scratch, executor):
    """The largest difference to ONNX Runtime as a share of the largest output, or what is missing."""
    session = session_of(path)
    feeds = feeds_of(path, session)
    numpy.savez(scratch / "in.npz", **feeds)
    done = run("infer", path, "--inputs", scratch / "in.npz", "--outputs", scratch / "out.npz",
               "--executor", executor, code=(0, 5))
    if done.returncode == 5:
        if executor == "engine" and REFUSED_BY_ENGINE not in path.name:
            FAILURES.append(f"{path.name}: the engine refuses it: {done.stderr.strip()}")
        return "missing: " + done.stderr.strip()
    ours = numpy.load(scratch / "out.npz")
    worst = 0.0
    for value, theirs in zip(session.get_outputs(), session.run(None, feeds)):
        scale = max(float(numpy.abs(theirs).max()), 1e-30)
        worst = max(worst, float(numpy.abs(ours[value.name] - theirs).max()) / scale)
    if worst > TOLERANCE:
        FAILURES.append(f"{path.name}: {executor} differs from ONNX Runtime by {worst}, not {TOLERANCE}")
    return f"{worst:.1e}"


def check_pruned(path, scratch):
    out = scratch / "pruned"
    run("prune", path, "--target", 0.1, "--out", out, "--quiet")
    inspected = json.loads(run("inspect", path, "--json").stdout)
    sizes = model_of(report(out), "after")["sizes"]
    counted = sizes["parameters"] - sizes["parameters_outside_target"]
    kept = sum(layer["kept"] for layer in report(out)["layers"] if not layer["outside_target"])
    check(inspected["parameters"] == sizes["parameters"], f"{path.name}: the shape is kept")
    check(inspected["parameters_fixed"] == sizes["parameters_outside_target"],
          f"{path.name}: filter banks are left out")
    check(kept <= counted * 0.1, f"{path.name}: {kept} of {counted} kept is at most a tenth")
    onnx.checker.check_model(str(out / "model.onnx"))
    session_of(out / "model.onnx").run(None, feeds_of(path, session_of(path)))
    return f"{kept} of {counted} kept, {sizes['parameters_outside_target']} fixed"


def main():
    rows = []
    for path in models():
        with Scratch() as scratch:
            rows.append((path.name, *(check_infer(path, scratch, executor) for executor in ("torch", "engine")),
                         check_pruned(path, scratch)))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    check(not FAILURES, "; ".join(FAILURES))


main()
