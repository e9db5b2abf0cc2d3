// The layout of sparse rows over quads, the kernel that runs everywhere, and the table of kernels.
#include "gcompress/core/kernels/cpu/quad_rows.h"

#include <algorithm>
#include <map>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cpu/quad_kernels.h"
#include "gcompress/core/kernels/cpu/quad_words.h"

namespace gcompress::kernels {
namespace {

// True if sums of two neighbours times at most 255 stay within 16 bits.
bool fits_16_bits(std::int32_t word) {
  const QuadWeights w = weights_of(word);
  const auto fits = [](int a, int b) {
    const int high = std::max(a, 0) + std::max(b, 0);
    const int low = std::min(a, 0) + std::min(b, 0);
    return 255 * high <= 32767 && 255 * low >= -32768;
  };
  return fits(w[0], w[1]) && fits(w[2], w[3]);
}

// Calls visit(row, tap) for the rows' own taps.
template <typename Visit>
void for_each_tap(const QuadRows& weight, std::size_t first, std::size_t end, const Visit& visit) {
  for (std::size_t r = first; r < end; ++r) {
    for (std::int64_t t = weight.begin[r]; t < weight.begin[r + 1]; ++t) {
      visit(r, weight.taps[static_cast<std::size_t>(t)]);
    }
  }
}

// For the kernel that runs everywhere: a row's sum in one position.
std::int32_t sum_of(const QuadRows& weight, std::int64_t r, const std::uint8_t* x, std::int64_t i,
                    const std::int32_t* bias) {
  std::int32_t sum = bias == nullptr ? 0 : bias[r];
  const auto row = static_cast<std::size_t>(r);
  for (std::int64_t t = weight.begin[row]; t < weight.begin[row + 1]; ++t) {
    const QuadTap& tap = weight.taps[static_cast<std::size_t>(t)];
    const QuadWeights weights = weights_of(tap.weights);
    const std::uint8_t* quad = x + 4 * (tap.offset + i);
    for (std::size_t k = 0; k < 4; ++k) sum += weights[k] * quad[k];
  }
  if (weight.shared_begin.empty()) return sum;
  for (std::int64_t t = weight.shared_begin[row / 4]; t < weight.shared_begin[row / 4 + 1]; ++t) {
    const SharedQuadTap& tap = weight.shared[static_cast<std::size_t>(t)];
    const QuadWeights weights = weights_of(tap.weights[row % 4]);
    const std::uint8_t* quad = x + 4 * (tap.offset + i);
    for (std::size_t k = 0; k < 4; ++k) sum += weights[k] * quad[k];
  }
  return sum;
}

void multiply(const QuadRows& weight, RowRange rows, const std::uint8_t* x, std::int64_t n,
              std::uint8_t* y, std::int64_t y_stride, const Requantization& finish) {
  for (std::int64_t first = rows.begin; first < rows.end; first += 4, y += 4 * y_stride) {
    const std::uint8_t* others =
        finish.other == nullptr ? nullptr : finish.other + first * finish.other_stride;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t k = 0; k < 4; ++k) {
        const std::uint8_t* other = others == nullptr ? nullptr : others + 4 * i + k;
        const std::int64_t r = first + k;
        y[4 * i + k] = r < rows.end
                           ? plain_code(sum_of(weight, r, x, i, finish.bias), r, other, finish)
                           : std::uint8_t{0};
      }
    }
  }
}

void multiply_to_floats(const QuadRows& weight, RowRange rows, const std::uint8_t* x,
                        std::int64_t n, float* y, std::int64_t y_stride,
                        const Dequantization& finish) {
  for (std::int64_t r = rows.begin; r < rows.end; ++r, y += y_stride) {
    for (std::int64_t i = 0; i < n; ++i) {
      y[i] = static_cast<float>(sum_of(weight, r, x, i, finish.bias)) * finish.scale[r];
    }
  }
}

constexpr QuadKernel kEverywhere{.name = "plain",
                                 .runs_here = [] { return true; },
                                 .wants_split_pairs = false,
                                 .multiply = multiply,
                                 .multiply_to_floats = multiply_to_floats};

}  // namespace

void QuadRows::add_tap(std::int32_t offset, const QuadWeights& weights) {
  if (std::ranges::all_of(weights, [](std::int8_t weight) { return weight == 0; })) return;
  taps.push_back({.offset = offset, .weights = word_of(weights)});
}

void QuadRows::end_row() { begin.push_back(static_cast<std::int64_t>(taps.size())); }

std::span<const QuadKernel> quad_kernels() {
  static const std::vector<QuadKernel> kernels = [] {
    std::vector<QuadKernel> built;
    for (const QuadKernel* kernel :
         {avx512_vnni_quad_kernel(), avx_vnni_quad_kernel(), avx2_quad_kernel(), &kEverywhere}) {
      if (kernel != nullptr) built.push_back(*kernel);
    }
    return built;
  }();
  return kernels;
}

const QuadKernel& best_quad_kernel() {
  static const QuadKernel& best = *std::ranges::find_if(
      quad_kernels(), [](const QuadKernel& kernel) { return kernel.runs_here(); });
  return best;
}

QuadRows share_taps(const QuadRows& weight, int least) {
  GCOMPRESS_CHECK(weight.shared.empty());
  QuadRows shared;
  shared.planes = weight.planes;
  shared.shared_begin = {0};
  const auto rows = static_cast<std::size_t>(weight.rows());
  for (std::size_t first = 0; first < rows; first += 4) {
    std::map<std::int32_t, SharedQuadTap> by_offset;
    std::map<std::int32_t, int> users;
    const std::size_t end = std::min(rows, first + 4);
    for_each_tap(weight, first, end, [&](std::size_t r, const QuadTap& tap) {
      SharedQuadTap& joined = by_offset[tap.offset];
      joined.offset = tap.offset;
      joined.weights[r - first] = tap.weights;
      ++users[tap.offset];
    });
    for (const auto& [offset, tap] : by_offset) {
      if (users[offset] >= least) shared.shared.push_back(tap);
    }
    shared.shared_begin.push_back(static_cast<std::int64_t>(shared.shared.size()));
    for (std::size_t r = first; r < end; ++r) {
      for_each_tap(weight, r, r + 1, [&](std::size_t, const QuadTap& tap) {
        if (users[tap.offset] < least) shared.taps.push_back(tap);
      });
      shared.end_row();
    }
  }
  return shared;
}

QuadRows split_pairs(const QuadRows& weight) {
  constexpr std::uint32_t kEven = 0x00FF00FF;  // channels 0 and 2
  const auto half = [](std::int32_t weights, std::uint32_t mask) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(weights) & mask);
  };
  QuadRows split;
  split.planes = weight.planes;
  for (std::size_t r = 0; r + 1 < weight.begin.size(); ++r) {
    for_each_tap(weight, r, r + 1, [&](std::size_t, const QuadTap& tap) {
      if (fits_16_bits(tap.weights)) {
        split.taps.push_back(tap);
      } else {
        split.taps.push_back({.offset = tap.offset, .weights = half(tap.weights, kEven)});
        split.taps.push_back({.offset = tap.offset, .weights = half(tap.weights, ~kEven)});
      }
    });
    split.end_row();
  }
  for (std::size_t q = 0; q + 1 < weight.shared_begin.size(); ++q) {
    if (q == 0) split.shared_begin = {0};
    for (std::int64_t t = weight.shared_begin[q]; t < weight.shared_begin[q + 1]; ++t) {
      const SharedQuadTap& tap = weight.shared[static_cast<std::size_t>(t)];
      if (std::ranges::all_of(tap.weights, fits_16_bits)) {
        split.shared.push_back(tap);
        continue;
      }
      for (const std::uint32_t mask : {kEven, ~kEven}) {
        SharedQuadTap part = tap;
        for (std::int32_t& weights : part.weights) weights = half(weights, mask);
        split.shared.push_back(part);
      }
    }
    split.shared_begin.push_back(static_cast<std::int64_t>(split.shared.size()));
  }
  return split;
}

QuadRows laid_out_for(const QuadKernel& kernel, QuadRows weight) {
  return kernel.wants_split_pairs ? split_pairs(weight) : std::move(weight);
}

}  // namespace gcompress::kernels
