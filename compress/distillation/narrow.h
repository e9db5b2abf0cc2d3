// A student made of a trained network: whole channels go, the rest keeps its weights.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// Keeps about `width` of the channels, by way of width^2 of the parameters, those of least
// magnitude gone (prune --pattern channel --method one-shot). Throws Error as pruning does.
void narrow(double width, StageState& state, const RunContext& context);

}  // namespace gcompress::compress
