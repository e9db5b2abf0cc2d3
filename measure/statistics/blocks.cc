// Blocks of four windows.
#include "gcompress/measure/statistics/blocks.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"

namespace gcompress::measure {
namespace {

// Logarithms of the first and second window of a side.
std::array<double, 2> logarithms(const Block& block, Side side) {
  std::array<double, 2> logs{};
  std::size_t found = 0;
  for (std::size_t i = 0; i < block.values.size(); ++i) {
    GCOMPRESS_CHECK(block.values[i] > 0);
    if (block.order[i] != side) continue;
    GCOMPRESS_CHECK(found < 2);
    logs[found++] = std::log(block.values[i]);
  }
  GCOMPRESS_CHECK(found == 2);
  return logs;
}

}  // namespace

BlockOrder block_order(std::uint64_t seed, std::int64_t index) {
  RandomStream random(seed, "block order", 0, static_cast<std::uint64_t>(index));
  const Side outer = random.below(2) == 0 ? Side::kBefore : Side::kAfter;
  const Side inner = outer == Side::kBefore ? Side::kAfter : Side::kBefore;
  return {outer, inner, inner, outer};
}

double log_ratio(const Block& block) {
  const std::array<double, 2> before = logarithms(block, Side::kBefore);
  const std::array<double, 2> after = logarithms(block, Side::kAfter);
  return (after[0] + after[1] - before[0] - before[1]) / 2;
}

double discord(const Block& block) {
  const std::array<double, 2> before = logarithms(block, Side::kBefore);
  const std::array<double, 2> after = logarithms(block, Side::kAfter);
  return std::max(std::abs(before[0] - before[1]), std::abs(after[0] - after[1]));
}

}  // namespace gcompress::measure
