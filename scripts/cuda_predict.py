#!/usr/bin/env python3
"""A performance model of the CUDA kernels on an H100, from facts that need no GPU: bytes moved, instructions of the hot
loop (bench/cuda/resources.json), shared-memory passes, tensor-core passes. Everything printed is PREDICTED: no cycle of it
was measured, latency and launches (2 to 4 microseconds) are left out, and limits are taken to overlap perfectly.

  cuda_predict.py [--density 0.1]      a Markdown table
"""

import argparse
import json
import math
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "bench/cuda/resources.json"

# H100. Copy bandwidth and dense bf16 as measured by others, the rest nominal.
HBM, L2, TENSOR = 3.0e12, 5.5e12, 798e12
MULTIPROCESSORS, CLOCK = 132, 1.755e9
ISSUE = MULTIPROCESSORS * 4 * CLOCK  # instructions of a warp a second
SHARED_PASSES = MULTIPROCESSORS * CLOCK  # passes of 128 bytes a second

# A warp's 32 random banks: the fullest holds 3.5 on average. 8 random groups of 4 banks: 2.6.
SCALAR_CONFLICTS, VECTOR_CONFLICTS = 3.5, 2.6

SIZES = ((4096, 4096), (11008, 4096), (12288, 12288))


def hot_loops():
    rows = json.loads(FILE.read_text())["kernels"]
    return {r["kernel"]: r for r in rows if r["architecture"] == "sm_90"}


def tail_share(density):
    """How many of a segment's 256 places are filled beyond 32, as a share of segments (normal approximation)."""
    mean, deviation = 256 * density, math.sqrt(256 * density * (1 - density))
    return 0.5 * math.erfc((32.5 - mean) / deviation / math.sqrt(2))


def passes_of_column(bytes_of_column):
    """Passes of shared memory in which 32 lanes load a column's samples each, at random places."""
    if bytes_of_column <= 4:
        return SCALAR_CONFLICTS
    return max(1, bytes_of_column // 16) * min(4, bytes_of_column // 4) * VECTOR_CONFLICTS


def skinny(kernels, name, bytes_of_x, bytes_of_nonzero, rows, columns, samples, density):
    kernel = kernels[f"skinny_spmm_{name}_n{samples}"]
    segments, nonzeros = rows * -(-columns // 256), rows * columns * density
    hot = kernel["hot_loop"]["opcodes"]
    of_loop = (hot.get("FFMA", 0) + hot.get("IDP", 0)) / samples  # segments that a pass of the loop does
    rest = kernel["densest_loop"]["instructions"]  # one more pass for 32 more nonzeros
    instructions = segments * (kernel["hot_loop"]["instructions"] / of_loop + tail_share(density) * rest)
    rows_of_block = 8 * {1: 1, 2: 2, 4: 2, 8: 4, 16: 2 if bytes_of_x == 1 else 4}[samples]  # skinny_spmm/config.h
    x = columns * samples * bytes_of_x
    return {"memory": (bytes_of_nonzero * nonzeros + 4 * segments + x + 4 * samples * rows) / HBM,
            "L2": rows / rows_of_block * x / L2, "issue": instructions / ISSUE,
            "shared": segments * (1 + tail_share(density)) * passes_of_column(samples * bytes_of_x) / SHARED_PASSES}


def tensor(kernels, name, columns_of_mma, rows, columns, samples, density):
    of_block = min(64, max(16, samples))
    kernel = kernels[f"{name}_f16_n{of_block}"]
    steps = -(-rows // 16) * -(-columns // 64) * -(-samples // of_block)  # of warps
    bytes_once = rows * columns / 8 + 2 * rows * columns * density * 1.035 + 4 * steps
    flops = 2 * rows * columns * samples * (16 / columns_of_mma)
    return {"memory": (bytes_once + 2 * samples * columns + 4 * samples * rows) / HBM,
            "L2": -(-rows // 64) * columns * samples * 2 / L2,
            "issue": steps * kernel["hot_loop"]["instructions"] / ISSUE, "tensor": flops / TENSOR}


def dense(rows, columns, samples):
    return max((2 * rows * columns + 2 * samples * columns + 2 * samples * rows) / HBM,
               2 * rows * columns * samples / TENSOR)


def convolution(kernels, positions, filters, channels, taps, density):
    """Strict float32, all taps of all filters: limited by a shared-memory load for each tap and position."""
    loop = kernels["sparse_convolution_p4"]["densest_loop"]
    of_loop = loop["opcodes"]["FFMA"]
    warps = positions * filters * channels * taps * density / 32
    return {"issue": warps * loop["instructions"] / of_loop / ISSUE, "shared": warps / SHARED_PASSES}


def row(name, size, limits, baseline):
    limit = max(limits, key=limits.get)
    time = limits[limit]
    parts = ", ".join(f"{k} {v * 1e6:.1f}" for k, v in limits.items())
    return f"| {name} | {size} | {time * 1e6:.1f} | {limit} | {parts} | {baseline * 1e6:.1f} | {baseline / time:.1f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--density", type=float, default=0.1)
    density = parser.parse_args().density
    kernels = hot_loops()
    print("| kernel | rows x columns x samples | predicted us | limit | all limits, us | dense fp16, ideal us | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name, x, nonzero, counts in (("f16", 4, 3, (1, 4, 16)), ("s8", 1, 2, (4, 16))):
        for samples in counts:
            for rows, columns in SIZES:
                print(row(f"skinny_spmm {name}", f"{rows} x {columns} x {samples}",
                          skinny(kernels, name, x, nonzero, rows, columns, samples, density),
                          dense(rows, columns, samples)))
    for name, columns_of_mma in (("bitmap_spmm", 16), ("two_four_spmm", 32)):
        for samples in (16, 64, 128):
            print(row(f"{name} f16", f"4096 x 4096 x {samples}",
                      tensor(kernels, name, columns_of_mma, 4096, 4096, samples, density), dense(4096, 4096, samples)))
    shape = (64 * 28 * 28, 128, 128, 9)  # a 3x3 layer of 128 channels, 28x28, batch 64
    flops = 2 * math.prod(shape)
    print(row("sparse_convolution, dense: fp32 peak", "3x3, 128 of 128, 28x28, batch 64",
              convolution(kernels, *shape, density), flops / 67e12))


if __name__ == "__main__":
    main()
