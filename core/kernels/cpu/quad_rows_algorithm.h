// Sparse rows over quads, once for every instruction set: included by the files that define the
// vectors of one, inside their target attributes. `S` says what a vector is:
//   Ints, Floats, Mask; kLanes (of 32 bits), kVectors and kSharingVectors (sums that a row, or each
//   of four rows, keeps in registers)
//   zero, broadcast, load, load_part, store, store_part, first (lanes of a mask), dot and
//   arithmetic.
//
// A row's sums stay in up to kVectors registers while its taps pass; four rows are packed into
// quads in registers and stored once. Per tap: a broadcast of four weights, then a load and a dot
// product per vector, so loads limit it: two 64-byte loads a cycle if aligned, one if not. Shared
// taps load once for four rows, whose sums all stay in registers: then dot products limit it.
//
// Best shares of what dot products do from registers (933 GOP/s, AVX-512 VNNI, Zen 5), all four
// channels of a kept quad counted: own taps 25-37% on 3x3 and 40-51% on 1x1 layers, shared ones of
// dense rows 70-87%.
#pragma once

#include <hwy/base.h>

#include <algorithm>
#include <cstdint>

#include "gcompress/core/kernels/cpu/quad_finish_algorithm.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {
namespace {

// Bytes of input that are computed on together: most of a first cache of 48 KiB.
constexpr std::int64_t kNearBytes = 32 * 1024;

struct QuadRow {
  const QuadTap* tap;
  const QuadTap* end;
  const std::uint8_t* x;  // at the first position
  std::int32_t bias;
};

// Adds the row's taps. Few vectors alone would wait for each other's sums, so taps are then shared
// out among several of them (`ways`).
template <class S, int count, int ways, bool part>
HWY_INLINE void add_taps(const QuadRow& row, typename S::Mask mask,
                         typename S::Ints (&sums)[count]) {
  using Ints = typename S::Ints;
  constexpr std::int64_t kBytes = 4 * S::kLanes;
  Ints partial[ways][count];
  for (int w = 0; w < ways; ++w) {
    for (int v = 0; v < count; ++v) partial[w][v] = w == 0 ? S::broadcast(row.bias) : S::zero();
  }
  const QuadTap* tap = row.tap;
  for (; row.end - tap >= ways; tap += ways) {
    for (int w = 0; w < ways; ++w) {
      const Ints weights = S::broadcast(tap[w].weights);
      const std::uint8_t* x = row.x + 4 * static_cast<std::int64_t>(tap[w].offset);
      for (int v = 0; v < count; ++v) {
        const Ints inputs =
            part && v == count - 1 ? S::load_part(x + v * kBytes, mask) : S::load(x + v * kBytes);
        partial[w][v] = S::dot(partial[w][v], inputs, weights);
      }
    }
  }
  if constexpr (ways > 1) {
    for (; tap != row.end; ++tap) {
      const Ints weights = S::broadcast(tap->weights);
      const std::uint8_t* x = row.x + 4 * static_cast<std::int64_t>(tap->offset);
      for (int v = 0; v < count; ++v) {
        const Ints inputs =
            part && v == count - 1 ? S::load_part(x + v * kBytes, mask) : S::load(x + v * kBytes);
        partial[0][v] = S::dot(partial[0][v], inputs, weights);
      }
    }
  }
  for (int v = 0; v < count; ++v) {
    sums[v] = partial[0][v];
    for (int w = 1; w < ways; ++w) sums[v] = S::add(sums[v], partial[w][v]);
  }
}

template <class S, int count, bool part>
HWY_INLINE void add_all_taps(const QuadRow& row, typename S::Mask mask,
                             typename S::Ints (&sums)[count]) {
  constexpr int kWays = count == 1 ? 4 : count <= 3 ? 2 : 1;
  add_taps<S, count, kWays, part>(row, mask, sums);
}

HWY_INLINE QuadRow row_at(const QuadRows& weight, std::int64_t r, const std::uint8_t* x,
                          const std::int32_t* bias) {
  const std::int64_t begin = weight.begin[static_cast<std::size_t>(r)];
  const std::int64_t end = weight.begin[static_cast<std::size_t>(r) + 1];
  return {.tap = weight.taps.data() + begin,
          .end = weight.taps.data() + end,
          .x = x,
          .bias = bias == nullptr ? 0 : bias[r]};
}

// Byte k of the packed outputs becomes row r's codes.
template <class S, int count, bool part>
HWY_INLINE void pack_row(const typename S::Ints (&sums)[count], std::int64_t r, int k,
                         const std::uint8_t* other, typename S::Mask mask,
                         const Requantization& finish, typename S::Ints (&packed)[count]) {
  constexpr std::int64_t kBytes = 4 * S::kLanes;
  const auto zero_point = static_cast<float>(finish.zero_point);
  const Rounding<S> by{.scale = S::set(finish.scale[r]),
                       .low = S::set(static_cast<float>(finish.low) - zero_point),
                       .high = S::set(static_cast<float>(finish.high) - zero_point),
                       .zero_point = S::broadcast(finish.zero_point)};
  for (int v = 0; v < count; ++v) {
    typename S::Ints code = code_of<S>(sums[v], by);
    if (other != nullptr) {
      const typename S::Ints others = part && v == count - 1
                                          ? S::load_part(other + v * kBytes, mask)
                                          : S::load(other + v * kBytes);
      code = added_to<S>(code, others, k, finish);
    }
    packed[v] = S::with_byte(packed[v], code, k);
  }
}

template <class S, int count, bool part>
HWY_INLINE void store_packed(const typename S::Ints (&packed)[count], typename S::Mask mask,
                             std::uint8_t* y) {
  constexpr std::int64_t kBytes = 4 * S::kLanes;
  for (int v = 0; v < count; ++v) {
    if (part && v == count - 1) {
      S::store_part(y + v * kBytes, packed[v], mask);
    } else {
      S::store(y + v * kBytes, packed[v]);
    }
  }
}

// `count` vectors of a quad of rows, beginning at row r.
template <class S, int count, bool part>
HWY_INLINE void quad_of_rows(const QuadRows& weight, std::int64_t r, std::int64_t rows,
                             const std::uint8_t* x, typename S::Mask mask, std::uint8_t* y,
                             const std::uint8_t* other, const Requantization& finish) {
  typename S::Ints packed[count];
  for (int v = 0; v < count; ++v) packed[v] = S::zero();
  for (int k = 0; k < rows; ++k) {
    typename S::Ints sums[count];
    add_all_taps<S, count, part>(row_at(weight, r + k, x, finish.bias), mask, sums);
    pack_row<S, count, part>(sums, r + k, k, other, mask, finish, packed);
  }
  store_packed<S, count, part>(packed, mask, y);
}

// Adds taps of one row to sums that are there.
template <class S, int count, bool part>
HWY_INLINE void add_own_taps(const QuadRow& row, typename S::Mask mask,
                             typename S::Ints (&sums)[count]) {
  constexpr std::int64_t kBytes = 4 * S::kLanes;
  for (const QuadTap* tap = row.tap; tap != row.end; ++tap) {
    const typename S::Ints weights = S::broadcast(tap->weights);
    const std::uint8_t* x = row.x + 4 * static_cast<std::int64_t>(tap->offset);
    for (int v = 0; v < count; ++v) {
      const typename S::Ints inputs =
          part && v == count - 1 ? S::load_part(x + v * kBytes, mask) : S::load(x + v * kBytes);
      sums[v] = S::dot(sums[v], inputs, weights);
    }
  }
}

// The same with taps that the rows share: sums of all four rows in registers.
template <class S, int count, bool part>
HWY_INLINE void sharing_rows(const QuadRows& weight, std::int64_t r, std::int64_t rows,
                             const std::uint8_t* x, typename S::Mask mask, std::uint8_t* y,
                             const std::uint8_t* other, const Requantization& finish) {
  using Ints = typename S::Ints;
  constexpr std::int64_t kBytes = 4 * S::kLanes;
  QuadRow own[4] = {};
  for (std::int64_t k = 0; k < rows; ++k) own[k] = row_at(weight, r + k, x, finish.bias);
  Ints a[count];
  Ints b[count];
  Ints c[count];
  Ints d[count];
  for (int v = 0; v < count; ++v) {
    a[v] = S::broadcast(own[0].bias);
    b[v] = S::broadcast(own[1].bias);
    c[v] = S::broadcast(own[2].bias);
    d[v] = S::broadcast(own[3].bias);
  }
  const auto quad = static_cast<std::size_t>(r / 4);
  const SharedQuadTap* const end = weight.shared.data() + weight.shared_begin[quad + 1];
  for (const SharedQuadTap* tap = weight.shared.data() + weight.shared_begin[quad]; tap != end;
       ++tap) {
    const std::uint8_t* from = x + 4 * static_cast<std::int64_t>(tap->offset);
    const Ints wa = S::broadcast(tap->weights[0]);
    const Ints wb = S::broadcast(tap->weights[1]);
    const Ints wc = S::broadcast(tap->weights[2]);
    const Ints wd = S::broadcast(tap->weights[3]);
    for (int v = 0; v < count; ++v) {
      const Ints inputs = part && v == count - 1 ? S::load_part(from + v * kBytes, mask)
                                                 : S::load(from + v * kBytes);
      a[v] = S::dot(a[v], inputs, wa);
      b[v] = S::dot(b[v], inputs, wb);
      c[v] = S::dot(c[v], inputs, wc);
      d[v] = S::dot(d[v], inputs, wd);
    }
  }
  add_own_taps<S, count, part>(own[0], mask, a);
  add_own_taps<S, count, part>(own[1], mask, b);
  add_own_taps<S, count, part>(own[2], mask, c);
  add_own_taps<S, count, part>(own[3], mask, d);
  Ints packed[count];
  for (int v = 0; v < count; ++v) packed[v] = S::zero();
  pack_row<S, count, part>(a, r, 0, other, mask, finish, packed);
  if (rows > 1) pack_row<S, count, part>(b, r + 1, 1, other, mask, finish, packed);
  if (rows > 2) pack_row<S, count, part>(c, r + 2, 2, other, mask, finish, packed);
  if (rows > 3) pack_row<S, count, part>(d, r + 3, 3, other, mask, finish, packed);
  store_packed<S, count, part>(packed, mask, y);
}

// In pieces of at most S::kSharingVectors, as many registers as four rows leave.
template <class S, int count, bool part>
HWY_INLINE void sharing_pieces(const QuadRows& weight, std::int64_t r, std::int64_t rows,
                               const std::uint8_t* x, typename S::Mask mask, std::uint8_t* y,
                               const std::uint8_t* other, const Requantization& finish) {
  if constexpr (count <= S::kSharingVectors) {
    sharing_rows<S, count, part>(weight, r, rows, x, mask, y, other, finish);
  } else {
    constexpr int kPieces = (count + S::kSharingVectors - 1) / S::kSharingVectors;
    constexpr int kFirst = (count + kPieces - 1) / kPieces;
    constexpr std::int64_t kBytes = 4 * S::kLanes * kFirst;
    sharing_rows<S, kFirst, false>(weight, r, rows, x, mask, y, other, finish);
    sharing_pieces<S, count - kFirst, part>(weight, r, rows, x + kBytes, mask, y + kBytes,
                                            other == nullptr ? nullptr : other + kBytes, finish);
  }
}

// What to do with `count` vectors of all rows from position i on.
template <class S>
struct ToQuads {
  const QuadRows& weight;
  RowRange rows;
  const std::uint8_t* x;
  std::uint8_t* y;
  std::int64_t y_stride;
  const Requantization& finish;

  bool shares(std::int64_t r) const {
    const auto quad = static_cast<std::size_t>(r / 4);
    return !weight.shared_begin.empty() &&
           weight.shared_begin[quad] != weight.shared_begin[quad + 1];
  }

  template <int count, bool part>
  void run(std::int64_t i, typename S::Mask mask) const {
    for (std::int64_t r = rows.begin; r < rows.end; r += 4) {
      const std::uint8_t* other =
          finish.other == nullptr ? nullptr : finish.other + 4 * (r / 4 * finish.other_stride + i);
      const std::int64_t of_quad = std::min<std::int64_t>(4, rows.end - r);
      std::uint8_t* to = y + 4 * ((r - rows.begin) / 4 * y_stride + i);
      if (shares(r)) {
        sharing_pieces<S, count, part>(weight, r, of_quad, x + 4 * i, mask, to, other, finish);
      } else {
        quad_of_rows<S, count, part>(weight, r, of_quad, x + 4 * i, mask, to, other, finish);
      }
    }
  }
};

template <class S>
struct ToFloats {
  const QuadRows& weight;
  RowRange rows;
  const std::uint8_t* x;
  float* y;
  std::int64_t y_stride;
  const Dequantization& finish;

  template <int count, bool part>
  void run(std::int64_t i, typename S::Mask mask) const {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      typename S::Ints sums[count];
      add_all_taps<S, count, part>(row_at(weight, r, x + 4 * i, finish.bias), mask, sums);
      float* to = y + (r - rows.begin) * y_stride + i;
      for (int v = 0; v < count; ++v) {
        const auto value = S::bits_of(S::multiply(S::to_floats(sums[v]), S::set(finish.scale[r])));
        if (part && v == count - 1) {
          S::store_part(to + v * S::kLanes, value, mask);
        } else {
          S::store(to + v * S::kLanes, value);
        }
      }
    }
  }
};

// `count` is at least 1 and at most `most`.
template <int most, bool part, class S, class Work>
void run_vectors(const Work& work, std::int64_t count, std::int64_t i, typename S::Mask mask) {
  if constexpr (most > 1) {
    if (count < most) return run_vectors<most - 1, part, S>(work, count, i, mask);
  }
  work.template run<most, part>(i, mask);
}

// Cuts n positions into pieces of nearly as many vectors; all rows of one piece before the next, so
// that inputs stay near.
template <class S, class Work>
void for_all_positions(const QuadRows& weight, std::int64_t n, const Work& work) {
  if (n <= 0) return;
  const std::int64_t vectors = (n + S::kLanes - 1) / S::kLanes;
  std::int64_t most = S::kVectors;
  if (weight.planes > 0) {
    most = std::clamp<std::int64_t>(kNearBytes / (4 * S::kLanes * weight.planes), 2, most);
  }
  const std::int64_t pieces = (vectors + most - 1) / most;
  for (std::int64_t p = 0; p < pieces; ++p) {
    const std::int64_t first = vectors * p / pieces;
    const std::int64_t count = vectors * (p + 1) / pieces - first;
    const std::int64_t rest = n - (first + count - 1) * S::kLanes;  // of the last vector
    if (rest < S::kLanes) {
      run_vectors<S::kVectors, true, S>(work, count, first * S::kLanes, S::first(rest));
    } else {
      run_vectors<S::kVectors, false, S>(work, count, first * S::kLanes, S::first(0));
    }
  }
}

template <class S>
void multiply(const QuadRows& weight, RowRange rows, const std::uint8_t* x, std::int64_t n,
              std::uint8_t* y, std::int64_t y_stride, const Requantization& finish) {
  for_all_positions<S>(weight, n, ToQuads<S>{weight, rows, x, y, y_stride, finish});
}

template <class S>
void multiply_to_floats(const QuadRows& weight, RowRange rows, const std::uint8_t* x,
                        std::int64_t n, float* y, std::int64_t y_stride,
                        const Dequantization& finish) {
  for_all_positions<S>(weight, n, ToFloats<S>{weight, rows, x, y, y_stride, finish});
}

}  // namespace
}  // namespace gcompress::kernels
