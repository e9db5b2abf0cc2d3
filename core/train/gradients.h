// Gradients of the loss at a network as it is: what gradient-based criteria of pruning look at.
// No torch in this header.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::train {

struct GradientOptions {
  std::int64_t batches = 32;     // fewer where the data ends
  std::int64_t batch_size = 16;  // small batches tell the square's mean from the mean's square
};

// Means over batches, of every trainable parameter; float32, in the parameter's shape.
struct GradientMeans {
  std::map<graph::WeightId, Tensor> gradient;
  std::map<graph::WeightId, Tensor> magnitude;  // of |gradient|
  std::map<graph::WeightId, Tensor> square;     // of gradient^2
};

// With running statistics and without dropout. Samples are drawn by the context's seed. Throws
// Error(kUsage) if the task needs labels or a teacher and there are none, and Error(kInput) naming
// a weight whose gradient is not finite.
GradientMeans gradient_means(const graph::Network& network, const data::Dataset& data,
                             const execute::Task& task, const std::optional<Teacher>& teacher,
                             const GradientOptions& options, const RunContext& context);

}  // namespace gcompress::train
