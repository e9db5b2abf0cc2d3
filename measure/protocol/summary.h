// From the evidence of an experiment to its figures. No clock, no counter: the same evidence always
// gives the same figures.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/protocol/gather.h"
#include "gcompress/measure/statistics/mean_interval.h"
#include "gcompress/measure/statistics/two_stage.h"

namespace gcompress::measure {

// What an inference costs: seconds; joules in all; or joules above what idling would have taken in
// the same time, E - P_idle t, with the mean power of the baselines before and after the block.
enum class Unit { kSeconds, kJoules, kMarginalJoules };

// The blocks in that unit. No block where a window was rejected or the unit was not measured (no
// counter, no baseline on either side). Empty, for marginal joules, if any window is not above
// idle: leaving out only such blocks would make the rest look dearer.
std::vector<BlockOutcome> block_outcomes(const Evidence& evidence, Unit unit);

// Of one inference, over the kept blocks, by batch means: neighbouring blocks share the room's
// temperature and the hour. Holds for the conditions of the run.
struct SideFigures {
  std::optional<MeanInterval> seconds;
  std::optional<MeanInterval> joules;
  std::optional<MeanInterval> marginal_joules;
};

struct ProtocolResult {
  RatioResult seconds;                         // after / before
  std::optional<RatioResult> joules;           // nullopt: not measured
  std::optional<RatioResult> marginal_joules;  // nullopt: nor where a window is not above idle
  SideFigures before;
  SideFigures after;
  std::optional<MeanInterval> idle_watts;
  std::map<std::string, int> rejected;  // windows by reason
  int counters_disagree = 0;  // windows where counter and integrated power differ too much
  std::vector<std::string> notes;
};
ProtocolResult summarize(const Evidence& evidence);

// A board's power sensor has a gain of its own that no averaging removes (about 5% on A100 and
// H100: Yang et al., SC24). It cancels in a ratio on the same board and widens absolute joules.
constexpr double kBoardGain = 0.05;
Interval widened_by_gain(const Interval& joules, double gain);

}  // namespace gcompress::measure
