// The stage "distill": trains the network from teachers; what masks removed stays removed.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

void run_distill(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
