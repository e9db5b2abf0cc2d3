// Operators that move elements: slices, paddings, transpositions, pieces of a concatenation, and
// the matrices of convolutions.
//
// Algorithm: a thread an element of the output, which looks up where it comes from. Memory: every
// element once; a transposition reads with a stride, so up to 8 times as many bytes of L2. Runs on
// sm_75 and later.
#include "../ptx.h"
#include "kernels.h"

namespace gcompress::cuda::movement {
namespace {

constexpr int kThreads = 256;

GCOMPRESS_DEVICE int element_of_thread() {
  return static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
}

}  // namespace
}  // namespace gcompress::cuda::movement

extern "C" __global__ void __launch_bounds__(256)
    movement_gather(const float* from, float* to, const int* axes, int rank, int count,
                    float otherwise) {
  const int i = gcompress::cuda::movement::element_of_thread();
  if (i >= count) return;
  int offsets = rank;
  for (int axis = 0; axis < rank; ++axis) offsets += axes[axis];
  int rest = i;
  int source = 0;
  bool exists = true;
  for (int axis = rank - 1; axis >= 0; --axis) {
    const int size = axes[axis];
    offsets -= size;
    const int offset = axes[offsets + rest % size];
    rest /= size;
    exists = exists && offset >= 0;
    source += offset;
  }
  to[i] = exists ? from[source] : otherwise;
}

extern "C" __global__ void __launch_bounds__(256)
    movement_copy(const float* from, float* to, int length, int count, int64_t from_stride,
                  int64_t to_stride) {
  const int i = gcompress::cuda::movement::element_of_thread();
  if (i >= count) return;
  const int row = i / length;
  const int column = i % length;
  to[row * to_stride + column] = from[row * from_stride + column];
}

extern "C" __global__ void __launch_bounds__(256)
    movement_unfold(const float* from, float* to, int height, int width, int out_height,
                    int out_width, int kernel_height, int kernel_width, int stride_y, int stride_x,
                    int dilation_y, int dilation_x, int pad_top, int pad_left, int count) {
  const int i = gcompress::cuda::movement::element_of_thread();
  if (i >= count) return;
  const int out_x = i % out_width;
  int rest = i / out_width;
  const int out_y = rest % out_height;
  rest /= out_height;
  const int dx = rest % kernel_width;
  rest /= kernel_width;
  const int dy = rest % kernel_height;
  const int plane = rest / kernel_height;  // image * channels + channel
  const int y = out_y * stride_y - pad_top + dy * dilation_y;
  const int x = out_x * stride_x - pad_left + dx * dilation_x;
  const bool inside = y >= 0 && y < height && x >= 0 && x < width;
  to[i] = inside ? from[(static_cast<int64_t>(plane) * height + y) * width + x] : 0.0f;
}
