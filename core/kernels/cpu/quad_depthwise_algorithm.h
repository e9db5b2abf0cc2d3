// Filters a channel over quads, once for every instruction set: included by the files that define
// the vectors of one, inside their target attributes (quad_rows_algorithm.h).
//
// Vector j of a block of positions has in its part L of 128 bits the four channels of position
// 4 L + j: what a load from j positions further transposes to. So the codes of four vectors, packed
// to bytes, lie in order, and a block is stored whole. Per block and four taps of a row: four loads
// (seven lines), four shuffles, four products.
//
// Best share of the two vector instructions a cycle, of which shuffles, products and rounding take
// 47 a block of 3 x 3 (AVX-512, Sapphire Rapids): 53% on 512 channels of 14 x 14.
#pragma once

#include <hwy/base.h>

#include <cstdint>

#include "gcompress/core/kernels/cpu/quad_depthwise.h"
#include "gcompress/core/kernels/cpu/quad_finish_algorithm.h"

namespace gcompress::kernels {
namespace {

template <class S, int stride>
HWY_INLINE typename S::Ints neighbours(const std::uint8_t* x) {
  return S::transposed(stride == 1 ? S::load(x) : S::every_second_part(x));
}

// One row of outputs of one quad. Height and parts are known to the compiler, or 0.
template <class S, int stride, int fixed_height, int fixed_parts>
HWY_INLINE void depthwise_row(const DepthwiseQuads& weight, const std::int32_t* weights,
                              const std::uint8_t* x, std::int64_t n, std::uint8_t* y,
                              typename S::Ints bias, typename S::Floats scale,
                              const PackedRounding<S>& by) {
  using Ints = typename S::Ints;
  const int height = fixed_height > 0 ? fixed_height : weight.height;
  const int parts = fixed_parts > 0 ? fixed_parts : weight.parts();
  for (std::int64_t i = 0; i < n; i += S::kLanes) {
    Ints sums[4] = {bias, bias, bias, bias};
    const std::uint8_t* from = x + 4 * stride * i;
    for (int ky = 0; ky < height; ++ky, from += 4 * weight.pitch) {
      for (int part = 0; part < parts; ++part) {
        const Ints taps = S::broadcast_part(weights + 4 * (ky * parts + part));
        const std::uint8_t* at = from + 4 * weight.columns[static_cast<std::size_t>(part)];
        for (int j = 0; j < 4; ++j) {
          sums[j] = S::dot(sums[j], neighbours<S, stride>(at + 4 * stride * j), taps);
        }
      }
    }
    for (Ints& sum : sums) sum = level_of<S>(sum, scale, by);
    const Ints codes = packed_codes<S>(sums[0], sums[1], sums[2], sums[3], by);
    if (n - i >= S::kLanes) {
      S::store(y + 4 * i, codes);
    } else {
      S::store_part(y + 4 * i, codes, S::first(n - i));
    }
  }
}

template <class S, int stride, int height, int parts>
void depthwise_quads_of(const DepthwiseQuads& weight, RowRange quads, const std::uint8_t* x,
                        std::int64_t x_stride, const DepthwiseRun& run, std::uint8_t* y,
                        std::int64_t y_stride, const Requantization& finish) {
  const std::int64_t size = std::int64_t{4} * weight.height * weight.parts();
  const PackedRounding<S> by = packed_rounding<S>(finish);
  for (std::int64_t q = quads.begin; q < quads.end; ++q) {
    const std::int32_t* weights = weight.weights.data() + q * size;
    const typename S::Ints bias =
        finish.bias == nullptr ? S::zero() : S::broadcast_part(finish.bias + 4 * q);
    const typename S::Floats scale = S::broadcast_part(finish.scale + 4 * q);
    for (std::int64_t row = 0; row < run.rows; ++row) {
      depthwise_row<S, stride, height, parts>(weight, weights, x + 4 * row * run.x_row, run.n,
                                              y + 4 * row * run.y_row, bias, scale, by);
    }
    x += 4 * x_stride;
    y += 4 * y_stride;
  }
}

template <class S, int stride>
void depthwise_of_stride(const DepthwiseQuads& weight, RowRange quads, const std::uint8_t* x,
                         std::int64_t x_stride, const DepthwiseRun& run, std::uint8_t* y,
                         std::int64_t y_stride, const Requantization& finish) {
  auto* of_size = &depthwise_quads_of<S, stride, 0, 0>;
  if (weight.height == 3 && weight.parts() == 1) of_size = &depthwise_quads_of<S, stride, 3, 1>;
  if (weight.height == 3 && weight.parts() == 2) of_size = &depthwise_quads_of<S, stride, 3, 2>;
  if (weight.height == 5 && weight.parts() == 2) of_size = &depthwise_quads_of<S, stride, 5, 2>;
  of_size(weight, quads, x, x_stride, run, y, y_stride, finish);
}

template <class S>
void multiply_depthwise(const DepthwiseQuads& weight, RowRange quads, const std::uint8_t* x,
                        std::int64_t x_stride, const DepthwiseRun& run, std::uint8_t* y,
                        std::int64_t y_stride, const Requantization& finish) {
  auto* of_stride = weight.stride == 1 ? &depthwise_of_stride<S, 1> : &depthwise_of_stride<S, 2>;
  of_stride(weight, quads, x, x_stride, run, y, y_stride, finish);
}

}  // namespace
}  // namespace gcompress::kernels
