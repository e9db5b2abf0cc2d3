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

// A vector loaded once: without this the compiler makes a memory operand of it in every use, and
// each of those loads costs two cycles where it crosses a cache line.
HWY_INLINE Vector loaded(const float* from) {
  Vector value = hn::LoadU(Floats(), from);
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR && !HWY_COMPILER_MSVC
  asm("" : "+v"(value.raw));
#endif
  return value;
}

// Inputs of a row of taps: a vector of every stride-th float from x on, from x + 1 on, ...
template <int kernel, int stride>
HWY_INLINE void load(const float* x, Vector* inputs) {
  const Floats d;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (stride == 2) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (int kx = 0; kx < kernel; kx += 2) {
      const Vector low = loaded(x + kx);
      const Vector high = loaded(x + kx + lanes);
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

// What outputs of a plane have in common.
struct Output {
  DepthwisePlane plane;  // a copy: the compiler knows then that stores do not change it
  Vector bias, low, high;
};

// `vectors` vectors of columns from j on, the last of them with `count` columns, others whole.
struct Columns {
  std::int64_t j, count;
};

// Stores outputs of row i, and zeros behind the last as far as its vector or the row goes. Rows are
// finished from the first to the last, and columns from the last to the first: what a whole vector
// spills into the next rows is overwritten with them.
template <int vectors>
HWY_INLINE void store(const Output& output, std::int64_t i, const Columns& columns,
                      const Vector* sums) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const DepthwisePlane& plane = output.plane;
  for (int v = 0; v < vectors; ++v) {
    const std::int64_t count = v + 1 < vectors ? lanes : columns.count;
    const std::int64_t at = i * plane.y_row + columns.j + v * lanes;
    Vector sum = sums[v];
    if (plane.add != nullptr) {
      sum = hn::Add(
          sum, count == lanes ? hn::LoadU(d, plane.add + at) : load_part(plane.add + at, count));
    }
    sum = hn::Min(hn::Max(sum, output.low), output.high);
    if (v + 1 == vectors) {
      sum = hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(count)), sum);
    }
    const std::int64_t left = plane.height * plane.y_row - at;
    if (left < lanes) {
      store_part(sum, plane.y + at, left);
    } else {
      hn::StoreU(sum, d, plane.y + at);
    }
  }
}

// Sums of three rows of outputs of a 3 x 3 kernel at stride 1, to which one row of inputs belongs.
template <int vectors>
struct RowsOfSums {
  HWY_ATTR RowsOfSums() {}  // NOLINT: the compiler's own may not inline vectors on ARM
  Vector above[vectors], second[vectors], first[vectors];
};

// Adds the products of a row of inputs to the sums that it belongs to. One vector of columns has
// its products added up before: the next row of inputs waits for one addition then, not for three.
template <int vectors, bool above, bool second, bool first>
HWY_INLINE void add_row(const float* row, const Vector* weights, const Output& output,
                        RowsOfSums<vectors>& sums) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr bool kApart = vectors == 1;
  for (int v = 0; v < vectors; ++v) {
    Vector a = kApart || !above ? hn::Zero(d) : sums.second[v];
    Vector b = kApart || !second ? hn::Zero(d) : sums.first[v];
    Vector c = output.bias;
    for (int kx = 0; kx < 3; ++kx) {
      const Vector input = loaded(row + v * lanes + kx);
      if constexpr (above) a = hn::MulAdd(weights[6 + kx], input, a);
      if constexpr (second) b = hn::MulAdd(weights[3 + kx], input, b);
      if constexpr (first) c = hn::MulAdd(weights[kx], input, c);
    }
    if constexpr (above) sums.above[v] = kApart ? hn::Add(sums.second[v], a) : a;
    if constexpr (second) sums.second[v] = kApart ? hn::Add(sums.first[v], b) : b;
    if constexpr (first) sums.first[v] = c;
  }
}

// 3 x 3 at stride 1: an input serves three rows of outputs while it is in a register.
template <int vectors>
HWY_INLINE void columns_of_three(const Output& output, const Columns& columns,
                                 const Vector* weights) {
  const DepthwisePlane& plane = output.plane;
  const float* row = plane.x + columns.j;
  RowsOfSums<vectors> sums;
  add_row<vectors, false, false, true>(row, weights, output, sums);
  row += plane.x_row;
  if (plane.height == 1) {
    add_row<vectors, false, true, false>(row, weights, output, sums);
  } else {
    add_row<vectors, false, true, true>(row, weights, output, sums);
  }
  row += plane.x_row;
  std::int64_t i = 0;
  for (; i + 2 < plane.height; ++i, row += plane.x_row) {
    add_row<vectors, true, true, true>(row, weights, output, sums);
    store<vectors>(output, i, columns, sums.above);
  }
  if (i + 2 == plane.height) {
    add_row<vectors, true, true, false>(row, weights, output, sums);
    store<vectors>(output, i++, columns, sums.above);
    row += plane.x_row;
  }
  add_row<vectors, true, false, false>(row, weights, output, sums);
  store<vectors>(output, i, columns, sums.above);
}

// A vector of columns, all rows.
template <int kernel, int stride>
HWY_INLINE void column(const Output& output, const Columns& columns, const Vector* weights) {
  const DepthwisePlane& plane = output.plane;
  const float* x = plane.x + columns.j * stride;
  if constexpr (kernel == 3 && stride == 2) {  // the last row of inputs is the next one's first
    Vector rows[3][3];
    load<3, 2>(x, rows[0]);
    for (std::int64_t i = 0; i < plane.height; ++i) {
      Vector sums[3];
      for (int ky = 0; ky < 3; ++ky) {
        if (ky > 0) load<3, 2>(x + (2 * i + ky) * plane.x_row, rows[ky]);
        sums[ky] = ky == 0 ? hn::MulAdd(weights[0], rows[0][0], output.bias)
                           : hn::Mul(weights[3 * ky], rows[ky][0]);
        for (int kx = 1; kx < 3; ++kx) {
          sums[ky] = hn::MulAdd(weights[3 * ky + kx], rows[ky][kx], sums[ky]);
        }
      }
      const Vector sum = hn::Add(hn::Add(sums[0], sums[1]), sums[2]);
      store<1>(output, i, columns, &sum);
      for (int kx = 0; kx < 3; ++kx) rows[0][kx] = rows[2][kx];
    }
  } else {
    for (std::int64_t i = 0; i < plane.height; ++i) {
      const Vector sum =
          outputs<kernel, stride>(x + i * stride * plane.x_row, plane.x_row, weights, output.bias);
      store<1>(output, i, columns, &sum);
    }
  }
}

template <int kernel, int stride>
void run(const DepthwisePlane& plane) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (plane.height == 0) return;
  Vector weights[kernel * kernel];
  for (int k = 0; k < kernel * kernel; ++k) weights[k] = hn::Set(d, plane.weight[k]);
  const Output output{.plane = plane,
                      .bias = hn::Set(d, plane.bias),
                      .low = hn::Set(d, plane.low),
                      .high = hn::Set(d, plane.high)};
  const std::int64_t vectors = (plane.width + lanes - 1) / lanes;
  for (std::int64_t i = 0; i < plane.height && vectors * lanes < plane.y_row; ++i) {
    for (std::int64_t j = vectors * lanes; j < plane.y_row; j += lanes) {
      store_part(hn::Zero(d), plane.y + i * plane.y_row + j, std::min(lanes, plane.y_row - j));
    }
  }
  std::int64_t v = vectors;
  if constexpr (kernel == 3 && stride == 1) {
    for (; v >= 2; v -= 2) {
      columns_of_three<2>(
          output, {.j = (v - 2) * lanes, .count = std::min(lanes, plane.width - (v - 1) * lanes)},
          weights);
    }
    if (v > 0) {
      columns_of_three<1>(output, {.j = 0, .count = std::min(lanes, plane.width)}, weights);
    }
  } else {
    for (; v > 0; --v) {
      const std::int64_t j = (v - 1) * lanes;
      column<kernel, stride>(output, {.j = j, .count = std::min(lanes, plane.width - j)}, weights);
    }
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
