#!/usr/bin/env python3
"""OpenVINO as a worker of the benchmark: openvino_worker.py PRECISION (f32 or bf16); protocol in serve.h.

Through the C library in OpenVINO's package: a call costs 0.3 us, where its Python classes cost 20. The precision is
pinned and read back: OpenVINO would choose bf16 by itself where the processor has it."""
import ctypes
import pathlib
import sys

import numpy
import openvino

from _serve import serve


class Shape(ctypes.Structure):
    _fields_ = [("rank", ctypes.c_int64), ("sizes", ctypes.POINTER(ctypes.c_int64))]


class Version(ctypes.Structure):
    _fields_ = [("build", ctypes.c_char_p), ("description", ctypes.c_char_p)]


class OpenVino:
    def __init__(self, precision):
        self.precision = precision
        folder = pathlib.Path(openvino.__file__).parent / "libs"
        self.library = ctypes.CDLL(str(next(folder.glob("libopenvino_c.so*"))))
        self.library.ov_get_last_err_msg.restype = ctypes.c_char_p
        self.core = self.made("ov_core_create")
        self.request = None

    def require(self, name, *arguments):
        if getattr(self.library, name)(*arguments) != 0:
            raise RuntimeError(f"{name}: {self.library.ov_get_last_err_msg().decode()}")

    def made(self, name, *arguments, options=()):
        """Calls a function whose last fixed argument is where the new object goes."""
        thing = ctypes.c_void_p()
        self.require(name, *arguments, ctypes.byref(thing), *options)
        return thing

    def load(self, model, threads):
        wanted = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": str(threads),
                  "INFERENCE_PRECISION_HINT": self.precision}
        options = [ctypes.c_char_p(word.encode()) for pair in wanted.items() for word in pair]
        network = self.made("ov_core_read_model", self.core, model.encode(), None)
        compiled = self.made("ov_core_compile_model", self.core, network, b"CPU",
                             ctypes.c_size_t(len(options)), options=options)
        for name in ("INFERENCE_PRECISION_HINT", "INFERENCE_NUM_THREADS"):
            value = ctypes.c_char_p()
            self.require("ov_compiled_model_get_property", compiled, name.encode(), ctypes.byref(value))
            if value.value.decode() not in (wanted[name], {"f32": "float", "bf16": "bfloat16"}.get(wanted[name])):
                raise RuntimeError(f"{name} is {value.value.decode()}, not {wanted[name]}")
        self.request = self.made("ov_compiled_model_create_infer_request", compiled)
        infer, request = self.library.ov_infer_request_infer, self.request
        infer.argtypes = [ctypes.c_void_p]
        self.run = lambda: infer(request)
        version = Version()
        self.require("ov_get_openvino_version", ctypes.byref(version))
        return version.build.decode().split("-")[0]

    def view(self, which):
        """The request's tensor as an array over its memory."""
        tensor = self.made(f"ov_infer_request_get_{which}_tensor", self.request)
        shape, data = Shape(), ctypes.c_void_p()
        self.require("ov_tensor_get_shape", tensor, ctypes.byref(shape))
        self.require("ov_tensor_data", tensor, ctypes.byref(data))
        sizes = [shape.sizes[i] for i in range(shape.rank)]
        floats = ctypes.cast(data, ctypes.POINTER(ctypes.c_float))
        return numpy.ctypeslib.as_array(floats, shape=sizes)

    def set_input(self, values):
        self.view("input")[...] = values

    def output(self):
        return self.view("output")


if __name__ == "__main__":
    serve(OpenVino(sys.argv[1]))
