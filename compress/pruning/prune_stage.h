// The stage "prune": to a target, one-shot, or with recovery where there is data.
#pragma once

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// The row for programs without training: prunes in one shot.
StageRow prune_stage();

// Prunes in one shot, no data looked at.
void run_prune_one_shot(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
