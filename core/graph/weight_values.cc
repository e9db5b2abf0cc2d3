// Looking through the values of weights.
#include "gcompress/core/graph/weight_values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace gcompress::graph {
namespace {

// Elements looked at between two decisions: small enough to stop early, large enough for SIMD.
constexpr std::size_t kBlock = 4096;
// Mapped tensors are let go in pieces of this size, so that they never fill the memory.
constexpr std::size_t kPiece = std::size_t{1} << 24;

// Calls visit(first element, count) for pieces of the tensor until it returns false; releases the
// pages of mapped tensors of more than one piece.
template <typename Word, typename Visit>
void for_each_piece(const Tensor& tensor, Visit&& visit) {
  const Bytes& bytes = tensor.bytes();
  const bool release = bytes.mapped() && bytes.size() > kPiece;
  for (std::size_t begin = 0; begin < bytes.size(); begin += kPiece) {
    const Bytes piece = bytes.slice(begin, std::min(kPiece, bytes.size() - begin));
    const bool go_on =
        visit(reinterpret_cast<const Word*>(piece.data()), piece.size() / sizeof(Word));
    if (release) piece.release_pages();
    if (!go_on) return;
  }
}

// Not finite means that all bits of the exponent are set.
template <typename Word>
bool all_exponents_below(const Tensor& tensor, Word exponent) {
  bool finite = true;
  for_each_piece<Word>(tensor, [&](const Word* words, std::size_t count) {
    for (std::size_t begin = 0; begin < count && finite; begin += kBlock) {
      const std::size_t end = std::min(count, begin + kBlock);
      Word bad = 0;
#pragma omp simd reduction(| : bad)
      for (std::size_t i = begin; i < end; ++i) {
        bad = static_cast<Word>(bad | static_cast<Word>((words[i] & exponent) == exponent));
      }
      finite = bad == 0;
    }
    return finite;
  });
  return finite;
}

template <typename Word>
std::int64_t count_words(const Tensor& tensor, Word magnitude) {
  std::int64_t total = 0;
  for_each_piece<Word>(tensor, [&](const Word* words, std::size_t count) {
    for (std::size_t begin = 0; begin < count; begin += kBlock) {
      const std::size_t end = std::min(count, begin + kBlock);
      // A block's count fits 16 bits.
      std::uint16_t nonzero = 0;
#pragma omp simd reduction(+ : nonzero)
      for (std::size_t i = begin; i < end; ++i) {
        nonzero = static_cast<std::uint16_t>(
            nonzero + static_cast<std::uint16_t>((words[i] & magnitude) != 0));
      }
      total += nonzero;
    }
    return true;
  });
  return total;
}

// Elements of fewer than 8 bits.
std::int64_t count_packed(const Tensor& tensor, int bits) {
  const auto data = tensor.bytes().view();
  const unsigned mask = (1U << bits) - 1;
  const auto each = static_cast<std::size_t>(8 / bits);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.size()); ++i) {
    const auto byte = std::to_integer<unsigned>(data[i / each]);
    total += ((byte >> (static_cast<unsigned>(bits) * (i % each))) & mask) != 0 ? 1 : 0;
  }
  return total;
}

}  // namespace

bool all_finite(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DataType::kFloat32:
      return all_exponents_below<std::uint32_t>(tensor, 0x7F800000U);
    case DataType::kFloat64:
      return all_exponents_below<std::uint64_t>(tensor, 0x7FF0000000000000U);
    case DataType::kFloat16:
      return all_exponents_below<std::uint16_t>(tensor, 0x7C00U);
    case DataType::kBfloat16:
      return all_exponents_below<std::uint16_t>(tensor, 0x7F80U);
    default:
      return true;
  }
}

std::int64_t count_nonzero(const Tensor& tensor) {
  const int bits = bits_of(tensor.dtype());
  const bool real = is_floating(tensor.dtype());
  switch (bits) {
    case 0:
      return 0;
    case 2:
    case 4:
      return count_packed(tensor, bits);
    case 8:
      return count_words<std::uint8_t>(tensor, 0xFF);
    case 16:
      return count_words<std::uint16_t>(tensor, real ? 0x7FFF : 0xFFFF);
    case 32:
      return count_words<std::uint32_t>(tensor, real ? 0x7FFFFFFFU : 0xFFFFFFFFU);
    case 64:
      return count_words<std::uint64_t>(tensor, real ? ~std::uint64_t{0} >> 1 : ~std::uint64_t{0});
    default:
      return tensor.size();  // complex128: never a weight
  }
}

bool is_attention_mask(const Tensor& tensor) {
  if (!is_floating(tensor.dtype()) || tensor.size() < 2) return false;
  const std::vector<float> values = to_float32(tensor);
  const float low = *std::min_element(values.begin(), values.end());
  if (!(low <= -10)) return false;
  bool zero = false;
  for (const float value : values) {
    if (value != 0 && value != low) return false;
    zero = zero || value == 0;
  }
  return zero;
}

bool is_grid(const Tensor& tensor) {
  if (!is_floating(tensor.dtype()) || tensor.size() < 16) return false;
  const std::vector<float> values = to_float32(tensor);
  const float first = values.front();
  float second = first;
  bool third = false;
  for (const float value : values) {
    if (value * 2 != std::round(value * 2)) return false;
    if (second == first) second = value;
    third = third || (value != first && value != second);
  }
  return third;
}

}  // namespace gcompress::graph
