"""quantize: a network, its report, and what is refused with a reason."""
import json
import pathlib
import struct
import zipfile

from _program import Scratch, check, model_of, needs_training, report, run

LIFE = "life:size=8,steps=1,count=2000,density=0.5"
QUICK = ("--threads", "1", "--no-latency", "--quiet", "--rivals", "none")


def refused(words, *arguments, code=2):
    done = run("quantize", *arguments, *QUICK, code=code)
    check(all(word in done.stderr for word in words), f"'{done.stderr.strip()}' names {words}")
    check(len(done.stderr.strip().splitlines()) == 1, f"one line, not '{done.stderr}'")


def notes_of(folder):
    return " ".join(report(folder)["notes"])


def judged(scratch, network):
    out = scratch / "judged"
    run("quantize", network, "--data", LIFE, *QUICK, "--out", out)
    before, after = (model_of(report(out), role) for role in ("before", "after"))
    check(abs(before["accuracy"]["figure"]["value"] - after["accuracy"]["figure"]["value"]) < 0.05,
          f"the boards stay right: {before['accuracy']} {after['accuracy']}")
    check("100.0% of the multiply-adds" in notes_of(out), "all products are on integers")
    check("Ranges by" in notes_of(out), "the calibrator is named")
    again = scratch / "again"
    run("run", out / "recipe.yaml", "--out", again, "--quiet")
    check((again / "model.onnx").read_bytes() == (out / "model.onnx").read_bytes(),
          "the recipe gives the same network")


def calibrated_alone(scratch, network):
    for calibrator in ("min-max", "percentile", "entropy", "mse"):
        out = scratch / calibrator
        run("quantize", network, "--calibrate", LIFE, "--calibrator", calibrator, *QUICK, "--out", out)
        check(f"Ranges by {calibrator}" in notes_of(out), "what was asked for was done")
    out = scratch / "tensorrt"
    run("quantize", network, "--calibrate", LIFE, "--target-runtime", "tensorrt", *QUICK, "--out", out)
    check("signed activations" in notes_of(out), "another runtime gets other integers")


def helped(scratch, network):
    """Each way of losing less, asked for or left out, says what it came to."""
    ways = {"--equalize": "Equalizing", "--bias-correction": "Bias correction", "--learned-rounding": "Learned rounding"}
    on, off = scratch / "on", scratch / "off"
    run("quantize", network, "--data", LIFE, *QUICK, "--out", on, *(x for way in ways for x in (way, "on")))
    run("quantize", network, "--data", LIFE, *QUICK, "--out", off, *(x for way in ways for x in (way, "off")))
    for sentence in ways.values():
        check(sentence in notes_of(on) and "same answers" in notes_of(on), f"{sentence} is judged")
        check(sentence not in notes_of(off), f"{sentence} was left out")
    out = scratch / "strict"
    run("quantize", network, "--data", LIFE, *QUICK, "--calibrator", "min-max", "--max-drop", "0", "--out", out,
        code=(0, 4))
    strict = notes_of(out)
    check("same answers" in strict, "what a strict goal came to is said")


def kept_float(scratch, network):
    out = scratch / "kept"
    listed = run("inspect", network, "--json")
    first = json.loads(listed.stdout)["layers"][0]["name"]
    run("quantize", network, "--data", LIFE, "--keep-float", first, *QUICK, "--out", out)
    check(f"Float stay {first}" in notes_of(out), f"{first} is named: {notes_of(out)}")
    refused(["no layer 'nowhere'"], network, "--data", LIFE, "--keep-float", "nowhere", "--out",
            scratch / "nowhere")


def trained(scratch, network):
    """Training with the rounding in place says what it came to, and zeros stay zeros."""
    pruned, out = scratch / "pruned", scratch / "aware"
    run("prune", network, "--method", "one-shot", "--target", 0.6, *QUICK, "--out", pruned)
    run("quantize", pruned / "model.onnx", "--data", LIFE, "--epochs", 2, *QUICK, "--out", out)
    check("Training with the rounding in place" in notes_of(out), f"it is judged: {notes_of(out)}")
    sizes = [model_of(report(out), role)["sizes"]["parameters_nonzero"] for role in ("before", "after")]
    check(sizes[1] <= sizes[0], f"no weight comes back: {sizes}")
    refused(["--data"], network, "--calibrate", LIFE, "--epochs", 1, "--out", scratch / "no-data")


def misuse(scratch, network):
    out = ("--out", scratch / "misuse")
    refused(["calibrate with", "--calibrate DATA"], network, *out)
    refused(["--calibrator", "min-max"], network, "--data", LIFE, "--calibrator", "median", *out)
    refused(["already quantized", "float network"], scratch / "judged/model.onnx", "--data", LIFE, *out,
            code=3)
    refused(["shape"], network, "--calibrate", wrong_shape(scratch), *out)
    refused(["NaN"], network, "--calibrate", not_numbers(scratch), *out, code=3)


def wrong_shape(scratch):
    path = scratch / "wrong.csv"
    path.write_text("a,b\n" + "1,2\n" * 40)
    return f"csv:{path}"


def not_numbers(scratch):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 1, 8, 8), }"
    header = header + " " * (117 - len(header)) + "\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    array += struct.pack("<f", float("nan")) * (40 * 64)
    path = scratch / "nan.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cells.npy", array)
    return f"npz:{path}"


def main():
    needs_training()
    with Scratch() as scratch:
        network = pathlib.Path(scratch) / "trained/model.onnx"
        run("train", "life:n=1,m=7", "--data", LIFE, "--threads", "1", "--no-latency", "--quiet", "--epochs", "4",
            "--learning-rate", "3e-3", "--batch-size", "64", "--out", scratch / "trained")
        judged(scratch, network)
        calibrated_alone(scratch, network)
        helped(scratch, network)
        kept_float(scratch, network)
        trained(scratch, network)
        misuse(scratch, network)


main()
