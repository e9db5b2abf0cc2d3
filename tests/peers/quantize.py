"""What quantize says runs on integers is what ONNX Runtime runs on integers, on real networks, too."""
import os
import pathlib
import re
import sys

import numpy
import onnx
from _integer_share import LEAST_SHARE, integer_share, library, session_of

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import Scratch, check, report, run, skip  # noqa: E402


def said_share(out):
    notes = " ".join(report(out)["notes"])
    return float(re.search(r"([0-9.]+)% of the multiply-adds, run on integers", notes).group(1)) / 100


def quantized(network, arrays, scratch, *options):
    """Quantizes with these samples; the share on integers, and how many answers stayed."""
    numpy.savez(scratch / "samples.npz", **arrays)
    out = scratch / "int8"
    run("quantize", network, "--data", f"npz:{scratch / 'samples.npz'}", "--executor", f"onnxruntime:{library()}",
        "--threads", 1, "--quiet", "--no-latency", "--rivals", "none", "--fresh", "--out", out, *options)
    onnx.checker.check_model(str(out / "model.onnx"), full_check=True)
    outputs = [session_of(path).run(None, arrays)[0] for path in (network, out / "model.onnx")]
    flat = [output.reshape(len(output), -1).argmax(axis=1) for output in outputs]
    return out, float(numpy.mean(flat[0] == flat[1]))


def resnet(shared, scratch):
    network = shared / "models" / "resnet20-cifar10.onnx"
    if not network.exists():
        return
    samples = numpy.random.default_rng(0).standard_normal((240, 3, 32, 32)).astype(numpy.float32)
    out, same = quantized(network, {"image": samples}, scratch)
    share = integer_share(out / "model.onnx", scratch)
    print(f"ResNet-20: {share:.4f} on integers, {said_share(out):.4f} said, {same:.3f} same answers")
    check(share >= LEAST_SHARE, f"{share} of the multiply-adds are on integers")
    check(abs(share - said_share(out)) < 0.01, f"the report says {said_share(out)}, it is {share}")
    check(same > 0.9, f"answers stay: {same}")


def file_types(scratch):
    found = sorted(pathlib.Path(os.environ.get("GCOMPRESS_TEST_MODELS", "absent")).glob(
        "magika-*/**/standard_v3_3/model.onnx"))
    if not found:
        return
    # Text of this folder, cut in pieces: bytes, with 256 for none.
    text = b"".join(path.read_bytes() for path in sorted(pathlib.Path(__file__).parent.glob("*.py")))
    rows = []
    for begin in range(0, 120 * 97, 97):
        row = numpy.full(2048, 256, numpy.int32)
        piece = list(text[begin:begin + 700 + begin % 300])
        row[:len(piece)] = piece
        row[2048 - len(piece):] = piece
        rows.append(row)
    out, same = quantized(found[0], {"bytes": numpy.stack(rows)}, scratch, "--mixed-precision", "off")
    print(f"magika: {said_share(out):.4f} on integers, {same:.3f} same answers")
    check(said_share(out) >= LEAST_SHARE, "its products are on integers")
    check(same >= 0.9, f"answers stay: {same}")


def main():
    shared = pathlib.Path(os.environ.get("GCOMPRESS_TEST_DATA", "absent"))
    if not shared.is_dir():
        skip("GCOMPRESS_TEST_DATA names no folder of data sets and models")
    with Scratch() as scratch:
        resnet(shared, scratch)
        file_types(scratch)


main()
