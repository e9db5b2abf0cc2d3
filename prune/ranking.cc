// Radix selection of the k best scores.
#include "gcompress/prune/ranking.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace gcompress::prune {
namespace {

constexpr std::int64_t kPiece = 8192;  // scores at a time; whole words of a mask
constexpr std::size_t kDigits = 65536;
constexpr std::size_t kCachedDigits = 1 << 22;  // 32 MB of low digits

// Clears the keys of elements that the mask drops.
void clear_removed(const graph::Mask& within, std::int64_t begin, std::span<std::uint32_t> keys) {
  const auto words = within.words().subspan(static_cast<std::size_t>(begin / 64));
  for (std::size_t i = 0; i < keys.size(); i += 64) {
    const std::uint64_t word = words[i / 64];
    if (word == ~std::uint64_t{0}) continue;
    const std::size_t end = std::min(keys.size(), i + 64);
    for (std::size_t j = i; j < end; ++j) {
      if (((word >> (j - i)) & 1) == 0) keys[j] = 0;
    }
  }
}

// 64 bits of a mask from up to 64 keys.
std::uint64_t mask_word(std::span<const std::uint32_t> keys, Cut& cut) {
  std::uint64_t word = 0;
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    word |= std::uint64_t{keys[i] > cut.key} << i;
    equal |= std::uint64_t{keys[i] == cut.key} << i;
  }
  for (; equal != 0 && cut.ties > 0; equal &= equal - 1, --cut.ties) word |= equal & (~equal + 1);
  return word;
}

}  // namespace

std::uint32_t key_of(float score) {
  const auto bits = std::bit_cast<std::uint32_t>(score == score ? score : 0.0F);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

std::int64_t Ranking::Histogram::at(std::uint32_t digit) const {
  const auto found = std::ranges::lower_bound(digits, digit);
  if (found == digits.end() || *found != digit) return 0;
  return counts[static_cast<std::size_t>(found - digits.begin())];
}

std::int64_t Ranking::Histogram::above(std::uint32_t digit) const {
  const auto start = std::ranges::upper_bound(digits, digit) - digits.begin();
  return std::accumulate(counts.begin() + start, counts.end(), std::int64_t{0});
}

void Ranking::Histogram::add_to(std::vector<std::int64_t>& sums) const {
  for (std::size_t i = 0; i < digits.size(); ++i) sums[digits[i]] += counts[i];
}

Ranking::Ranking(AllocateInputs inputs) : inputs_(std::move(inputs)) {
  std::vector<std::uint32_t> counts(kDigits);
  for (std::size_t layer = 0; layer < layers(); ++layer) {
    std::ranges::fill(counts, 0U);
    for_each_piece(layer, [&](std::int64_t, std::span<const std::uint32_t> keys) {
      for (const std::uint32_t key : keys) ++counts[key >> 16];
    });
    counts[0] = 0;  // removed ones
    high_.push_back(compact(counts));
    present_.push_back(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  }
}

std::int64_t Ranking::floor(std::size_t layer) const {
  return floor_of(inputs_, *inputs_.weights[layer], present_[layer]);
}

Cut Ranking::cut(std::span<const std::size_t> of, std::int64_t keep) {
  Cut result;
  if (keep <= 0) return result;
  // The high digit in which the last kept element lies, then its low digit.
  std::vector<std::int64_t> counts(kDigits);
  for (const std::size_t layer : of) high_[layer].add_to(counts);
  std::int64_t left = keep;
  std::size_t high = kDigits - 1;
  for (; high > 0 && counts[high] < left; --high) left -= counts[high];
  GCOMPRESS_CHECK(high > 0);

  std::ranges::fill(counts, std::int64_t{0});
  for (const std::size_t layer : of) {
    low_digits(layer, static_cast<std::uint32_t>(high)).add_to(counts);
  }
  std::size_t low = kDigits - 1;
  for (; counts[low] < left; --low) left -= counts[low];
  result.key = static_cast<std::uint32_t>(high << 16 | low);
  result.ties = left;
  return result;
}

std::vector<std::int64_t> Ranking::kept_by(std::span<const std::size_t> of, const Cut& cut) {
  const std::uint32_t high = cut.key >> 16;
  const std::uint32_t low = cut.key & 0xFFFFU;
  std::int64_t ties = cut.ties;
  std::vector<std::int64_t> kept;
  for (const std::size_t layer : of) {
    const Histogram& digits = low_digits(layer, high);
    const std::int64_t equal = std::min(ties, digits.at(low));
    ties -= equal;
    kept.push_back(high_[layer].above(high) + digits.above(low) + equal);
  }
  return kept;
}

graph::Mask Ranking::mask(std::size_t layer, Cut& cut) const {
  std::vector<std::uint64_t> words;
  words.reserve(static_cast<std::size_t>((size(layer) + 63) / 64));
  for_each_piece(layer, [&](std::int64_t, std::span<const std::uint32_t> keys) {
    for (std::size_t i = 0; i < keys.size(); i += 64) {
      words.push_back(mask_word(keys.subspan(i, std::min<std::size_t>(64, keys.size() - i)), cut));
    }
  });
  return graph::Mask::from_words(inputs_.weights[layer]->value.shape(), std::move(words));
}

template <typename Visit>
void Ranking::for_each_piece(std::size_t layer, Visit&& visit) const {
  const graph::Weight& weight = *inputs_.weights[layer];
  const Tensor& present = present_value(inputs_, weight);
  GCOMPRESS_CHECK(present.size() == weight.size());
  const graph::Mask* within = mask_within(inputs_, weight);
  std::vector<float> scores(kPiece);
  std::vector<std::uint32_t> keys(kPiece);
  for (std::int64_t begin = 0; begin < weight.size(); begin += kPiece) {
    const auto count = static_cast<std::size_t>(std::min(kPiece, weight.size() - begin));
    inputs_.score(weight, present, begin, std::span(scores).first(count));
    for (std::size_t i = 0; i < count; ++i) keys[i] = key_of(scores[i]);
    if (within != nullptr) clear_removed(*within, begin, std::span(keys).first(count));
    visit(begin, std::span<const std::uint32_t>(keys).first(count));
  }
  present.bytes().release_pages();
}

Ranking::Histogram Ranking::compact(const std::vector<std::uint32_t>& counts) {
  Histogram result;
  for (std::size_t digit = 0; digit < counts.size(); ++digit) {
    if (counts[digit] == 0) continue;
    result.digits.push_back(static_cast<std::uint32_t>(digit));
    result.counts.push_back(counts[digit]);
  }
  return result;
}

const Ranking::Histogram& Ranking::low_digits(std::size_t layer, std::uint32_t high) {
  static const Histogram kNone;
  if (high == 0 || high_[layer].at(high) == 0) return kNone;
  const auto found = low_.find({layer, high});
  if (found != low_.end()) return found->second;
  std::vector<std::uint32_t> counts(kDigits);
  for_each_piece(layer, [&](std::int64_t, std::span<const std::uint32_t> keys) {
    for (const std::uint32_t key : keys) {
      if (key >> 16 == high) ++counts[key & 0xFFFFU];
    }
  });
  if (low_digits_held_ > kCachedDigits) {
    low_.clear();
    low_digits_held_ = 0;
  }
  const Histogram& result = low_.emplace(std::pair(layer, high), compact(counts)).first->second;
  low_digits_held_ += result.digits.size();
  return result;
}

}  // namespace gcompress::prune
