// How good a network is on the tuning split: what selections are made by. Larger is better.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// The task's metric (negated where smaller is better).
double tuning_score(const graph::Network& network, const StageState& state,
                    const StageContext& context);

// Without labels: minus the relative distance to the dense network's outputs.
double tuning_score(const graph::Network& network, const graph::Network& dense,
                    const StageState& state, const StageContext& context);

}  // namespace gcompress::compress
