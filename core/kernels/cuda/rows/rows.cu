// Operators over rows: softmax, layer normalisation, and sums, means and extremes along axes.
//
// Algorithm: a warp a row; lanes take every 32nd element and join what they have by shuffles, in
// the same order each time. Softmax and normalisation go through a row three times, which caches
// hold. Memory: every element once from memory. Limits: few rows leave multiprocessors idle. Runs
// on sm_75 and later.
#include "../ptx.h"
#include "kernels.h"

namespace gcompress::cuda::rows {
namespace {

constexpr int kThreads = 256;

GCOMPRESS_DEVICE int lane() { return static_cast<int>(threadIdx.x) % 32; }
GCOMPRESS_DEVICE int row_of_warp() {
  return static_cast<int>(blockIdx.x) * (kThreads / 32) + static_cast<int>(threadIdx.x) / 32;
}

// The sum (the largest) of all lanes' values, in every lane. Warp-wide.
GCOMPRESS_DEVICE float add_lanes(float value) {
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
  return value;
}
GCOMPRESS_DEVICE float largest_of_lanes(float value) {
  for (int step = 16; step > 0; step /= 2) {
    const float other = __shfl_xor_sync(0xffffffffu, value, step);
    value = other > value ? other : value;
  }
  return value;
}

}  // namespace
}  // namespace gcompress::cuda::rows

extern "C" __global__ void __launch_bounds__(256)
    rows_softmax(const float* from, float* to, int rows, int length) {
  using namespace gcompress::cuda::rows;
  const int row = row_of_warp();
  if (row >= rows) return;  // whole warps
  const float* x = from + static_cast<int64_t>(row) * length;
  float* y = to + static_cast<int64_t>(row) * length;
  float most = -INFINITY;
  for (int i = lane(); i < length; i += 32) most = x[i] > most ? x[i] : most;
  most = largest_of_lanes(most);
  float sum = 0.0f;
  for (int i = lane(); i < length; i += 32) {
    const float value = expf(x[i] - most);
    y[i] = value;
    sum += value;
  }
  sum = add_lanes(sum);
  for (int i = lane(); i < length; i += 32) y[i] /= sum;  // each lane its own
}

extern "C" __global__ void __launch_bounds__(256)
    rows_layer_norm(const float* from, const float* scale, const float* shift, float* to, int rows,
                    int length, float epsilon) {
  using namespace gcompress::cuda::rows;
  const int row = row_of_warp();
  if (row >= rows) return;  // whole warps
  const float* x = from + static_cast<int64_t>(row) * length;
  float* y = to + static_cast<int64_t>(row) * length;
  float sum = 0.0f;
  for (int i = lane(); i < length; i += 32) sum += x[i];
  const float mean = add_lanes(sum) / static_cast<float>(length);
  float squares = 0.0f;
  for (int i = lane(); i < length; i += 32) squares = fmaf(x[i] - mean, x[i] - mean, squares);
  const float variance = add_lanes(squares) / static_cast<float>(length);
  const float factor = 1.0f / sqrtf(variance + epsilon);
  for (int i = lane(); i < length; i += 32) {
    y[i] = fmaf((x[i] - mean) * factor, scale[i], shift[i]);
  }
}

#define GCOMPRESS_ENTRY(name, start, add, finish)                                                \
  extern "C" __global__ void __launch_bounds__(256) rows_##name(                                 \
      const float* from, const int* first, const int* places, float* to, int count, int terms) { \
    using namespace gcompress::cuda::rows;                                                       \
    const int row = row_of_warp();                                                               \
    if (row >= count) return;                                                                    \
    const float* x = from + first[row];                                                          \
    float sum = start;                                                                           \
    for (int i = lane(); i < terms; i += 32) {                                                   \
      const float value = x[places[i]];                                                          \
      sum = (add);                                                                               \
    }                                                                                            \
    for (int step = 16; step > 0; step /= 2) {                                                   \
      const float value = __shfl_xor_sync(0xffffffffu, sum, step);                               \
      sum = (add);                                                                               \
    }                                                                                            \
    if (lane() == 0) to[row] = (finish);                                                         \
  }
GCOMPRESS_ROWS_REDUCTIONS(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY
