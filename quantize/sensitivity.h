// What each layer's rounding costs alone, and which layers to leave float.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/quantize/judge.h"
#include "gcompress/quantize/quantize.h"

namespace gcompress::quantize {

struct LayerLoss {
  std::string output;  // its first, as KeepFloat names it
  std::string node;
  double distance = 0;             // of the network with this layer alone on integers
  std::int64_t multiply_adds = 0;  // of one sample; 0: not known
};

// The network with these layers float besides those that are anyway.
using QuantizeWith = std::function<Quantized(const KeepFloat& keep_float)>;

// Of all layers that `quantize` puts on integers where none is kept float. First come those that
// lose most for the work that they do: floats cost time by multiply-adds, and below a
// five-hundredth of them no more than nothing. Judged on about so many samples; as many runs as
// there are layers.
std::vector<LayerLoss> layer_losses(const graph::Network& prepared, const QuantizeWith& quantize,
                                    const graph::InferredShapes& shapes, const Judge& judge,
                                    std::int64_t samples, const RunContext& context);

// The smallest number of layers, from the front of a ranking of `layers`, that is good enough left
// float: doubled until it is, then halved in. nullopt if even all but one are not.
using GoodEnough = std::function<bool(std::size_t left_float)>;
std::optional<std::size_t> fewest_float(std::size_t layers, const GoodEnough& good_enough);

}  // namespace gcompress::quantize
