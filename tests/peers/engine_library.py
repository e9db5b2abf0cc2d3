"""libgcompress_engine as somebody else uses it: small, showing its functions alone, without libtorch,
protobuf or a JSON library; and the C example, compiled as C99 and run on a packed network, answers as
`gcompress infer` and ONNX Runtime do."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import Scratch, check, run, skip  # noqa: E402

BUILD = pathlib.Path(os.environ["GCOMPRESS_BUILD"])
SOURCE = pathlib.Path(os.environ["GCOMPRESS_SOURCE"])
LIBRARY = BUILD / "lib" / "libgcompress_engine.so"
HEADERS = SOURCE / "core" / "engine" / "c_interface"
MOST_BYTES = 2 * 1000 * 1000  # stripped, without oneDNN
# What the engine may need of others. oneDNN only where the build found it.
ALLOWED = re.compile(r"lib(zstd|xxhash|hwy|stdc\+\+|m|gcc_s|c)\.so|ld-linux")
TOLERANCE = 1e-5  # of the largest output: float32 sums in another order


def output_of(*command, **options):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, **options).stdout


def check_library(scratch):
    symbols = output_of("nm", "--dynamic", "--defined-only", "--format=posix", LIBRARY, text=True)
    names = [line.split()[0].split("@")[0] for line in symbols.splitlines()]
    header = (HEADERS / "gcompress_engine.h").read_text()
    declared = set(re.findall(r"\b(gcompress_engine_\w+)\(", header))
    check(set(names) == declared, f"it shows what its header declares: {sorted(set(names) ^ declared)}")
    dynamic = output_of("readelf", "--dynamic", "--wide", LIBRARY, text=True)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    check(needed, "readelf lists what the library needs")
    for name in needed:
        check(ALLOWED.match(name), f"the engine does not need {name}")
    stripped = scratch / "stripped.so"
    output_of("strip", "-o", stripped, LIBRARY)
    content = stripped.read_bytes()
    check(len(content) < MOST_BYTES, f"{len(content)} bytes are under 2 MB")
    for foreign in (b"nlohmann", b"protobuf", b"N2at6Tensor"):
        check(foreign not in content, f"nothing of {foreign.decode()} is inside")
    print(f"library: {len(content)} bytes stripped, needs {', '.join(needed)}")


def compile_example(scratch):
    compiler = shutil.which("cc") or skip("there is no C compiler")
    program = scratch / "run_network"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wc++-compat", "-Werror"]
    output_of(compiler, *flags, f"-I{HEADERS}", SOURCE / "examples" / "engine" / "run_network.c",
              f"-L{LIBRARY.parent}", "-lgcompress_engine", f"-Wl,-rpath,{LIBRARY.parent}", "-o", program)
    return program


def perceptron(file):
    """784 - 300 - 10 with a tenth of the weights."""
    random = numpy.random.default_rng(0)

    def weight(name, *shape):
        values = random.standard_normal(shape).astype(numpy.float32)
        if len(shape) == 2:
            values *= random.random(shape) < 0.1
        return numpy_helper.from_array(values, name)

    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], transB=1), helper.make_node("Relu", ["h"], ["r"]),
         helper.make_node("Gemm", ["r", "w2", "b2"], ["y"], transB=1)],
        "perceptron",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 784])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 10])],
        [weight("w1", 300, 784), weight("b1", 300), weight("w2", 10, 300), weight("b2", 10)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)


def check_example(program, scratch):
    model, packed = scratch / "model.onnx", scratch / "model.gcz"
    perceptron(model)
    run("pack", model, "--out", packed)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    for batch in (1, 7):
        samples = numpy.random.default_rng(batch).standard_normal((batch, 784)).astype(numpy.float32)
        bytes_out = output_of(program, packed, batch, input=samples.tobytes())
        ours = numpy.frombuffer(bytes_out, numpy.float32).reshape(batch, 10)
        numpy.savez(scratch / "in.npz", x=samples)
        run("infer", packed, "--inputs", scratch / "in.npz", "--outputs", scratch / "out.npz",
            "--executor", "engine", "--threads", 1)
        check((ours == numpy.load(scratch / "out.npz")["y"]).all(), "the example and infer agree bit by bit")
        theirs = session.run(None, {"x": samples})[0]
        worst = numpy.abs(ours - theirs).max() / numpy.abs(theirs).max()
        print(f"batch {batch}: {worst:.1e} from ONNX Runtime")
        check(worst <= TOLERANCE, f"within {TOLERANCE} of ONNX Runtime: {worst}")

    damaged = scratch / "damaged.gcz"
    damaged.write_bytes(packed.read_bytes()[:-1])
    done = subprocess.run([program, damaged, "1"], input=b"", capture_output=True)
    check(done.returncode == 1 and b"damaged.gcz" in done.stderr, f"a damaged file is named: {done.stderr}")


if not LIBRARY.exists():
    skip("the engine's library is not built")
with Scratch() as folder:
    check_library(folder)
    check_example(compile_example(folder), folder)
