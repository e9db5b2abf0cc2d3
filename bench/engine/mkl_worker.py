#!/usr/bin/env python3
"""MKL's sparse matrix product (CSR, inspector-executor) as a worker of the benchmark: mkl_worker.py LAYOUT; protocol in
serve.h. A model is an .npy file with the weight, rows by inputs; LAYOUT is that of the dense matrices: `row`, samples
side by side, or `column`, one sample after the other, as a layer gets them. Rearranging is not timed."""
import ctypes
import pathlib
import re
import sys

import numpy

from _serve import serve

NON_TRANSPOSE, GENERAL, LOWER, NON_UNIT = 10, 20, 40, 50  # mkl_spblas.h
LAYOUTS = {"row": 101, "column": 102}
EXPECTED_CALLS = 1_000_000


class Description(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("mode", ctypes.c_int), ("diagonal", ctypes.c_int)]


DESCRIPTION = Description(GENERAL, LOWER, NON_UNIT)


def address(array):
    return array.ctypes.data_as(ctypes.c_void_p)


class Mkl:
    def __init__(self, layout):
        folder = pathlib.Path(sys.prefix) / "lib"
        ctypes.CDLL(str(folder / "libiomp5.so"), mode=ctypes.RTLD_GLOBAL)
        self.library = ctypes.CDLL(str(folder / "libmkl_rt.so.3"))
        self.layout = layout

    def require(self, name, *arguments):
        status = getattr(self.library, name)(*arguments)
        if status != 0:
            raise RuntimeError(f"{name} gives status {status}")

    def load(self, model, threads):
        self.library.MKL_Set_Num_Threads(ctypes.c_int(threads))
        weight = numpy.load(model)
        self.rows, self.inputs = weight.shape
        rows, columns = numpy.nonzero(weight)
        self.values = weight[rows, columns]
        self.columns = columns.astype(numpy.int32)
        self.starts = numpy.searchsorted(rows, numpy.arange(self.rows + 1)).astype(numpy.int32)
        version = ctypes.create_string_buffer(200)
        self.library.MKL_Get_Version_String(version, ctypes.c_int(200))
        return re.search(r"Version ([0-9.]+)", version.value.decode())[1]

    def set_input(self, values):
        # [samples, inputs, pixels...] to [inputs, all pixels of all samples], or turned around.
        self.shape = values.shape
        samples = numpy.moveaxis(values, 1, 0).reshape(self.inputs, -1)
        count = samples.shape[1]
        by_row = self.layout == "row"
        self.samples = numpy.ascontiguousarray(samples if by_row else samples.T)
        self.answers = numpy.zeros((self.rows, count) if by_row else (count, self.rows), numpy.float32)
        matrix = ctypes.c_void_p()
        self.require("mkl_sparse_s_create_csr", ctypes.byref(matrix), 0, self.rows, self.inputs, address(self.starts),
                     address(self.starts[1:]), address(self.columns), address(self.values))
        if count == 1:
            self.require("mkl_sparse_set_mv_hint", matrix, NON_TRANSPOSE, DESCRIPTION, EXPECTED_CALLS)
            function = self.library.mkl_sparse_s_mv
            arguments = (NON_TRANSPOSE, ctypes.c_float(1), matrix, DESCRIPTION, address(self.samples),
                         ctypes.c_float(0), address(self.answers))
        else:
            layout = LAYOUTS[self.layout]
            self.require("mkl_sparse_set_mm_hint", matrix, NON_TRANSPOSE, DESCRIPTION, layout, count, EXPECTED_CALLS)
            function = self.library.mkl_sparse_s_mm
            arguments = (NON_TRANSPOSE, ctypes.c_float(1), matrix, DESCRIPTION, layout, address(self.samples), count,
                         self.samples.shape[1], ctypes.c_float(0), address(self.answers), self.answers.shape[1])
        self.require("mkl_sparse_optimize", matrix)
        self.run = lambda: function(*arguments)

    def output(self):
        by_rows = self.answers if self.layout == "row" else self.answers.T
        split = by_rows.reshape(self.rows, self.shape[0], *self.shape[2:])
        return numpy.moveaxis(split, 0, 1)


if __name__ == "__main__":
    serve(Mkl(sys.argv[1]))
