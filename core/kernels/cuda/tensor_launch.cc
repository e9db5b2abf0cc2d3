#include "gcompress/core/kernels/cuda/tensor_launch.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/tile_sizes.h"

namespace gcompress::cuda::tensor_tile {
namespace {

int blocks_across(int rows, int samples) {
  const int of_block = samples_of_block(samples);
  return (rows + kRows - 1) / kRows * ((samples + of_block - 1) / of_block);
}

}  // namespace

void check(const char* kernel, const HalfLinear& linear, const Parts& parts) {
  if (linear.x_stride % kChunk != 0 || reinterpret_cast<std::uintptr_t>(linear.x) % 16 != 0) {
    throw Error(
        ErrorKind::kUnsupported,
        fmt::format("{}: samples {} elements apart; they must begin at multiples of 16 bytes",
                    kernel, linear.x_stride));
  }
  if (parts.count < 1 || parts.count > 65535 || (parts.count > 1 && parts.sums == nullptr)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: {} parts, or no room for their sums", kernel, parts.count));
  }
}

int samples_of_block(int samples) { return samples <= 16 ? 16 : samples <= 32 ? 32 : kMaxSamples; }

LaunchShape launch_shape(int rows, int samples, const Parts& parts) {
  const int of_block = samples_of_block(samples);
  return {{static_cast<unsigned>((rows + kRows - 1) / kRows),
           static_cast<unsigned>((samples + of_block - 1) / of_block),
           static_cast<unsigned>(parts.count)},
          {kThreads}};
}

int suggested_parts(int rows, int columns, int samples, int multiprocessors) {
  constexpr int kLeastSteps = 4;
  const int steps = (columns + kStepColumns - 1) / kStepColumns;
  const int blocks = std::max(blocks_across(rows, samples), 1);
  const int wanted = (2 * multiprocessors + blocks - 1) / blocks;
  return std::clamp(wanted, 1, std::max(steps / kLeastSteps, 1));
}

}  // namespace gcompress::cuda::tensor_tile
