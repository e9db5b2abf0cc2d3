#!/usr/bin/env python3
"""MKL's sparse matrix product (CSR, inspector-executor) as a worker of the benchmark: mkl_worker.py LAYOUT; protocol in
serve.h. A model is an .npz file with the weights, rows by inputs, one layer after the other; LAYOUT is that of the dense matrices: `row`, samples
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
        self.weights = list(numpy.load(model).values())
        version = ctypes.create_string_buffer(200)
        self.library.MKL_Get_Version_String(version, ctypes.c_int(200))
        return re.search(r"Version ([0-9.]+)", version.value.decode())[1]

    def sparse(self, weight):
        """A CSR matrix; its arrays are kept, as MKL only points to them."""
        rows, columns = numpy.nonzero(weight)
        starts = numpy.searchsorted(rows, numpy.arange(len(weight) + 1)).astype(numpy.int32)
        arrays = starts, columns.astype(numpy.int32), weight[rows, columns]
        self.kept.append(arrays)
        matrix = ctypes.c_void_p()
        self.require("mkl_sparse_s_create_csr", ctypes.byref(matrix), 0, *weight.shape, address(starts),
                     address(starts[1:]), address(arrays[1]), address(arrays[2]))
        return matrix

    def product(self, weight, samples):
        """What multiplies once, and where the answer goes."""
        by_row = self.layout == "row"
        count = samples.shape[1 if by_row else 0]
        answers = numpy.zeros((len(weight), count) if by_row else (count, len(weight)), numpy.float32)
        self.kept.append((samples, answers))
        matrix = self.sparse(weight)
        if count == 1:
            self.require("mkl_sparse_set_mv_hint", matrix, NON_TRANSPOSE, DESCRIPTION, EXPECTED_CALLS)
            function = self.library.mkl_sparse_s_mv
            arguments = (NON_TRANSPOSE, ctypes.c_float(1), matrix, DESCRIPTION, address(samples), ctypes.c_float(0),
                         address(answers))
        else:
            layout = LAYOUTS[self.layout]
            self.require("mkl_sparse_set_mm_hint", matrix, NON_TRANSPOSE, DESCRIPTION, layout, count, EXPECTED_CALLS)
            function = self.library.mkl_sparse_s_mm
            arguments = (NON_TRANSPOSE, ctypes.c_float(1), matrix, DESCRIPTION, layout, address(samples), count,
                         samples.shape[1], ctypes.c_float(0), address(answers), answers.shape[1])
        self.require("mkl_sparse_optimize", matrix)
        return (lambda: function(*arguments)), answers

    def set_input(self, values):
        # [samples, inputs, pixels...] to [inputs, all pixels of all samples], or turned around.
        self.kept = []
        self.shape = values.shape
        samples = numpy.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
        samples = numpy.ascontiguousarray(samples if self.layout == "row" else samples.T)
        products = []
        for weight in self.weights:
            product, samples = self.product(weight, samples)
            products.append(product)
        self.answers = samples

        def run_all():
            for product in products:
                product()
        self.run = products[0] if len(products) == 1 else run_all

    def output(self):
        by_rows = self.answers if self.layout == "row" else self.answers.T
        split = by_rows.reshape(len(by_rows), self.shape[0], *self.shape[2:])
        return numpy.moveaxis(split, 0, 1)


if __name__ == "__main__":
    serve(Mkl(sys.argv[1]))
