// What a target counts: a number for what masks keep of a network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

// Kept elements of each parameter that counts.
using KeptCounts = std::map<WeightId, std::int64_t>;

// All elements of these weights.
KeptCounts all_kept(const std::vector<Weight>& weights);

struct CostModel {
  std::string what;  // "parameters", "FLOPs"
  // Never falls when more is kept. Weights that are not among the counts cost nothing.
  std::function<double(const KeptCounts& kept)> cost;

  // What an element of a weight costs on average: the difference between all and none of it.
  double per_element(const KeptCounts& all, const WeightId& id) const;
};

CostModel parameter_cost();

// Operations of one inference at these shapes (infer_shapes of concrete inputs with batch 1), those
// of masked elements left out, as costs.h counts them. Products with weights that are not among the
// counts are left out; all other operations (activations, biases) always count.
CostModel flop_cost(const Network& network, const std::vector<Weight>& weights,
                    const InferredShapes& shapes);

// Bytes of a packed network, estimated: every kept value at its width, and where not all are kept
// the entropy of their places, n H(kept / n) bits.
CostModel byte_cost(const std::vector<Weight>& weights);

// A line for each weight: so much if anything of it is kept, and so much for every kept element.
// What it predicts is as good as where the numbers come from.
struct LinearCost {
  double fixed = 0;
  double per_element = 0;
};
CostModel linear_cost(std::string what, std::map<WeightId, LinearCost> lines, double rest);

}  // namespace gcompress::graph
