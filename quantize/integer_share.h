// How much of a network's work a plan puts on integers.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/quantize/plan.h"

namespace gcompress::quantize {

struct FloatLayer {
  StayedFloat layer;
  std::int64_t multiply_adds = 0;
};

// Multiply-adds of one inference: multiplications by a weight or between activations. Nodes whose
// shapes are not known count nothing.
struct IntegerShare {
  std::int64_t on_integers = 0;
  std::int64_t all = 0;
  std::vector<FloatLayer> in_float;  // the dearest first
  double share() const {
    return all == 0 ? 0 : static_cast<double>(on_integers) / static_cast<double>(all);
  }
};

// `prepared` is the network that the plan is of, the shapes are its own for one sample.
IntegerShare integer_share_of(const graph::Network& prepared, const Plan& plan,
                              const graph::InferredShapes& shapes);

}  // namespace gcompress::quantize
