// The layout of filters a channel, the kernel that runs everywhere, and the table of kernels.
#include "gcompress/core/kernels/cpu/quad_depthwise.h"

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cpu/quad_kernels.h"
#include "gcompress/core/kernels/cpu/quad_words.h"

namespace gcompress::kernels {
namespace {

// The sum of channel 4 q + k in one position, whose first tap looks at `x`.
std::int32_t sum_of(const DepthwiseQuads& weight, std::int64_t q, std::int64_t k,
                    const std::uint8_t* x) {
  std::int32_t sum = 0;
  const std::int32_t* words = weight.weights.data() + q * 4 * weight.height * weight.parts() + k;
  for (int ky = 0; ky < weight.height; ++ky) {
    for (const int column : weight.columns) {
      const QuadWeights taps = weights_of(*words);
      words += 4;
      for (std::int64_t t = 0; t < 4; ++t) {
        sum += taps[static_cast<std::size_t>(t)] * x[4 * (ky * weight.pitch + column + t) + k];
      }
    }
  }
  return sum;
}

void multiply(const DepthwiseQuads& weight, RowRange quads, const std::uint8_t* x,
              std::int64_t x_stride, const DepthwiseRun& run, std::uint8_t* y,
              std::int64_t y_stride, const Requantization& finish) {
  for (std::int64_t q = quads.begin; q < quads.end; ++q, x += 4 * x_stride, y += 4 * y_stride) {
    for (std::int64_t row = 0; row < run.rows; ++row) {
      for (std::int64_t i = 0; i < 4 * run.n; ++i) {
        const std::int64_t channel = 4 * q + i % 4;
        const std::int32_t bias = finish.bias == nullptr ? 0 : finish.bias[channel];
        const std::uint8_t* from = x + 4 * (row * run.x_row + weight.stride * (i / 4));
        y[4 * row * run.y_row + i] =
            plain_code(bias + sum_of(weight, q, i % 4, from), channel, nullptr, finish);
      }
    }
  }
}

constexpr QuadDepthwiseKernel kEverywhere{.name = "plain",
                                          .runs_here = [] { return true; },
                                          .wants_split_pairs = false,
                                          .multiply = multiply};

}  // namespace

std::span<const QuadDepthwiseKernel> quad_depthwise_kernels() {
  static const std::vector<QuadDepthwiseKernel> kernels = [] {
    std::vector<QuadDepthwiseKernel> built;
    for (const QuadDepthwiseKernel* kernel :
         {avx512_vnni_quad_depthwise_kernel(), avx_vnni_quad_depthwise_kernel(),
          avx2_quad_depthwise_kernel(), &kEverywhere}) {
      if (kernel != nullptr) built.push_back(*kernel);
    }
    return built;
  }();
  return kernels;
}

const QuadDepthwiseKernel& best_quad_depthwise_kernel() {
  static const QuadDepthwiseKernel& best =
      *std::ranges::find_if(quad_depthwise_kernels(),
                            [](const QuadDepthwiseKernel& kernel) { return kernel.runs_here(); });
  return best;
}

DepthwiseQuads depthwise_quads(const QuadDepthwiseKernel& kernel,
                               std::span<const std::int8_t> weights, std::int64_t channels,
                               int height, int width, int stride, std::int64_t pitch) {
  GCOMPRESS_CHECK(stride == 1 || stride == 2);
  DepthwiseQuads laid{.channels = channels, .height = height, .stride = stride, .pitch = pitch};
  // Even taps and odd ones apart, where two neighbours might leave 16 bits.
  const int splits = kernel.wants_split_pairs ? 2 : 1;
  for (int column = 0; column < width; column += 4) {
    for (int split = 0; split < splits; ++split) laid.columns.push_back(column);
  }
  for (std::int64_t channel = 0; channel < 4 * laid.quads(); channel += 4) {
    for (int ky = 0; ky < height; ++ky) {
      for (int part = 0; part < laid.parts(); ++part) {
        for (std::int64_t c = channel; c < channel + 4; ++c) {
          QuadWeights taps{};
          for (int t = 0; t < 4; ++t) {
            const int kx = laid.columns[static_cast<std::size_t>(part)] + t;
            if (c >= channels || kx >= width || (splits == 2 && t % 2 != part % 2)) continue;
            taps[static_cast<std::size_t>(t)] =
                weights[static_cast<std::size_t>((c * height + ky) * width + kx)];
          }
          laid.weights.push_back(word_of(taps));
        }
      }
    }
  }
  return laid;
}

}  // namespace gcompress::kernels
