// Sparse rows over panels, once for every instruction set (Highway).
#include "gcompress/core/kernels/cpu/panel_rows.h"

#include <algorithm>
#include <numeric>

// Vectors in arrays have a size that the compiler must know; below SSE4 plain code does.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gcompress/core/kernels/cpu/panel_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Vectors of sums that a row keeps in registers.
constexpr int kVectors = HWY_MAX_BYTES >= 64 ? 4 : 8;

// A block of a part, and columns that are computed together.
struct Piece {
  const PanelRows::Run* runs;
  const PanelRows::Run* runs_end;
  const std::uint16_t* order;
  const std::uint16_t* places;
  const float* values;
  const float* panel;  // at the block's first place
  float* sums;         // of the part's rows, `width` apart, before and behind blocks; but not
  float* y;            // behind the last
  std::int64_t width, y_stride;
  const float* bias;  // of the part's first row, or null
  const float* add;
  std::int64_t add_stride;
  const std::uint32_t* keep;
  float low, high;
  bool first, last;
};

template <class D, int vectors>
HWY_INLINE void begin_sums(const Piece& piece, std::int64_t row, hn::Vec<D> (&sums)[vectors]) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (piece.first) {
    const float bias = piece.bias == nullptr ? 0 : piece.bias[row];
    for (int v = 0; v < vectors; ++v) sums[v] = hn::Set(d, bias);
  } else {
    const float* before = piece.sums + row * piece.width;
    for (int v = 0; v < vectors; ++v) sums[v] = hn::LoadU(d, before + v * lanes);
  }
}

template <class D, int vectors>
HWY_INLINE void end_sums(const Piece& piece, std::int64_t row, hn::Vec<D> (&sums)[vectors]) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (!piece.last) {
    float* behind = piece.sums + row * piece.width;
    for (int v = 0; v < vectors; ++v) hn::StoreU(sums[v], d, behind + v * lanes);
    return;
  }
  float* y = piece.y + row * piece.y_stride;
  for (int v = 0; v < vectors; ++v) {
    if (piece.add != nullptr) {
      sums[v] = hn::Add(sums[v], hn::LoadU(d, piece.add + row * piece.add_stride + v * lanes));
    }
    sums[v] = hn::Min(hn::Max(sums[v], hn::Set(d, piece.low)), hn::Set(d, piece.high));
    if (piece.keep != nullptr) {
      const hn::RebindToUnsigned<D> du;
      sums[v] = hn::And(sums[v], hn::BitCast(d, hn::LoadU(du, piece.keep + v * lanes)));
    }
    hn::StoreU(sums[v], d, y + v * lanes);
  }
}

// Few vectors take several sums each: an addition has to wait for the one before it.
template <class D, int vectors>
HWY_INLINE void multiply_piece(const Piece& piece) {
  constexpr int kChains = vectors == 1 ? 4 : vectors <= 3 ? 2 : 1;
  const D d;
  using Vector = hn::Vec<D>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::uint16_t* order = piece.order;
  const std::uint16_t* places = piece.places;
  const float* values = piece.values;
  const auto input = [&](std::int64_t tap) { return piece.panel + 2 * std::int64_t{places[tap]}; };
  for (const PanelRows::Run* run = piece.runs; run != piece.runs_end; ++run) {
    const std::int64_t taps = run->taps;
    for (std::int32_t r = 0; r < run->rows; ++r, ++order, places += taps, values += taps) {
      const std::int64_t row = *order;
      Vector sums[kChains][vectors];
      begin_sums<D, vectors>(piece, row, sums[0]);
      for (int chain = 1; chain < kChains; ++chain) {
        for (int v = 0; v < vectors; ++v) sums[chain][v] = hn::Zero(d);
      }
      std::int64_t t = 0;
      for (; t + kChains <= taps; t += kChains) {
        for (int chain = 0; chain < kChains; ++chain) {
          const Vector value = hn::Set(d, values[t + chain]);
          const float* x = input(t + chain);
          for (int v = 0; v < vectors; ++v) {
            sums[chain][v] = hn::MulAdd(value, hn::LoadU(d, x + v * lanes), sums[chain][v]);
          }
        }
      }
      for (; t < taps; ++t) {
        const Vector value = hn::Set(d, values[t]);
        const float* x = input(t);
        for (int v = 0; v < vectors; ++v) {
          sums[0][v] = hn::MulAdd(value, hn::LoadU(d, x + v * lanes), sums[0][v]);
        }
      }
      for (int chain = 1; chain < kChains; ++chain) {
        for (int v = 0; v < vectors; ++v) sums[0][v] = hn::Add(sums[0][v], sums[chain][v]);
      }
      end_sums<D, vectors>(piece, row, sums[0]);
    }
  }
}

template <class D, int most>
HWY_INLINE void at_most(std::int64_t vectors, const Piece& piece) {
  if constexpr (most > 0) {
    if (vectors == most) {
      multiply_piece<D, most>(piece);
    } else {
      at_most<D, most - 1>(vectors, piece);
    }
  }
}

// As many vectors at a time as registers hold.
template <class D>
void multiply_columns(Piece piece, std::int64_t columns) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  for (std::int64_t left = columns / lanes; left > 0;) {
    const std::int64_t vectors = std::min<std::int64_t>(kVectors, left);
    at_most<D, kVectors>(vectors, piece);
    left -= vectors;
    const std::int64_t step = vectors * lanes;
    piece.panel += step;
    piece.sums += step;
    piece.y += step;
    if (piece.add != nullptr) piece.add += step;
    if (piece.keep != nullptr) piece.keep += step;
  }
}

#if HWY_TARGET <= HWY_AVX3
// Panels of four columns: four taps share a vector, so that a multiplication serves them all.
void multiply_fours(const Piece& piece) {
  const hn::FixedTag<float, 16> d;
  const hn::FixedTag<float, 8> half;
  const hn::FixedTag<float, 4> block;
  const hn::Repartition<std::uint8_t, decltype(d)> bytes;
  // Within each block of 128 bits, bytes of the value of its own.
  alignas(64) std::uint8_t places_of_values[64];
  for (std::size_t i = 0; i < 64; ++i) {
    places_of_values[i] = static_cast<std::uint8_t>(i / 16 * 4 + i % 4);
  }
  const auto own_value = hn::Load(bytes, places_of_values);
  const std::uint16_t* order = piece.order;
  const std::uint16_t* places = piece.places;
  const float* values = piece.values;
  const auto input = [&](std::int64_t tap) HWY_ATTR {
    return hn::LoadU(block, piece.panel + 2 * std::int64_t{places[tap]});
  };
  const auto products = [&](std::int64_t tap, hn::Vec<decltype(d)> sum) HWY_ATTR {
    const auto low = hn::Combine(half, input(tap + 1), input(tap));
    const auto high = hn::Combine(half, input(tap + 3), input(tap + 2));
    const auto all = hn::BitCast(bytes, hn::LoadDup128(d, values + tap));
    const auto value = hn::BitCast(d, hn::TableLookupBytes(all, own_value));
    return hn::MulAdd(hn::Combine(d, high, low), value, sum);
  };
  for (const PanelRows::Run* run = piece.runs; run != piece.runs_end; ++run) {
    const std::int64_t taps = run->taps;
    for (std::int32_t r = 0; r < run->rows; ++r, ++order, places += taps, values += taps) {
      auto first = hn::Zero(d);
      auto second = hn::Zero(d);
      std::int64_t t = 0;
      for (; t + 8 <= taps; t += 8) {
        first = products(t, first);
        second = products(t + 4, second);
      }
      if (t + 4 <= taps) {
        first = products(t, first);
        t += 4;
      }
      hn::Vec<decltype(block)> sums[1];
      begin_sums<decltype(block), 1>(piece, *order, sums);
      for (; t < taps; ++t) sums[0] = hn::MulAdd(hn::Set(block, values[t]), input(t), sums[0]);
      first = hn::Add(first, second);
      const auto both = hn::Add(hn::LowerHalf(half, first), hn::UpperHalf(half, first));
      sums[0] = hn::Add(sums[0], hn::Add(hn::LowerHalf(block, both), hn::UpperHalf(block, both)));
      end_sums<decltype(block), 1>(piece, *order, sums);
    }
  }
}
#else
void multiply_fours(const Piece& piece) { multiply_columns<hn::CappedTag<float, 4>>(piece, 4); }
#endif

void copy(const PanelRows& weight, std::int64_t columns, const float* x, float* panel) {
  const hn::CappedTag<float, 16> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (const std::int32_t offset : weight.offsets) {
    std::int64_t i = 0;
    for (; i + lanes <= columns; i += lanes) hn::StoreU(hn::LoadU(d, x + offset + i), d, panel + i);
    for (; i < columns; ++i) panel[i] = x[offset + i];
    panel += weight.width;
  }
}

void multiply(const PanelRows& weight, RowRange parts, std::int64_t columns, const float* panel,
              float* y, std::int64_t y_stride, const Epilogue& epilogue) {
  HWY_ALIGN float waiting[kMostPartFloats];
  for (std::int64_t part = parts.begin; part < parts.end; ++part) {
    const std::int64_t row = part * weight.part_rows;
    for (std::int64_t block = 0; block < weight.blocks; ++block) {
      const auto at = static_cast<std::size_t>(block);
      const PanelRows::Begin* begin =
          &weight.begins[static_cast<std::size_t>(part * weight.blocks + block)];
      const Piece piece{
          .runs = weight.runs.data() + begin[0].run,
          .runs_end = weight.runs.data() + begin[1].run,
          .order = weight.order.data() + begin->row,
          .places = weight.places.data() + begin->tap,
          .values = weight.values.data() + begin->tap,
          .panel = panel + weight.first_place[at] * weight.width,
          .sums = waiting,
          .y = y + row * y_stride,
          .width = weight.width,
          .y_stride = y_stride,
          .bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + row,
          .add = epilogue.add == nullptr ? nullptr : epilogue.add + row * epilogue.add_stride,
          .add_stride = epilogue.add_stride,
          .keep = epilogue.keep,
          .low = epilogue.low,
          .high = epilogue.high,
          .first = block == 0,
          .last = block + 1 == weight.blocks};
      if (weight.width == 4) {
        multiply_fours(piece);
      } else if (weight.width == 8) {
        multiply_columns<hn::CappedTag<float, 8>>(piece, columns);
      } else {
        multiply_columns<hn::CappedTag<float, 16>>(piece, columns);
      }
    }
  }
}

}  // namespace gcompress::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::kernels {

HWY_EXPORT(copy);
HWY_EXPORT(multiply);

namespace {

// Appends a part's block: of each of the rows its taps at places [first_place, last_place), which
// are those from next[r] on.
void add_block(const TapRows& weight, const std::vector<std::int64_t>& places,
               std::int64_t first_place, RowRange rows, std::vector<std::int64_t>& next,
               std::int64_t last_place, PanelRows& made) {
  made.begins.push_back({.run = static_cast<std::int64_t>(made.runs.size()),
                         .row = static_cast<std::int64_t>(made.order.size()),
                         .tap = static_cast<std::int64_t>(made.values.size())});
  std::vector<std::int64_t> count(static_cast<std::size_t>(rows.end - rows.begin));
  for (std::size_t r = 0; r < count.size(); ++r) {
    const std::int64_t begin = next[r];
    const std::int64_t end = weight.begin[static_cast<std::size_t>(rows.begin) + r + 1];
    std::int64_t t = begin;
    while (t < end && places[static_cast<std::size_t>(t)] < last_place) ++t;
    count[r] = t - begin;
  }
  std::vector<std::uint16_t> order(count.size());
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::ranges::stable_sort(order, {}, [&](std::uint16_t r) { return count[r]; });
  for (const std::uint16_t r : order) {
    const auto taps = static_cast<std::int32_t>(count[r]);
    const bool same = static_cast<std::int64_t>(made.runs.size()) > made.begins.back().run &&
                      made.runs.back().taps == taps;
    if (!same) made.runs.push_back({.rows = 0, .taps = taps});
    ++made.runs.back().rows;
    made.order.push_back(r);
    for (std::int64_t t = next[r]; t < next[r] + taps; ++t) {
      const std::int64_t place = places[static_cast<std::size_t>(t)] - first_place;
      made.places.push_back(static_cast<std::uint16_t>(place * made.width / 2));
      made.values.push_back(weight.values[static_cast<std::size_t>(t)]);
    }
    next[r] += taps;
  }
}

// `places`: of each tap, rising within a row.
void lay_out(const TapRows& weight, const std::vector<std::int64_t>& places, std::int64_t all,
             const PanelShape& shape, PanelRows& made) {
  made.rows = weight.rows();
  made.width = shape.width;
  made.part_rows = std::min(shape.part_rows, kMostPartFloats / shape.width);
  const std::int64_t most = std::max<std::int64_t>(1, shape.block_floats / shape.width);
  made.blocks = std::max<std::int64_t>(1, (all + most - 1) / most);
  for (std::int64_t b = 0; b <= made.blocks; ++b) made.first_place.push_back(all * b / made.blocks);
  made.places.reserve(weight.values.size());
  made.values.reserve(weight.values.size());
  for (std::int64_t row = 0; row < made.rows; row += made.part_rows) {
    const RowRange rows{row, std::min(made.rows, row + made.part_rows)};
    std::vector<std::int64_t> next(weight.begin.begin() + rows.begin,
                                   weight.begin.begin() + rows.end);
    for (std::int64_t b = 0; b < made.blocks; ++b) {
      const auto at = static_cast<std::size_t>(b);
      add_block(weight, places, made.first_place[at], rows, next, made.first_place[at + 1], made);
    }
  }
  made.begins.push_back({.run = static_cast<std::int64_t>(made.runs.size()),
                         .row = static_cast<std::int64_t>(made.order.size()),
                         .tap = static_cast<std::int64_t>(made.values.size())});
}

}  // namespace

PanelRows panel_rows_of_matrix(const TapRows& weight, const PanelShape& shape) {
  PanelRows made;
  const std::vector<std::int64_t> places(weight.offsets.begin(), weight.offsets.end());
  const std::int64_t all = places.empty() ? 0 : *std::ranges::max_element(places) + 1;
  lay_out(weight, places, all, shape, made);
  return made;
}

PanelRows panel_rows_of_taps(const TapRows& weight, const PanelShape& shape) {
  PanelRows made;
  made.offsets = weight.offsets;
  std::ranges::sort(made.offsets);
  const auto repeated = std::ranges::unique(made.offsets);
  made.offsets.erase(repeated.begin(), repeated.end());
  std::vector<std::int64_t> places;
  places.reserve(weight.offsets.size());
  for (const std::int32_t offset : weight.offsets) {
    places.push_back(std::ranges::lower_bound(made.offsets, offset) - made.offsets.begin());
  }
  lay_out(weight, places, static_cast<std::int64_t>(made.offsets.size()), shape, made);
  return made;
}

void copy_panel(const PanelRows& weight, std::int64_t columns, const float* x, float* panel) {
  HWY_DYNAMIC_DISPATCH(copy)(weight, columns, x, panel);
}

void multiply_panel_rows(const PanelRows& weight, RowRange parts, std::int64_t columns,
                         const float* panel, float* y, std::int64_t y_stride,
                         const Epilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(multiply)(weight, parts, columns, panel, y, y_stride, epilogue);
}

}  // namespace gcompress::kernels
#endif
