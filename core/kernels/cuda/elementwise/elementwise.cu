// Operators element by element: functions of one value, of two values that are spread over each
// other, and of a value and two numbers of its channel.
//
// Algorithm: a thread an element. Memory: every value once; limits: memory. Runs on sm_75 and
// later.
#include "../ptx.h"
#include "kernels.h"

namespace gcompress::cuda::elementwise {
namespace {

constexpr int kThreads = 256;

GCOMPRESS_DEVICE float clamp_to(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}
GCOMPRESS_DEVICE float clamp_to_one(float x) { return clamp_to(x, 0.0f, 1.0f); }

GCOMPRESS_DEVICE int element_of_thread() {
  return static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
}

// Where element i of y finds its operands: axes is [sizes of y][steps of the first][steps of the
// second], `rank` each.
struct Operands {
  int first;
  int second;
};

GCOMPRESS_DEVICE Operands operands_of(int i, const int* axes, int rank) {
  Operands at = {0, 0};
  for (int axis = rank - 1; axis >= 0; --axis) {
    const int size = axes[axis];
    const int place = i % size;
    i /= size;
    at.first += place * axes[rank + axis];
    at.second += place * axes[2 * rank + axis];
  }
  return at;
}

}  // namespace
}  // namespace gcompress::cuda::elementwise

#define GCOMPRESS_ENTRY(name, expression)               \
  extern "C" __global__ void __launch_bounds__(256)     \
      elementwise_##name(GCOMPRESS_UNARY_PARAMETERS) {  \
    using namespace gcompress::cuda::elementwise;       \
    const int i = element_of_thread();                  \
    if (i >= count) return;                             \
    const float x = from[i];                            \
    (void)a, (void)b; /* not every function has them */ \
    to[i] = (expression);                               \
  }
GCOMPRESS_ELEMENTWISE_UNARY(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

#define GCOMPRESS_ENTRY(name, expression)               \
  extern "C" __global__ void __launch_bounds__(256)     \
      elementwise_##name(GCOMPRESS_BINARY_PARAMETERS) { \
    using namespace gcompress::cuda::elementwise;       \
    const int i = element_of_thread();                  \
    if (i >= count) return;                             \
    const Operands at = operands_of(i, axes, rank);     \
    const float a = first[at.first];                    \
    const float b = second[at.second];                  \
    to[i] = (expression);                               \
  }
GCOMPRESS_ELEMENTWISE_BINARY(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

#define GCOMPRESS_ENTRY(name, expression)                  \
  extern "C" __global__ void __launch_bounds__(256)        \
      elementwise_##name(GCOMPRESS_CHANNEL_PARAMETERS) {   \
    using namespace gcompress::cuda::elementwise;          \
    const int i = element_of_thread();                     \
    if (i >= count) return;                                \
    const int channel = i / inner % channels;              \
    const float x = from[i];                               \
    const float a = of_channel_a[channel];                 \
    const float b = of_channel_b[channel];                 \
    (void)low, (void)high; /* quantize alone has bounds */ \
    to[i] = (expression);                                  \
  }
GCOMPRESS_ELEMENTWISE_CHANNEL(GCOMPRESS_ENTRY)
#undef GCOMPRESS_ENTRY

extern "C" __global__ void __launch_bounds__(256)
    elementwise_to_half(const float* from, uint16_t* to, int columns, int to_columns,
                        int64_t from_stride, int count) {
  using namespace gcompress::cuda;
  const int i = elementwise::element_of_thread();
  if (i >= count) return;
  const int row = i / to_columns;
  const int column = i % to_columns;
  to[i] = column < columns ? float_to_half(from[row * from_stride + column]) : uint16_t{0};
}

extern "C" __global__ void __launch_bounds__(256)
    elementwise_finish(float* to, const float* bias, const float* residual, int channels, int inner,
                       int count, float low, float high) {
  using namespace gcompress::cuda::elementwise;
  const int i = element_of_thread();
  if (i >= count) return;
  float value = to[i];
  if (bias != nullptr) value += bias[i / inner % channels];
  if (residual != nullptr) value += residual[i];
  to[i] = clamp_to(value, low, high);
}
