// How many blocks to measure, and what they say: a pilot, then a number of further blocks that the
// pilot's variance fixes, then one interval. Nobody looks at the ratio before the end; looking
// after every block and stopping when it pleases covers 88-91% instead of 95.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/figure.h"
#include "gcompress/measure/statistics/blocks.h"

namespace gcompress::measure {

struct StoppingRule {
  double half_width = 0.02;  // of the log ratio's 95% interval; kHalfWidthForOnePoint for one point
  int pilot_blocks = 10;     // at least 3
  int most_blocks = 120;     // in all, rejected ones included
  // Blocks whose discord exceeds this many times the pilot's median are left out (the median of
  // what is left in, so that far blocks do not stretch it). For normal noise, one or two in a
  // hundred.
  double discord_limit = 2.5;
  // One step of the counter or clock as a share of a window. Two windows may differ by two steps
  // for no reason but the counter's, so that much discord is always allowed.
  double resolution = 0;
};
constexpr double kHalfWidthForOnePoint = 0.009;

// A block, or nothing where a window had to be rejected for a reason from outside (throttling, a
// foreign process). That judgement must not know which network ran.
using BlockOutcome = std::optional<Block>;

enum class BlockFate {
  kKept,
  kRejectedOutside,  // a window was rejected when it was measured
  kRejectedDiscord,  // the block disagrees with itself
};

// What becomes of each outcome under a rule; the limit of discord is frozen with the pilot.
std::vector<BlockFate> judge(std::span<const BlockOutcome> outcomes, const StoppingRule& rule);

struct RatioResult {
  std::optional<double> ratio;       // after / before; nullopt: fewer than two blocks were kept
  std::optional<Interval> interval;  // 95%
  double half_width = 0;             // of the log ratio
  bool conclusive = false;           // as narrow as the rule asks
  bool pilot_contradicted = false;   // later blocks were far noisier than the pilot
  int kept = 0;
  int rejected_outside = 0;
  int rejected_discord = 0;
};

// The interval is Stein's (1945, "A two-sample test for a linear hypothesis whose power is
// independent of the variance"): the mean of all kept blocks, the pilot's variance and its degrees
// of freedom, exact for normal block differences however the number of blocks was chosen. Where
// later blocks are so much noisier that an F test at 1% disbelieves the pilot, all blocks' own
// deviation gives the interval, and the result may be inconclusive.
RatioResult conclude(std::span<const BlockOutcome> outcomes, const StoppingRule& rule);

// The log ratios of the kept blocks, in order: for a second opinion by bootstrap_t_interval.
std::vector<double> kept_log_ratios(std::span<const BlockOutcome> outcomes,
                                    const StoppingRule& rule);

// Measures the pilot, plans, measures the rest. `measure` gets the block's number, from 0, and its
// order. Throws what it throws.
std::vector<BlockOutcome> measure_blocks(
    const StoppingRule& rule, std::uint64_t seed,
    const std::function<BlockOutcome(std::int64_t index, const BlockOrder& order)>& measure);

}  // namespace gcompress::measure
