// The stage "ticket": does a sparse part of the network, trained alone from its first weights,
// reach the dense network, and do other weights or other parts? (Frankle & Carbin 2019)
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// Leaves the first seed's dense network as the one before, its ticket as the network, all others as
// rivals, and the trials.
void run_ticket(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
