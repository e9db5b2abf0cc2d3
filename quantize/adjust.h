// What quantizing changes in layers so that rounding hurts less: other values of their constants.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/plan.h"

namespace gcompress::quantize {

struct Adjustment {
  Tensor weight = {};             // in place of the layer's; undefined: as it is
  std::vector<float> bias_added;  // one number an output channel; empty: none
};
using Adjustments = std::map<std::string, Adjustment>;  // by first output, as KeepFloat

// The prepared network with the adjustments of those layers that are not kept float. A layer that
// has no bias gets one.
graph::Network adjusted(const graph::Network& prepared, const Adjustments& adjustments,
                        const KeepFloat& keep_float);

}  // namespace gcompress::quantize
