// What --target-of counts.
#pragma once

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"
#include "gcompress/core/graph/cost_model.h"

namespace gcompress::compress {

// Checks what can be checked before anything runs; throws Error(kUsage).
void check_cost_model(const Settings& settings);

// params, flops (of one sample's shapes), bytes (of the packed file, estimated), or latency: the
// lines of --cost-model, or else what the engine is expected to take for a sample. Throws
// Error(kUnsupported) where FLOPs are unknown, and Error(kInput) for a file that names a layer that
// the network does not have.
graph::CostModel cost_model_of(const Settings& settings, const StageState& state);

}  // namespace gcompress::compress
