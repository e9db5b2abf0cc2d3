// The stage "train": fits a network to the data, nothing removed.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

void run_train(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
