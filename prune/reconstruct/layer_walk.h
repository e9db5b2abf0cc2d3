// What removal costs, input norms and reconstruction share: which layers, which samples.
// Internal to prune/reconstruct.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/prune/reconstruct/layer_statistics.h"
#include "gcompress/prune/reconstruct/linear_layer.h"
#include "gcompress/prune/reconstruct/reconstruct.h"
#include "gcompress/prune/reconstruct/staged_run.h"

namespace gcompress::prune {

// Throws Error(kUsage) if there is none.
std::vector<LinearLayer> layers_of(const graph::Network& network, const Plan& plan);

bool takes_part(const LinearLayer& layer, const Plan& plan);

// Whether its Gram matrices are beyond the limit.
bool too_large(const LinearLayer& layer, const ReconstructOptions& options);

// The same share of every batch.
class Sampling {
 public:
  Sampling(const SampleBatches& batches, std::int64_t wanted)
      : wanted_(std::max<std::int64_t>(
            1, wanted / static_cast<std::int64_t>(batches.positions.size()))) {}
  PositionSample of(const LinearLayer& layer, const graph::Node& node, const Tensor& input) const {
    return {wanted_, positions_of(layer, node, input)};
  }

 private:
  std::int64_t wanted_;
};

// Calls visit(layer, batch's input, sample) for layers of the dense network, batch after batch;
// done(layer) behind the last.
void for_each_input(
    const graph::Network& network, const std::vector<LinearLayer>& layers,
    const Calibration& calibration, const ReconstructOptions& options, const RunContext& context,
    const std::string& work,
    const std::function<void(const LinearLayer&, const Tensor&, const PositionSample&)>& visit,
    const std::function<void(const LinearLayer&)>& done);

// The first row of a group, and how many there are.
std::pair<Eigen::Index, Eigen::Index> rows_of(const LinearLayer& layer, std::int64_t group);

}  // namespace gcompress::prune
