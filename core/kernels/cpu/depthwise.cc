// Depthwise convolution, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/depthwise.h"

#include <algorithm>

// Vectors in arrays have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/depthwise.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// Inputs of a row of taps: a vector of every stride-th float from x on, from x + 1 on, ...
template <int kernel, int stride>
HWY_INLINE void load(const float* x, Vector* inputs) {
  const Floats d;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (stride == 2) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (int kx = 0; kx < kernel; kx += 2) {
      const Vector low = hn::LoadU(d, x + kx);
      const Vector high = hn::LoadU(d, x + kx + lanes);
      inputs[kx] = hn::ConcatEven(d, high, low);
      if (kx + 1 < kernel) inputs[kx + 1] = hn::ConcatOdd(d, high, low);
    }
    return;
  }
#endif
  for (int kx = 0; kx < kernel; ++kx) inputs[kx] = hn::LoadU(d, x + kx);
}

// A vector of outputs of one row.
template <int kernel, int stride>
HWY_INLINE Vector outputs(const float* x, std::int64_t x_row, const Vector* weights, Vector bias) {
  const Floats d;
  Vector sums[kernel];  // one for each row of taps: shorter chains
  for (int ky = 0; ky < kernel; ++ky) {
    Vector sum = ky == 0 ? bias : hn::Zero(d);
    Vector inputs[kernel];
    load<kernel, stride>(x + ky * x_row, inputs);
    for (int kx = 0; kx < kernel; ++kx) {
      sum = hn::MulAdd(weights[ky * kernel + kx], inputs[kx], sum);
    }
    sums[ky] = sum;
  }
  Vector sum = sums[0];
  for (int ky = 1; ky < kernel; ++ky) sum = hn::Add(sum, sums[ky]);
  return sum;
}

// The first `count` of a vector, fewer than it has.
HWY_INLINE Vector load_part(const float* from, std::int64_t count) {
  const Floats d;
#if HWY_MEM_OPS_MIGHT_FAULT  // masked loads would read beyond the end
  HWY_ALIGN float part[hn::MaxLanes(d)] = {};
  std::copy_n(from, count, part);
  return hn::Load(d, part);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, from);
#endif
}

HWY_INLINE void store_part(Vector value, float* to, std::int64_t count) {
  const Floats d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float part[hn::MaxLanes(d)];
  hn::Store(value, d, part);
  std::copy_n(part, count, to);
#else
  hn::BlendedStore(value, hn::FirstN(d, static_cast<std::size_t>(count)), d, to);
#endif
}

// Stores `count` outputs of row i from column j on, and zeros behind them as far as the vector or
// the row goes. Rows are finished from the first to the last, and columns from the last to the
// first: what a whole vector spills into the next rows is overwritten with them.
HWY_INLINE void store(const DepthwisePlane& plane, std::int64_t i, std::int64_t j,
                      std::int64_t count, Vector sum, Vector low, Vector high) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t at = i * plane.y_row + j;
  if (plane.add != nullptr) {
    sum = hn::Add(sum,
                  count == lanes ? hn::LoadU(d, plane.add + at) : load_part(plane.add + at, count));
  }
  sum = hn::Min(hn::Max(sum, low), high);
  if (count < lanes) {
    sum = hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(count)), sum);
  }
  const std::int64_t left = plane.height * plane.y_row - at;
  if (left < lanes) {
    store_part(sum, plane.y + at, left);
  } else {
    hn::StoreU(sum, d, plane.y + at);
  }
}

// A vector of columns, all rows. For 3 x 3 at stride 1 an input serves three rows of outputs while
// it is in a register.
template <int kernel, int stride>
HWY_INLINE void column(const DepthwisePlane& plane, std::int64_t j, std::int64_t count,
                       const Vector* weights, Vector bias, Vector low, Vector high) {
  const float* x = plane.x + j * stride;
  if constexpr (kernel == 3 && stride == 1) {
    Vector above = bias;  // sums of the rows that begin one and two rows above
    Vector second = bias;
    for (std::int64_t i = -2; i < plane.height; ++i) {
      const float* row = x + (i + 2) * plane.x_row;
      Vector first = bias;
      Vector inputs[3];
      load<3, 1>(row, inputs);
      for (int kx = 0; kx < 3; ++kx) {
        above = hn::MulAdd(weights[6 + kx], inputs[kx], above);
        second = hn::MulAdd(weights[3 + kx], inputs[kx], second);
        first = hn::MulAdd(weights[kx], inputs[kx], first);
      }
      if (i >= 0) store(plane, i, j, count, above, low, high);
      above = second;
      second = first;
    }
  } else {
    for (std::int64_t i = 0; i < plane.height; ++i) {
      const Vector sum =
          outputs<kernel, stride>(x + i * stride * plane.x_row, plane.x_row, weights, bias);
      store(plane, i, j, count, sum, low, high);
    }
  }
}

template <int kernel, int stride>
void run(const DepthwisePlane& plane) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Vector weights[kernel * kernel];
  for (int k = 0; k < kernel * kernel; ++k) weights[k] = hn::Set(d, plane.weight[k]);
  const Vector bias = hn::Set(d, plane.bias);
  const Vector low = hn::Set(d, plane.low);
  const Vector high = hn::Set(d, plane.high);
  const std::int64_t vectors = (plane.width + lanes - 1) / lanes;
  for (std::int64_t i = 0; i < plane.height && vectors * lanes < plane.y_row; ++i) {
    for (std::int64_t j = vectors * lanes; j < plane.y_row; j += lanes) {
      store_part(hn::Zero(d), plane.y + i * plane.y_row + j, std::min(lanes, plane.y_row - j));
    }
  }
  for (std::int64_t v = vectors - 1; v >= 0; --v) {
    const std::int64_t j = v * lanes;
    column<kernel, stride>(plane, j, std::min(lanes, plane.width - j), weights, bias, low, high);
  }
}

void depthwise_plane(std::int64_t kernel, std::int64_t stride, const DepthwisePlane& plane) {
  if (kernel == 3) {
    stride == 1 ? run<3, 1>(plane) : run<3, 2>(plane);
  } else {
    stride == 1 ? run<5, 1>(plane) : run<5, 2>(plane);
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(depthwise_plane);

bool has_depthwise(std::int64_t kernel, std::int64_t stride) {
  return (kernel == 3 || kernel == 5) && (stride == 1 || stride == 2);
}

void depthwise(std::int64_t kernel, std::int64_t stride, const DepthwisePlane& plane) {
  HWY_DYNAMIC_DISPATCH(depthwise_plane)(kernel, stride, plane);
}

}  // namespace gcompress::kernels
#endif
