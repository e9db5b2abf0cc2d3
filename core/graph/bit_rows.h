// Rows of bits that begin anywhere in a mask.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gcompress::graph {

using BitRow = std::vector<std::uint64_t>;  // bits beyond the row's length are 0

inline BitRow make_bit_row(std::int64_t bits) {
  return BitRow(static_cast<std::size_t>((bits + 63) / 64), 0);
}

// Bits [begin, begin + count) of `words` into `row`, which has room for count.
inline void load_bits(std::span<const std::uint64_t> words, std::int64_t begin, std::int64_t count,
                      BitRow& row) {
  const auto first = static_cast<std::size_t>(begin / 64);
  const int shift = static_cast<int>(begin % 64);
  const auto row_words = static_cast<std::size_t>((count + 63) / 64);
  for (std::size_t i = 0; i < row_words; ++i) {
    std::uint64_t word = words[first + i] >> shift;
    if (shift != 0 && first + i + 1 < words.size()) word |= words[first + i + 1] << (64 - shift);
    row[i] = word;
  }
  if (count % 64 != 0) row[row_words - 1] &= (std::uint64_t{1} << (count % 64)) - 1;
}

// Puts a row into `words`, whose bits there are 0.
inline void store_bits(const BitRow& row, std::int64_t begin, std::int64_t count,
                       std::span<std::uint64_t> words) {
  const auto first = static_cast<std::size_t>(begin / 64);
  const int shift = static_cast<int>(begin % 64);
  const auto row_words = static_cast<std::size_t>((count + 63) / 64);
  for (std::size_t i = 0; i < row_words; ++i) {
    words[first + i] |= row[i] << shift;
    if (shift != 0 && row[i] >> (64 - shift) != 0) words[first + i + 1] |= row[i] >> (64 - shift);
  }
}

inline void set_bits(BitRow& row, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    row[static_cast<std::size_t>(i / 64)] |= std::uint64_t{1} << (i % 64);
  }
}

inline bool test_bit(const BitRow& row, std::int64_t i) {
  return (row[static_cast<std::size_t>(i / 64)] >> (i % 64)) & 1;
}

inline bool any_common(const BitRow& a, const BitRow& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] & b[i]) != 0) return true;
  }
  return false;
}

inline bool any_bit(const BitRow& row) {
  return std::ranges::any_of(row, [](std::uint64_t word) { return word != 0; });
}

// Calls visit(index) for every set bit, rising.
template <typename Visit>
void for_each_bit(const BitRow& row, Visit&& visit) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    for (std::uint64_t word = row[i]; word != 0; word &= word - 1) {
      visit(static_cast<std::int64_t>(i * 64) + std::countr_zero(word));
    }
  }
}

}  // namespace gcompress::graph
