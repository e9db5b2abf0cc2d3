"""Removing channels: ONNX Runtime computes the same with a network whose channels are removed as with
one where they are only masked. On a small network for each kind of operator, and on real ones, of
which about a third of the channels go; the onnx checker and its shape inference take the results."""
import json
import os
import pathlib
import re
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import Scratch, check, run  # noqa: E402
from _real_networks import feeds_of, models, session_of  # noqa: E402

# Of the largest output: float32 sums of other lengths differ by about 1e-7 a layer; text detection
# amplifies them by its sharp threshold.
TOLERANCE = 2e-5
GONE = 0.3  # of the parameters that removable channels hold, about


class Net:
    """Builds a network with random weights."""

    def __init__(self, shape, opset=17, seed=0):
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.weights = [], []
        self.shape, self.opset = shape, opset

    def weight(self, *shape, spread=0.5, mean=0.0):
        name = f"w{len(self.weights)}"
        values = mean + spread * self.random.standard_normal(shape)
        self.weights.append(numpy_helper.from_array(values.astype(numpy.float32), name))
        return name

    def ints(self, *values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.array(values, numpy.int64), name))
        return name

    def floats(self, *values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.array(values, numpy.float32), name))
        return name

    def index(self, value):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.array(value, numpy.int64), name))
        return name

    def scalar(self, value):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.array(value, numpy.float32), name))
        return name

    def node(self, op, *inputs, outputs=1, **attributes):
        names = [f"{op.lower()}{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=names[0], **attributes))
        return names[0] if outputs == 1 else names

    def conv(self, x, out, inputs, kernel=3, group=1, bias=True, **attributes):
        w = [self.weight(out, inputs // group, kernel, kernel)]
        if bias:
            w.append(self.weight(out))
        return self.node("Conv", x, *w, group=group, pads=[kernel // 2] * 4, **attributes)

    def norm(self, x, channels):
        return self.node("BatchNormalization", x, self.weight(channels, mean=1), self.weight(channels),
                         self.weight(channels), self.weight(channels, spread=0.1, mean=1))

    def linear(self, x, out, inputs):
        y = self.node("MatMul", x, self.weight(inputs, out, spread=inputs ** -0.5))
        return self.node("Add", y, self.weight(out))

    def save(self, y, path):
        graph = helper.make_graph(
            self.nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info(y, TensorProto.FLOAT, None)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)],
                                  ir_version=9)
        onnx.save(onnx.shape_inference.infer_shapes(model), path)


def residual(n):
    x = n.node("Relu", n.norm(n.conv("x", 8, 3, bias=False), 8))
    y = n.norm(n.conv(n.node("Relu", n.norm(n.conv(x, 6, 8), 6)), 8, 6), 8)
    x = n.node("Relu", n.node("Add", x, y))
    return n.linear(n.node("Flatten", n.node("GlobalAveragePool", x)), 5, 8)


def padded_shortcut(n):
    x = n.node("Relu", n.conv("x", 6, 3))
    y = n.conv(x, 10, 6, strides=[2, 2])
    s = n.node("Slice", x, n.ints(0, 0), n.ints(99, 99), n.ints(2, 3), n.ints(2, 2))
    s = n.node("Pad", s, n.ints(0, 2, 0, 0, 0, 2, 0, 0))
    return n.conv(n.node("Relu", n.node("Add", y, s)), 4, 10, 1)


def depthwise(n):
    x = n.node("Clip", n.norm(n.conv("x", 8, 3), 8), n.scalar(0.0), n.scalar(6.0))
    x = n.node("Relu", n.norm(n.conv(x, 8, 8, group=8), 8))
    x = n.node("HardSwish", n.conv(n.conv(x, 16, 8, group=8), 12, 16, 1))
    return n.conv(x, 4, 12, 1)


def grouped(n):
    x = n.node("Sigmoid", n.conv("x", 12, 3))
    x = n.node("Relu", n.conv(x, 8, 12, group=4))
    return n.conv(n.conv(x, 6, 8, 1), 4, 6, 1)


def squeeze_excite(n):
    x = n.node("Relu", n.conv("x", 10, 3))
    s = n.node("Relu", n.conv(n.node("GlobalAveragePool", x), 4, 10, 1))
    x = n.node("Mul", x, n.node("HardSigmoid", n.conv(s, 10, 4, 1)))
    return n.conv(x, 4, 10, 1)


def concat_split(n):
    a, b = n.conv("x", 6, 3), n.conv("x", 4, 3, 1)
    x = n.node("Concat", a, b, axis=1)
    x = n.node("Relu", n.norm(x, 10))
    p, q, r = n.node("Split", x, n.ints(3, 5, 2), axis=1, outputs=3)
    p, q = n.conv(p, 4, 3, 1), n.conv(q, 4, 5, 1)
    return n.node("Concat", n.node("Mul", p, q), n.conv(r, 4, 2, 1), axis=1)


def gated(n):
    x = n.conv("x", 12, 3)
    a, b = n.node("Split", x, axis=1, outputs=2)
    return n.conv(n.node("Mul", a, n.node("Sigmoid", b)), 4, 6, 1)


def dense_block(n):
    x = n.conv("x", 6, 3)
    for channels in (6, 9, 12):
        y = n.conv(n.node("Relu", n.norm(x, channels)), 3, channels)
        x = n.node("Concat", x, y, axis=1)
    return n.conv(x, 4, 15, 1)


def slices(n):
    x = n.conv("x", 10, 3)
    a = n.node("Slice", x, n.ints(0), n.ints(6), n.ints(1))
    b = n.node("Slice", x, n.ints(-6), n.ints(999), n.ints(1))
    y = n.conv(n.node("Gather", x, n.ints(9, 0, 4, 4), axis=1), 6, 4, 1)
    return n.conv(n.node("Add", n.node("Add", a, b), y), 4, 6, 1)


def flatten(n):
    x = n.node("MaxPool", n.node("PRelu", n.conv("x", 6, 3), n.weight(6, 1, 1)), kernel_shape=[2, 2],
               strides=[2, 2])
    x = n.node("Relu", n.node("Gemm", n.node("Flatten", x), n.weight(20, 6 * 16), n.weight(20),
                              transB=1))
    x = n.node("Reshape", x, n.ints(2, 20))
    return n.linear(n.node("Tanh", n.linear(x, 12, 20)), 4, 12)


def channels_last_flatten(n):
    x = n.node("Transpose", n.node("Relu", n.conv("x", 6, 3)), perm=[0, 2, 3, 1])
    return n.linear(n.node("Reshape", x, n.ints(0, -1)), 4, 6 * 64)


def shuffle(n):
    x = n.node("Relu", n.conv("x", 8, 3))
    a, b = n.node("Split", x, axis=1, outputs=2)
    b = n.conv(n.conv(n.conv(b, 4, 4, 1), 4, 4, group=4), 4, 4, 1)
    x = n.node("Reshape", n.node("Concat", a, b, axis=1), n.ints(-1, 2, 4, 8, 8))
    x = n.node("Reshape", n.node("Transpose", x, perm=[0, 2, 1, 3, 4]), n.ints(-1, 8, 8, 8))
    a, b = n.node("Split", x, axis=1, outputs=2)
    return n.conv(n.node("Concat", a, n.conv(b, 4, 4, 1), axis=1), 4, 8, 1)


def pixel_shuffle(n):
    x = n.node("DepthToSpace", n.conv("x", 24, 3), blocksize=2, mode="CRD")
    y = n.node("DepthToSpace", n.conv("x", 24, 3), blocksize=2)
    x = n.node("SpaceToDepth", n.node("Relu", n.node("Add", x, y)), blocksize=2)
    return n.conv(x, 4, 24, 1)


def upsample(n):
    x = n.node("Relu", n.conv("x", 8, 3, strides=[2, 2]))
    u = n.node("Resize", x, "", "", n.ints(2, 8, 8, 8), mode="nearest")
    v = n.node("Resize", x, "", n.node("Identity", n.floats(1, 1, 2, 2)), mode="linear")
    t = n.node("ConvTranspose", x, n.weight(8, 8, 2, 2), n.weight(8), strides=[2, 2])
    d = n.node("ConvTranspose", x, n.weight(8, 1, 2, 2), strides=[2, 2], group=8)
    x = n.node("Sum", u, v, t, d)
    return n.conv(x, 4, 8, 1)


def group_norm(n):
    x = n.conv("x", 12, 3)
    g = n.node("Reshape", x, n.ints(0, 4, -1))
    g = n.node("InstanceNormalization", g, n.weight(4), n.weight(4))
    g = n.node("Reshape", g, n.node("Shape", x))
    g = n.node("Add", n.node("Mul", g, n.weight(12, 1, 1)), n.weight(12, 1, 1))
    g = n.node("InstanceNormalization", n.conv(g, 6, 12), n.weight(6), n.weight(6))
    return n.conv(g, 4, 6, 1)


def expand(n):
    x = n.node("GlobalAveragePool", n.conv("x", 6, 3))
    x = n.node("Expand", x, n.ints(2, 6, 4, 4))
    s = n.node("ReduceMean", n.conv("x", 6, 3), axes=[2, 3], keepdims=0)
    s = n.node("Unsqueeze", s, n.ints(2, 3))
    return n.conv(n.node("Sub", x, n.node("Div", s, n.scalar(3.0))), 4, 6, 1)


def softmax_elsewhere(n):
    x = n.node("Softmax", n.conv("x", 6, 3), axis=3)
    y = n.node("LayerNormalization", n.conv("x", 6, 3), n.weight(8), n.weight(8), axis=-1)
    return n.conv(n.node("Mul", x, y), 4, 6, 1)


def recurrent(n):
    x = n.node("Reshape", n.node("Relu", n.conv("x", 6, 3)), n.ints(2, 6, 64))
    x = n.node("Transpose", x, perm=[2, 0, 1])
    _, h, _ = n.node("LSTM", x, n.weight(1, 20, 6), n.weight(1, 20, 5), n.weight(1, 40), outputs=3,
                     hidden_size=5)
    return n.linear(n.node("Squeeze", h, n.ints(0)), 4, 5)


def attention(n, fused, sizes="constant"):
    """A block of a transformer of width 12 with 3 heads over 64 places, as exporters write it."""
    x = n.node("Transpose", n.node("Reshape", n.conv("x", 12, 3), n.ints(2, 12, 64)), perm=[0, 2, 1])
    for _ in range(2):
        y = n.node("LayerNormalization", x, n.weight(12, mean=1), n.weight(12), axis=-1)
        if fused:
            y = n.node("Reshape", n.linear(y, 36, 12), n.ints(0, -1, 3, 3, 4))
            y = n.node("Transpose", y, perm=[2, 0, 3, 1, 4])
            q, k, v = (n.node("Gather", y, n.index(i), axis=0) for i in range(3))
        else:
            q, k, v = (n.node("Transpose", n.node("Reshape", n.linear(y, 12, 12), heads_of(n, y, sizes)),
                              perm=[0, 2, 1, 3]) for _ in range(3))
        k = n.node("Transpose", k, perm=[0, 1, 3, 2])
        s = n.node("Softmax", n.node("Div", n.node("MatMul", q, k), n.scalar(2.0)), axis=-1)
        y = n.node("Transpose", n.node("MatMul", s, v), perm=[0, 2, 1, 3])
        x = n.node("Add", x, n.linear(n.node("Reshape", y, merged_of(n, x, sizes)), 12, 12))
        y = n.node("LayerNormalization", x, n.weight(12, mean=1), n.weight(12), axis=-1)
        y = n.linear(y, 24, 12)
        g = n.node("Add", n.node("Erf", n.node("Div", y, n.scalar(2 ** 0.5))), n.scalar(1.0))
        y = n.node("Mul", n.node("Mul", y, g), n.scalar(0.5))
        x = n.node("Add", x, n.linear(y, 12, 24))
    return n.linear(n.node("ReduceMean", x, axes=[1], keepdims=0), 5, 12)


def leading(n, x, sizes):
    if sizes == "constant":
        return [n.ints(2), n.ints(64)]
    shape = n.node("Shape", x)
    return [n.node("Unsqueeze", n.node("Gather", shape, n.index(i), axis=0), n.ints(0)) for i in (0, 1)]


def heads_of(n, x, sizes):
    return n.node("Concat", *leading(n, x, sizes), n.ints(3), n.ints(4), axis=0)


def merged_of(n, x, sizes):
    return n.node("Concat", *leading(n, x, sizes), n.ints(12), axis=0)


def heads(n):
    return attention(n, False)


def heads_by_shape(n):
    return attention(n, False, "shape")


def fused_heads(n):
    return attention(n, True)


def tied(n):
    """One matrix for two layers, one bias for three."""
    w, b = n.weight(8, 8), n.weight(8)
    x = n.node("Flatten", n.node("GlobalAveragePool", n.conv("x", 8, 3)))
    x = n.node("Relu", n.node("Add", n.node("MatMul", x, w), b))
    x = n.node("Relu", n.node("Add", n.node("MatMul", x, w), b))
    return n.linear(n.node("Add", n.linear(x, 8, 8), b), 4, 8)


KINDS = [residual, padded_shortcut, depthwise, grouped, squeeze_excite, concat_split, gated, dense_block,
         slices, flatten, channels_last_flatten, shuffle, pixel_shuffle, upsample, group_norm, expand,
         softmax_elsewhere, recurrent, heads, heads_by_shape, fused_heads, tied]


def groups_of(path):
    return json.loads(run("inspect", path, "--json").stdout)["channel_groups"]


def options_of(path, seed):
    """Prunes about GONE of what can go, at random."""
    options = ["prune", path, "--pattern", "channel", "--criterion", "random", "--seed", seed, "--quiet"]
    with Scratch() as scratch:
        refused = run(*options, "--target", 1e-6, "--out", scratch / "out", code=(0, 2))
    least = re.search(r"a target of ([0-9.e-]+) would work", refused.stderr)
    check(least, f"{path}: {refused.stderr}")
    return [*options, "--target", 1 - GONE * (1 - float(least[1]))]


def difference(path, scratch, seed):
    """The largest difference between removed and masked, as a share of the largest output."""
    options = options_of(path, seed)
    run(*options, "--shrink", "off", "--out", scratch / f"masked-{seed}")
    run(*options, "--out", scratch / f"small-{seed}")
    small = scratch / f"small-{seed}" / "model.onnx"
    onnx.checker.check_model(str(small), full_check=True)
    sizes = [os.path.getsize(p) for p in (scratch / f"masked-{seed}" / "model.onnx", small)]
    check(sizes[1] < sizes[0], f"{path}: the file gets smaller")
    masked = session_of(scratch / f"masked-{seed}" / "model.onnx")
    feeds = feeds_of(path, masked)
    worst, varied = 0.0, False
    for wide, narrow in zip(masked.run(None, feeds), session_of(small).run(None, feeds)):
        check(wide.shape == narrow.shape, f"{path}: the outputs keep their shapes")
        check(numpy.isfinite(wide).all(), f"{path}, seed {seed}: the masked network's outputs are finite")
        scale = max(float(numpy.abs(wide).max()), 1e-30)
        worst = max(worst, float(numpy.abs(wide - narrow).max()) / scale)
        varied = varied or float(wide.std()) > 0
    check(varied, f"{path}, seed {seed}: the outputs are not all the same number")
    check(worst <= TOLERANCE, f"{path}, seed {seed}: removed is masked, within {TOLERANCE}, not {worst}")
    return worst


def describe(path, scratch, seeds):
    groups = groups_of(path)
    free = [g for g in groups if g["removable"]]
    if not free:
        run("prune", path, "--pattern", "channel", "--target", 0.5, "--out", scratch / "out", code=2)
        worst = "nothing can go"
    else:
        worst = f"{max(difference(path, scratch, seed) for seed in seeds):.1e}"
    stay = {g["why_not"].split(" '")[0] for g in groups if not g["removable"]}
    channels = sum(g["channels"] for g in free)
    print(f"| {path.name} | {len(free)} of {len(groups)} | {channels} | {worst} | {'; '.join(sorted(stay))} |",
          flush=True)
    return len(free)


def shared_models():
    folder = pathlib.Path(os.environ.get("GCOMPRESS_TEST_DATA", "absent")) / "models"
    return sorted(folder.glob("*.onnx"))


def main():
    # What can be found in each kind: groups that the network's builder put there.
    expected = {"residual": 2, "shuffle": 3, "heads": 4, "heads_by_shape": 4, "fused_heads": 4,
                "gated": 1, "dense_block": 4, "flatten": 3, "recurrent": 1, "tied": 1,
                "group_norm": 2}
    for kind in KINDS:
        with Scratch() as scratch:
            path = scratch / f"{kind.__name__}.onnx"
            net = Net([2, 3, 8, 8], seed=1)
            net.save(kind(net), path)
            found = describe(path, scratch, (1, 2))
            least = expected.get(kind.__name__, 1)
            check(found >= least, f"{kind.__name__}: {found} groups can go, at least {least} should")
    for path in [*models(), *shared_models()]:
        with Scratch() as scratch:
            describe(path, scratch, (1,))


main()
