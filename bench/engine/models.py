"""The networks that are timed: files in a folder, made once. Masks and values are drawn with fixed seeds."""
import hashlib
import pathlib
import subprocess

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


class Kitchen:
    """Makes files under names that say what is in them; what is there is not made again."""

    def __init__(self, folder, gcompress, shared, has_onednn):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.gcompress = gcompress
        self.shared = pathlib.Path(shared)
        self.has_onednn = has_onednn

    def file(self, name, make):
        path = self.folder / name
        if not path.exists():
            make(path)
        return path

    def run(self, *arguments):
        done = subprocess.run([self.gcompress, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"gcompress {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def packed(self, model):
        """The .gcz of an .onnx file."""
        return self.file(model.stem + ".gcz", lambda path: self.run("pack", model, "--out", path))

    def input(self, shape):
        """Normal values of that shape as float32 elements in a file."""
        def make(path):
            numpy.random.default_rng(0).standard_normal(shape, numpy.float32).tofile(path)
        return self.file("input-" + "x".join(map(str, shape)) + ".f32", make)

    def batched(self, model, batch):
        """The same network for one batch size: every runtime may plan for it."""
        def make(path):
            network = onnx.load(model)
            for value in (*network.graph.input, *network.graph.output):
                value.type.tensor_type.shape.dim[0].dim_value = batch
            del network.graph.value_info[:]
            onnx.save(onnx.shape_inference.infer_shapes(network), path)
        return self.file(f"{model.stem}-batch{batch}.onnx", make)

    def dense_twin(self, model):
        """The network with no zeros among its weights: small random values in their places."""
        def make(path):
            network = onnx.load(model)
            random = numpy.random.default_rng(1)
            for tensor in network.graph.initializer:
                values = numpy_helper.to_array(tensor)
                if values.ndim >= 2 and values.dtype == numpy.float32:
                    spread = 0.1 * numpy.abs(values[values != 0]).mean()
                    noise = random.normal(0, spread, values.shape).astype(numpy.float32)
                    tensor.CopyFrom(numpy_helper.from_array(numpy.where(values == 0, noise, values), tensor.name))
            onnx.save(network, path)
        return self.file(model.stem + "-dense.onnx", make)

    def integer_twin(self, model, shape):
        """int8 as ONNX Runtime and our engine like it best: batch norm folded, u8 activations, s8 weights per channel.
        Zeros stay. `shape`: of a sample."""
        def make(path):
            calibration, out = path.with_suffix(".npz"), path.with_suffix(".run")
            name = onnx.load(model).graph.input[0].name
            samples = numpy.random.default_rng(2).standard_normal((8, *shape), numpy.float32)
            numpy.savez(calibration, **{name: samples})
            ways = [word for way in ("equalize", "smooth", "bias-correction", "mixed-precision")
                    for word in ("--" + way, "off")]
            self.run("quantize", model, "--calibrate", f"npz:{calibration}", "--calibrator", "min-max", *ways, "--executor",
                     "engine", "--rivals", "none", "--no-latency", "--out", out, "--quiet", "--fresh")
            (out / "model.onnx").rename(path)
        return self.file(model.stem + "-integers.onnx", make)

    def pruned(self, source, name, allocation):
        """A tenth of the parameters of a network, by magnitude in one shot."""
        def make(path):
            out = self.folder / (name + "-run")
            self.run("prune", source, "--target", 0.1, "--allocation", allocation, "--out", out, "--quiet", "--fresh")
            (out / "model.onnx").rename(path)
        return self.file(name + ".onnx", make)

    # --- Layers

    def weight(self, name, shape, density):
        """[outputs, inputs, ...] of which a share, drawn at random, is kept."""
        seed = hashlib.sha256(repr((name, shape, density)).encode()).digest()[:8]
        random = numpy.random.default_rng(int.from_bytes(seed, "little"))
        values = random.standard_normal(shape, numpy.float32) / numpy.sqrt(density * numpy.prod(shape[1:]))
        places = random.permutation(values.size)[round(density * values.size):]
        values.reshape(-1)[places] = 0
        return values.astype(numpy.float32)

    def weights(self, layer, density):
        return [self.weight(f"w{i}", shape, density) for i, shape in enumerate(layer.weights())]

    def matrices(self, layer, density):
        """The weights of layers that are matrix products, for MKL."""
        def make(path):
            weights = [weight.reshape(weight.shape[:2]) for weight in self.weights(layer, density)]
            numpy.savez(path, *weights)
        return self.file(f"{layer.name}-{density:g}.npz", make)

    def layer(self, layer, batch, density):
        """A network of the layer alone, or a few in a row: Gemm for rank 2, else Conv."""
        def make(path):
            weights = self.weights(layer, density)
            names = ["x", *(f"v{i}" for i in range(1, len(weights))), "y"]
            nodes = []
            for i, weight in enumerate(weights):
                if weight.ndim == 2:
                    nodes.append(helper.make_node("Gemm", [names[i], f"w{i}"], [names[i + 1]], transB=1))
                else:
                    pads = [weight.shape[2] // 2] * 4
                    nodes.append(helper.make_node("Conv", [names[i], f"w{i}"], [names[i + 1]], pads=pads,
                                                  strides=[layer.stride] * 2))
            tensors = [numpy_helper.from_array(weight, f"w{i}") for i, weight in enumerate(weights)]
            inputs = helper.make_tensor_value_info("x", TensorProto.FLOAT, layer.input_shape(batch))
            outputs = helper.make_tensor_value_info("y", TensorProto.FLOAT, layer.output_shape(batch))
            graph = helper.make_graph(nodes, layer.name, [inputs], [outputs], tensors)
            opsets = [helper.make_opsetid("", 17)]
            onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
        return self.file(f"{layer.name}-{density:g}-batch{batch}.onnx", make)
