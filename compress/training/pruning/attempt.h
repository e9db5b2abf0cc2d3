// One attempt at pruning while training: what every method is given, and what they share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gcompress/compress/stage.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

struct PruneAttempt {
  const Settings& settings;
  const StageState& state;  // the network to prune, dense
  const StageContext& context;
  const prune::Plan& plan;
  prune::PruneOptions options;  // its seed is the attempt's
  std::string name;             // of its checkpoint folder: "attempt-0"

  // The stage's context with the attempt's seed.
  RunContext run() const;
};

// Knowledge of the dense network joins the loss for classes, and is all there is without labels.
std::optional<train::Teacher> teacher_of(const Settings& settings, const StageState& state);

// Options of a fit with the checkpoint folder `name` of the stage.
train::FitOptions recovery_options_of(const Settings& settings, const StageContext& context,
                                      const std::string& name);

// --begin, --end, --every
prune::CubicSchedule cubic_schedule_of(const Settings& settings);

// Whatever decides the masks, in words: a checkpoint made in another way is refused. Settings known
// not to, and those that a fit compares by itself, are left out: an option that comes anew is in
// until somebody thinks of it.
std::string way_of_pruning(const PruneAttempt& attempt);

}  // namespace gcompress::compress
