// Second moments of what layers multiply, for whoever fits weights to them.
#pragma once

#include <functional>

#include "gcompress/prune/reconstruct/layer_statistics.h"
#include "gcompress/prune/reconstruct/linear_layer.h"
#include "gcompress/prune/reconstruct/reconstruct.h"

namespace gcompress::prune {

// Calls visit for all layers of the network that multiply by a constant matrix of their own, in the
// order of the nodes, but for those whose Gram matrices are beyond the limit. What is given to
// visit lives no longer than the call.
void for_each_moments(
    const graph::Network& network, const Calibration& calibration,
    const ReconstructOptions& options, const RunContext& context,
    const std::function<void(const LinearLayer& layer, const LayerStatistics& statistics)>& visit);

}  // namespace gcompress::prune
