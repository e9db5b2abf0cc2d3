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

// Adds up the sums of several parts, with bias and clamp, by the kernel of that name; nothing where
// there is one part.
template <auto kKernel>
void add_parts(const char* name, int rows, const HalfLinear& linear, const Parts& parts,
               Stream stream) {
  if (parts.count <= 1) return;
  constexpr unsigned kThreads = 256;
  const auto elements = static_cast<std::size_t>(rows) * static_cast<std::size_t>(linear.samples);
  launch_kernel<kKernel>(
      name, {{static_cast<unsigned>((elements + kThreads - 1) / kThreads)}, {kThreads}}, stream,
      parts.sums, linear.bias, linear.y, parts.count, rows, linear.samples, linear.y_stride,
      linear.low, linear.high);
}

}  // namespace gcompress::cuda::tensor_tile
