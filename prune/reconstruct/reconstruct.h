// One-shot pruning with reconstruction: what is kept of each layer is fitted so that the layer's
// outputs on a few calibration samples stay what the dense network makes of them. No gradients.
//
// 1. costs: on the dense network, what removing each weight would cost (obs.h), as a share of its
//    row's output power: the score of the criterion "obs".
// 2. masks: by any criterion and allocation, to the target, like every one-shot pruning.
// 3. values: layer after layer in the order of the nodes, from inputs that the layers before,
// pruned
//    already, make. With X their inputs, Y the dense layer's outputs:
//      min ||Y - V X||^2 + damping ||V - W||^2   over V with the mask's zeros,
//    exactly for each row, and a constant where the layer, or what follows it, can take one. The
//    damping is the one that does best on samples that were held back.
//
// Memory beside the network: StagedRun's values of two runs and one layer's LayerStatistics, copied
// a few times.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/prune/prune.h"

namespace gcompress::prune {

// Samples, and what runs networks.
struct Calibration {
  const data::Dataset* data = nullptr;
  execute::ExecutorFactory make_executor;
};

struct ReconstructOptions {
  std::int64_t samples = 256;
  std::int64_t batch_size = 32;
  std::int64_t positions = 32768;  // of a layer's, spread over samples and places, at most
  // Of the Gram matrix's mean diagonal, at least. What each layer's fit takes is chosen from this,
  // 10, 100 and 1000 times as much on a quarter of the batches that is held back.
  double damping = 1e-3;
  std::int64_t held_bytes = std::int64_t{256} << 20;  // between layers, for each of two runs
  // Layers with a larger Gram matrix keep their values.
  std::int64_t most_features = 4608;
  // Multiplications that one layer's exact order or fit may take; beyond, rows are taken apart in
  // pieces that do not make up for each other, and values come from one sweep.
  double exact_limit = 4e10;
};

// For each weight that takes part and lies in a layer y = W x, [its elements]: the share of its
// row's output power that removing it costs. Throws Error(kUsage) if there is no such layer.
std::map<graph::WeightId, std::vector<float>> removal_costs(const graph::Network& network,
                                                            const Plan& plan,
                                                            const Calibration& calibration,
                                                            const ReconstructOptions& options,
                                                            const RunContext& context);

// ScoreInputs::input_norms of the same weights.
std::map<graph::WeightId, std::vector<float>> input_norms(const graph::Network& network,
                                                          const Plan& plan,
                                                          const Calibration& calibration,
                                                          const ReconstructOptions& options,
                                                          const RunContext& context);

struct Reconstruction {
  graph::Network network;          // values fitted, zeros where the masks say
  std::int64_t layers = 0;         // fitted
  std::vector<std::string> notes;  // what there is to say
};

// Step 3 with given masks. `network` is the dense one. Throws Error(kUsage) if no layer can be
// fitted, Error(kInput) for samples that make a layer's values NaN or infinite.
Reconstruction reconstruct(const graph::Network& network, const Plan& plan,
                           const graph::Masks& masks, const Calibration& calibration,
                           const ReconstructOptions& options, const RunContext& context);

}  // namespace gcompress::prune
