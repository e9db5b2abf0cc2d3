// Dense rows, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/dense_rows.h"

#include <algorithm>

// Vectors in arrays have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/dense_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// Rows and vectors of a tile: as many sums as leave registers for inputs and a value.
constexpr bool kManyRegisters = HWY_MAX_BYTES >= 64 || HWY_ARCH_ARM_A64;
constexpr int kHeight = kManyRegisters ? 12 : 6;
constexpr int kWidth = 2;

struct Tile {
  const std::int32_t* offsets;
  std::int64_t taps;
  const float* values;
  const float* x;  // at the first column
  float* y;        // there, at the group's first row
  const float* add;
  const float* bias;
  const std::uint32_t* keep;
  std::int64_t rows, y_stride, add_stride;
  float low, high;
};

template <int height, int width>
HWY_INLINE void multiply_tile(const Tile& tile) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Vector sums[height][width];
  for (int r = 0; r < height; ++r) {
    const float bias = tile.bias == nullptr || r >= tile.rows ? 0 : tile.bias[r];
    for (int v = 0; v < width; ++v) sums[r][v] = hn::Set(d, bias);
  }
  const float* values = tile.values;
  for (std::int64_t t = 0; t < tile.taps; ++t, values += height) {
    Vector inputs[width];
    const float* x = tile.x + tile.offsets[t];
    for (int v = 0; v < width; ++v) inputs[v] = hn::LoadU(d, x + v * lanes);
    for (int r = 0; r < height; ++r) {
      const Vector value = hn::Set(d, values[r]);
      for (int v = 0; v < width; ++v) sums[r][v] = hn::MulAdd(value, inputs[v], sums[r][v]);
    }
  }
  const Vector low = hn::Set(d, tile.low);
  const Vector high = hn::Set(d, tile.high);
  for (int r = 0; r < height; ++r) {
    if (r >= tile.rows) break;
    for (int v = 0; v < width; ++v) {
      Vector sum = sums[r][v];
      if (tile.add != nullptr) {
        sum = hn::Add(sum, hn::LoadU(d, tile.add + r * tile.add_stride + v * lanes));
      }
      sum = hn::Min(hn::Max(sum, low), high);
      if (tile.keep != nullptr) {
        const hn::RebindToUnsigned<Floats> du;
        sum = hn::And(sum, hn::BitCast(d, hn::LoadU(du, tile.keep + v * lanes)));
      }
      hn::StoreU(sum, d, tile.y + r * tile.y_stride + v * lanes);
    }
  }
}

template <int height>
HWY_INLINE void multiply_group(Tile tile, std::int64_t vectors) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Floats()));
  for (std::int64_t v = 0; v < vectors; v += kWidth) {
    if (v + kWidth <= vectors) {
      multiply_tile<height, kWidth>(tile);
    } else {
      multiply_tile<height, 1>(tile);
    }
    tile.x += kWidth * lanes;
    tile.y += kWidth * lanes;
    if (tile.add != nullptr) tile.add += kWidth * lanes;
    if (tile.keep != nullptr) tile.keep += kWidth * lanes;
  }
}

std::int64_t height_of_groups() { return kHeight; }

void multiply(const DenseRows& weight, std::int64_t first, std::int64_t last, ColumnRange columns,
              const float* x, float* y, std::int64_t y_stride, const Epilogue& epilogue) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Floats()));
  // Inputs of a block of columns stay near while all groups pass.
  constexpr std::int64_t kColumnsAtOnce = 32;
  for (std::int64_t at = columns.begin; at < columns.end; at += kColumnsAtOnce) {
    const std::int64_t vectors = (std::min(kColumnsAtOnce, columns.end - at)) / lanes;
    for (std::int64_t g = first; g < last; ++g) {
      const DenseRows::Group& group = weight.groups[static_cast<std::size_t>(g)];
      const Tile tile{.offsets = weight.offsets.data(),
                      .taps = static_cast<std::int64_t>(weight.offsets.size()),
                      .values = weight.values.data() + group.values,
                      .x = x + at,
                      .y = y + group.row * y_stride + at,
                      .add = epilogue.add == nullptr
                                 ? nullptr
                                 : epilogue.add + group.row * epilogue.add_stride + at,
                      .bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + group.row,
                      .keep = epilogue.keep == nullptr ? nullptr : epilogue.keep + at,
                      .rows = group.rows,
                      .y_stride = y_stride,
                      .add_stride = epilogue.add_stride,
                      .low = epilogue.low,
                      .high = epilogue.high};
      if (group.height == kHeight) {
        multiply_group<kHeight>(tile, vectors);
      } else if (group.height == kHeight / 3 * 2) {
        multiply_group<kHeight / 3 * 2>(tile, vectors);
      } else {
        multiply_group<kHeight / 3>(tile, vectors);
      }
    }
  }
}

struct Vectors {
  const float* weight;
  std::int64_t k;
  RowRange range;
  const float* x;
  float* y;
  const float* add;
  std::int64_t y_stride;
  const float* bias;
  float low, high;
};

// One sample takes four sums: an addition has to wait for the one before it.
template <int samples>
HWY_INLINE void multiply_vectors(const Vectors& given) {
  constexpr int kChains = samples == 1 ? 4 : 2;
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t r = given.range.begin; r < given.range.end; ++r) {
    const float* row = given.weight + r * given.k;
    Vector sums[samples * kChains];
    for (Vector& sum : sums) sum = hn::Zero(d);
    std::int64_t i = 0;
    for (; i + kChains * lanes <= given.k; i += kChains * lanes) {
      for (int chain = 0; chain < kChains; ++chain) {
        const Vector weight = hn::LoadU(d, row + i + chain * lanes);
        for (int s = 0; s < samples; ++s) {
          Vector& sum = sums[s * kChains + chain];
          sum = hn::MulAdd(weight, hn::LoadU(d, given.x + s * given.k + i + chain * lanes), sum);
        }
      }
    }
    for (int s = 0; s < samples; ++s) {
      Vector all = sums[s * kChains];
      for (int chain = 1; chain < kChains; ++chain) all = hn::Add(all, sums[s * kChains + chain]);
      float sum = hn::GetLane(hn::SumOfLanes(d, all));
      for (std::int64_t at = i; at < given.k; ++at) sum += row[at] * given.x[s * given.k + at];
      if (given.bias != nullptr) sum += given.bias[r];
      if (given.add != nullptr) sum += given.add[s * given.y_stride + r];
      given.y[s * given.y_stride + r] = std::clamp(sum, given.low, given.high);
    }
  }
}

void multiply_by_vectors(const float* weight, std::int64_t k, RowRange range, std::int64_t samples,
                         const float* x, float* y, std::int64_t y_stride,
                         const Epilogue& epilogue) {
  constexpr std::int64_t kAtOnce = 4;
  for (std::int64_t s = 0; s < samples; s += kAtOnce) {
    const Vectors given{.weight = weight,
                        .k = k,
                        .range = range,
                        .x = x + s * k,
                        .y = y + s * y_stride,
                        .add = epilogue.add == nullptr ? nullptr : epilogue.add + s * y_stride,
                        .y_stride = y_stride,
                        .bias = epilogue.bias,
                        .low = epilogue.low,
                        .high = epilogue.high};
    switch (std::min(kAtOnce, samples - s)) {
      case 1:
        multiply_vectors<1>(given);
        break;
      case 2:
        multiply_vectors<2>(given);
        break;
      case 3:
        multiply_vectors<3>(given);
        break;
      default:
        multiply_vectors<4>(given);
        break;
    }
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(height_of_groups);
HWY_EXPORT(multiply);
HWY_EXPORT(multiply_by_vectors);

DenseRows pack_dense_rows(const TapRows& weight) {
  const std::int64_t most = HWY_DYNAMIC_DISPATCH(height_of_groups)();
  const std::int64_t least = most / 3;
  DenseRows packed;
  packed.offsets = weight.offsets;
  std::ranges::sort(packed.offsets);
  const auto repeated = std::ranges::unique(packed.offsets);
  packed.offsets.erase(repeated.begin(), repeated.end());
  const auto taps = static_cast<std::int64_t>(packed.offsets.size());
  for (std::int64_t row = 0; row < weight.rows();) {
    const std::int64_t left = weight.rows() - row;
    // 4 of 16 rows left over would take a group of 12 and one of 4: two of 8 are faster.
    std::int64_t height = std::min(most, (left + least - 1) / least * least);
    if (left > most && left <= most + least) height = 2 * least;
    DenseRows::Group group{.row = row,
                           .rows = std::min(height, left),
                           .height = height,
                           .values = static_cast<std::int64_t>(packed.values.size())};
    packed.values.resize(packed.values.size() + static_cast<std::size_t>(taps * height));
    for (std::int64_t r = 0; r < group.rows; ++r) {
      const auto at = static_cast<std::size_t>(row + r);
      for (auto t = static_cast<std::size_t>(weight.begin[at]);
           t < static_cast<std::size_t>(weight.begin[at + 1]); ++t) {
        const auto place = std::ranges::lower_bound(packed.offsets, weight.offsets[t]);
        packed.values[static_cast<std::size_t>(
            group.values + (place - packed.offsets.begin()) * height + r)] += weight.values[t];
      }
    }
    packed.groups.push_back(group);
    row += group.rows;
  }
  return packed;
}

void multiply_dense_rows(const DenseRows& weight, std::int64_t first, std::int64_t last,
                         ColumnRange columns, const float* x, float* y, std::int64_t y_stride,
                         const Epilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(multiply)(weight, first, last, columns, x, y, y_stride, epilogue);
}

void multiply_matrix_by_vectors(const float* weight, std::int64_t k, RowRange range,
                                std::int64_t samples, const float* x, float* y,
                                std::int64_t y_stride, const Epilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(multiply_by_vectors)(weight, k, range, samples, x, y, y_stride, epilogue);
}

}  // namespace gcompress::kernels
#endif
