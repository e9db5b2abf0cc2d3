// What the range coder is told about a tensor.
#include "gcompress/core/packed/internal/models.h"

#include <algorithm>
#include <bit>

namespace gcompress::packed::internal {
namespace {

constexpr std::size_t kMostColumns = std::size_t{1} << 16;
constexpr std::uint32_t kMostRows = 254;
constexpr std::uint32_t kMostInRow = 510;
constexpr int kLeastWidth = 10;  // of the chance in bits: below 1 / 32768 all are alike
constexpr int kMostWidth = 25;

}  // namespace

PositionModel::PositionModel(std::uint64_t elements, std::uint64_t written, std::size_t row)
    : columns_(std::clamp<std::size_t>(row, 1, kMostColumns)),
      levels_(2 * (kMostWidth - kLeastWidth + 1)) {
  const std::uint64_t share = elements == 0 ? kOne : written * kOne / elements;
  overall_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(share, 16, kOne));
  inverse_ = (std::uint64_t{1} << 40) / overall_;
  prior_ = std::min(kOne / overall_, kMostInRow);
  std::ranges::fill(columns_, overall_);
  row_share_ = overall_;
}

std::size_t PositionModel::level() const {
  const std::uint64_t product = std::uint64_t{columns_[column_]} * row_share_;
  const std::uint64_t chance =
      std::clamp<std::uint64_t>(((product >> 24) * inverse_) >> 16, 1U << (kLeastWidth - 1), kOne);
  const int width = static_cast<int>(std::bit_width(chance));
  const std::uint64_t half = (chance >> (width - 2)) & 1;
  return static_cast<std::size_t>(2 * (width - kLeastWidth)) + half;
}

void PositionModel::update(bool written) {
  const std::uint32_t target = written ? kOne : 0;
  std::uint32_t& column = columns_[column_];
  column = moved_towards(column, target, std::min(rows_done_ + prior_ / 10 + 1, kMostRows));
  const auto in_row = static_cast<std::uint32_t>(std::min<std::size_t>(column_, kMostInRow));
  row_share_ = moved_towards(row_share_, target, std::min(in_row + prior_, kMostInRow));
  if (++column_ < columns_.size()) return;
  column_ = 0;
  rows_done_ = std::min(rows_done_ + 1, kMostRows);
  row_share_ = overall_;
}

void SymbolModel::encode(std::uint32_t symbol, RangeEncoder& encoder) {
  std::uint32_t node = 1;
  for (int place = bits_ - 1; place >= 0; --place) {
    const bool bit = (symbol >> place & 1) != 0;
    encoder.encode(bit, nodes_[node]);
    node = 2 * node + (bit ? 1 : 0);
  }
}

std::uint32_t SymbolModel::decode(RangeDecoder& decoder) {
  std::uint32_t node = 1;
  for (int place = 0; place < bits_; ++place)
    node = 2 * node + (decoder.decode(nodes_[node]) ? 1 : 0);
  return node - (std::uint32_t{1} << bits_);
}

}  // namespace gcompress::packed::internal
