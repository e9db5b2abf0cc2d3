// Second moments of what layers multiply, for whoever fits weights to them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gcompress/prune/reconstruct/layer_statistics.h"
#include "gcompress/prune/reconstruct/linear_layer.h"
#include "gcompress/prune/reconstruct/reconstruct.h"

namespace gcompress::prune {

// Calls visit for each of these layers with the statistics of its input on the samples. What is
// given to visit lives no longer than the call. `work` names it in the progress.
using VisitStatistics =
    std::function<void(const LinearLayer& layer, const LayerStatistics& statistics)>;
void for_each_statistics(const graph::Network& network, const std::vector<LinearLayer>& layers,
                         const Calibration& calibration, const ReconstructOptions& options,
                         const RunContext& context, const std::string& work,
                         const VisitStatistics& visit);

// The same for all layers of the network that multiply by a constant matrix of their own, in the
// order of the nodes, but for those whose Gram matrices are beyond the limit.
void for_each_moments(const graph::Network& network, const Calibration& calibration,
                      const ReconstructOptions& options, const RunContext& context,
                      const VisitStatistics& visit);

}  // namespace gcompress::prune
