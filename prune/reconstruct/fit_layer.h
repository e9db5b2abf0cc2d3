// Fitting the kept weights of one layer to what the dense one puts out.
// Internal to prune/reconstruct.
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "gcompress/core/base/run_context.h"
#include "gcompress/prune/reconstruct/layer_statistics.h"
#include "gcompress/prune/reconstruct/linear_layer.h"
#include "gcompress/prune/reconstruct/obs.h"
#include "gcompress/prune/reconstruct/reconstruct.h"

namespace gcompress::prune {

// The values of one layer, of y: alpha is in them.
struct Fitted {
  Eigen::MatrixXd weights;
  std::int64_t singular = 0;  // groups that needed more damping than asked for, and the most
  double most_added = 0;
};

// Fits with the damping that does best on what was held back, then to all. Merges `held_back` into
// `statistics`.
Fitted fit_layer(const LinearLayer& layer, LayerStatistics& statistics,
                 const LayerStatistics& held_back, const BoolMatrix& keep,
                 const ReconstructOptions& options, const RunContext& context);

}  // namespace gcompress::prune
