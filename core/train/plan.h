// From a network to blocks of bound steps: names become slots, constants are computed ahead, calls
// of model-local functions are inlined. Internal to core/train.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

struct PlannedInput {
  graph::Value declared;
  int slot = -1;
};

struct Plan {
  Block main;
  Machine machine;               // constants, parameters and buffers lie in their slots
  std::vector<bool> persistent;  // per slot: keeps its value between runs
  std::vector<PlannedInput> inputs;
  std::map<graph::WeightId, torch::Tensor> parameters;
  std::map<graph::WeightId, torch::Tensor> buffers;
};

// Throws Error(kUnsupported) with everything that is missing.
Plan make_plan(const graph::Network& network, const ProgramOptions& options);

}  // namespace gcompress::train
