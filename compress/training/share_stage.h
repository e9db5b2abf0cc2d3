// The stage "share" with data: shared values are trained after they are found.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

void run_share(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
