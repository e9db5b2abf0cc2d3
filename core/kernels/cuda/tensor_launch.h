// What launching the kernels for tensor cores shares: checks, and how the work is cut.
#pragma once

#include "gcompress/core/kernels/cuda/runtime.h"
#include "gcompress/core/kernels/cuda/values.h"

namespace gcompress::cuda::tensor_tile {

// Throws where x is not laid out for copies of 16 bytes, or several parts have no room.
void check(const char* kernel, const HalfLinear& linear, const Parts& parts);

// Samples of a block: 16, 32 or 64.
int samples_of_block(int samples);

// Blocks for a weight of so many rows.
LaunchShape launch_shape(int rows, int samples, const Parts& parts);

// How many parts give at least two blocks to each multiprocessor, without parts of fewer than 4
// steps.
int suggested_parts(int rows, int columns, int samples, int multiprocessors);

}  // namespace gcompress::cuda::tensor_tile
