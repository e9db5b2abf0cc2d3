// The stage "prune" with data: attempts by the chosen method, batch-norm recalibration, and the
// rivals that need training.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

void run_prune(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
