// Blocks of four windows: two networks measured in turn, A B B A or its mirror image, so that what
// drifts along a line falls on both alike.
#pragma once

#include <array>
#include <cstdint>

namespace gcompress::measure {

enum class Side { kBefore, kAfter };

using BlockOrder = std::array<Side, 4>;

// Before-after-after-before or its mirror image, by the toss of a seeded coin for each block. The
// coin makes the contrasts of different blocks uncorrelated whatever the machine does meanwhile
// (slow drift, rhythms, the first window being colder): under equal networks each contrast is as
// likely as its negative (Fisher's randomization; Box, Hunter & Hunter 2005, section 3.3).
BlockOrder block_order(std::uint64_t seed, std::int64_t index);

// Values in the order in which they were measured, all positive: seconds or joules an inference.
struct Block {
  BlockOrder order{};
  std::array<double, 4> values{};
};

// Mean of the logarithms after, minus that before: the log of after / before.
double log_ratio(const Block& block);

// How much the block disagrees with itself: the larger of the two differences between the
// logarithms of windows of the same network. It is the same when the networks change places, and
// for normal noise independent of log_ratio (orthogonal contrasts), so leaving out blocks where it
// is large favours neither network and does not spoil the interval of what is left.
double discord(const Block& block);

}  // namespace gcompress::measure
