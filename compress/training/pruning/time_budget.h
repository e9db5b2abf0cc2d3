// --time: the schedule that a span of time allows on this machine.
#pragma once

#include <cstdint>
#include <functional>

#include "gcompress/compress/stage.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

// What a run would take, from what pieces of it took.
struct RunPace {
  double step_seconds = 0;
  double epoch_seconds = 0;  // judging it on the tuning split
  double cut_seconds = 0;    // new masks
  std::int64_t epoch_steps = 1;
  std::int64_t runs = 1;  // restarts, and rivals that are trained
};
struct RunShape {
  double begin = 0.1;
  double end = 0.6;
  std::int64_t every = 50;
};
double seconds_of(const RunPace& pace, const RunShape& shape, std::int64_t epochs);
// The most that fit, at most 1000; 0: not even one does.
std::int64_t epochs_within(const RunPace& pace, const RunShape& shape, double seconds);

// Where --time is given: measures a few steps, decides, and resolves the settings, --time itself to
// nothing, so that a repeat needs no clock. What differs from its default is the user's and stays.
// A run that is resumed takes the first one's decision. Says what was chosen.
void spend_time(Settings& settings, StageState& state, const StageContext& context,
                const prune::Plan& plan);

}  // namespace gcompress::compress
