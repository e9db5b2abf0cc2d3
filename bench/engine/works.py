"""What is timed: tables of networks and layers, and which runtimes take part."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Layer:
    name: str
    weight_shape: tuple  # [outputs, inputs] or [outputs, inputs, taps, taps]
    size: tuple = ()     # of the input map: height, width
    stride: int = 1
    chained: bool = False

    def input_shape(self, batch):
        return [batch, self.weight_shape[1], *self.size]

    def output_shape(self, batch):
        return [batch, self.weights()[-1][0], *(-(-side // self.stride) for side in self.size)]

    def weights(self):
        """Shapes of the weights, layer by layer. A convolution that keeps the size stands with its mirror image,
        from its outputs to its inputs, twice in a row: as within a network, neither is charged with bringing images
        into a runtime's own layout and back."""
        outputs, inputs, *taps = self.weight_shape
        if not self.chained:
            return [self.weight_shape]
        return [(outputs, inputs, *taps), (inputs, outputs, *taps)] * 2

    def flops(self):
        """Dense, of one sample, of all in a row."""
        count = 2 * len(self.weights())
        for size in (*self.weight_shape, *self.output_shape(1)[2:]):
            count *= size
        return count


def fc(name, inputs, outputs):
    return Layer(name, (outputs, inputs))


def conv(name, inputs, outputs, side, taps=1, stride=1):
    return Layer(f"{name}-{inputs}-{outputs}-{side}", (outputs, inputs, taps, taps), (side, side), stride,
                 chained=stride == 1)


FC = [fc("mobilenet-classifier", 1024, 1000), fc("resnet50-classifier", 2048, 1000),
      fc("ffn-up", 768, 3072), fc("ffn-down", 3072, 768)]
MOBILENET_1X1 = [conv("mobilenet-1x1", *shape) for shape in (
    (32, 64, 112), (64, 128, 56), (128, 128, 56), (128, 256, 28), (256, 256, 28), (256, 512, 14), (512, 512, 14),
    (512, 1024, 7), (1024, 1024, 7))]
RESNET50_1X1 = [conv("resnet50-1x1", *shape) for shape in (
    (64, 64, 56), (64, 256, 56), (256, 64, 56), (256, 128, 56), (128, 512, 28), (512, 128, 28), (512, 256, 28),
    (256, 1024, 14), (1024, 256, 14), (1024, 512, 14), (512, 2048, 7), (2048, 512, 7))]
RESNET20_3X3 = [conv("resnet20-3x3", *shape) for shape in (
    (16, 16, 32, 3), (16, 32, 32, 3, 2), (32, 32, 16, 3), (32, 64, 16, 3, 2), (64, 64, 8, 3))]
RESNET50_3X3 = [conv("resnet50-3x3", *shape) for shape in (
    (64, 64, 56, 3), (128, 128, 28, 3), (256, 256, 14, 3), (512, 512, 7, 3))]
# Squares times as many columns as rows, up to what takes a tenth of a second: as a 1x1 layer over a map of one row,
# which is the product W X with both in rows.
SQUARES = [Layer(f"square-{side}", (side, side, 1, 1), (1, columns))
           for side, columns in ((512, 512), (1024, 1024), (2048, 2048), (4096, 512), (8192, 256))]

# Densities at which the engine is held against itself on dense weights.
DENSITIES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


@dataclasses.dataclass(frozen=True)
class LayerWork:
    group: str
    layer: Layer
    batch: int
    density: float = 0.1
    mkl: tuple = ()      # layouts in which MKL takes part


def layer_works():
    works = [LayerWork("fc", layer, batch, mkl=("column", "row")) for layer in FC for batch in (1, 4, 16, 64)]
    works += [LayerWork("conv1x1", layer, batch, mkl=("row",)) for layer in MOBILENET_1X1 for batch in (1, 16)]
    works += [LayerWork("conv1x1", layer, batch, mkl=("row",)) for layer in RESNET50_1X1 for batch in (1, 8)]
    works += [LayerWork("conv3x3", layer, batch) for layer in RESNET20_3X3 for batch in (1, 64)]
    works += [LayerWork("conv3x3", layer, batch) for layer in RESNET50_3X3 for batch in (1, 8)]
    works += [LayerWork("spmm", layer, 1, mkl=("row",)) for layer in SQUARES]
    swept = [(FC[2], 1), (FC[2], 16), (MOBILENET_1X1[6], 1), (RESNET50_1X1[0], 1), (RESNET20_3X3[2], 1),
             (RESNET50_3X3[1], 1)]
    works += [LayerWork("densities", layer, batch, density) for layer, batch in swept for density in DENSITIES]
    return works


@dataclasses.dataclass(frozen=True)
class NetworkWork:
    name: str
    source: str       # of the shared models, or a built-in network
    allocation: str   # of one-shot pruning; empty: it is pruned
    sample: tuple
    batches: tuple
    goals: tuple      # times faster than the best dense fp32, by batch


NETWORKS = [
    NetworkWork("mobilenet-v1", "mobilenet-v1-sparse90.onnx", "", (3, 224, 224), (1, 16), (3, 3)),
    NetworkWork("resnet20-uniform", "resnet20-cifar10.onnx", "uniform", (3, 32, 32), (1, 64), (4, 4)),
    NetworkWork("resnet20-global", "resnet20-cifar10.onnx", "global", (3, 32, 32), (1, 64), (None, None)),
    NetworkWork("resnet20-erk", "resnet20-cifar10.onnx", "erk", (3, 32, 32), (1, 64), (None, None)),
    NetworkWork("lenet-300-100", "lenet-300-100", "uniform", (1, 28, 28), (1, 64), (2.5, 4)),
]
