// The stage "prune" with recovery: gradual pruning inside one fit, batch-norm recalibration,
// restarts, and the rivals that need training.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

void run_prune(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
