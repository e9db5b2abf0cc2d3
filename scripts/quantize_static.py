#!/usr/bin/env python3
"""ONNX Runtime's own static quantization, to compare with: pre-processed, per channel, min-max.

    scripts/quantize_static.py model.onnx out.onnx --images FOLDER --count 300   # class folders, CIFAR-10's normalisation
    scripts/quantize_static.py model.onnx out.onnx --npz inputs.npz --count 300

Needs numpy, onnx, onnxruntime and Pillow (the Python of the peers has them: scripts/venv.sh peers).
"""
import argparse
import pathlib
import random
import tempfile

import numpy
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Reader(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def images(folder, count, name):
    from PIL import Image
    files = sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix in (".jpg", ".jpeg", ".png"))
    for path in random.Random(0).sample(files, count):
        pixels = numpy.asarray(Image.open(path).convert("RGB"), numpy.float32) / 255
        yield {name: ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(numpy.float32)}


def rows(file, count):
    arrays = {name: values for name, values in numpy.load(file).items() if name != "labels"}
    chosen = random.Random(0).sample(range(len(next(iter(arrays.values())))), count)
    for i in chosen:
        yield {name: values[i:i + 1] for name, values in arrays.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--images")
    parser.add_argument("--npz")
    parser.add_argument("--count", type=int, default=300)
    arguments = parser.parse_args()
    session = onnxruntime.InferenceSession(arguments.model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    feeds = (images(arguments.images, arguments.count, name) if arguments.images
             else rows(arguments.npz, arguments.count))
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.onnx"
        quant_pre_process(arguments.model, str(prepared), skip_symbolic_shape=True)
        quantize_static(str(prepared), arguments.out, Reader(feeds), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


main()
