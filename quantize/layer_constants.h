// The constants of a layer as integers. Internal to quantize.
#pragma once

#include <cstddef>
#include <vector>

#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/qdq/arithmetic.h"
#include "gcompress/quantize/layers.h"
#include "gcompress/quantize/quantize.h"

namespace gcompress::quantize {

// Of a value that the plan quantizes.
graph::ActivationQuantization quantization_of(const Plan& plan, const Ranges& ranges,
                                              const std::string& value, graph::ActivationType type);

int weight_levels(const QuantizeOptions& options);

// The weight of a layer that has one; its scales are as large as its bias needs.
graph::QuantizedWeight weight_of(const graph::ValueScope& constants, std::size_t node,
                                 const IntegerLayer& layer, float input_scale, int levels);

// The bias; empty if there is none.
std::vector<float> bias_of(const graph::ValueScope& constants, std::size_t node,
                           const IntegerLayer& layer);

}  // namespace gcompress::quantize
