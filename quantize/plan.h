// Which nodes of a network can run on integers, and which values must be quantized for that.
//
// A Conv, Gemm or MatMul runs on integers where its weight is constant and its input has a range; a
// MatMul of two activations where both have. What stands between them (residual additions, pooling,
// moving elements) joins where it costs no more rounding than is done anyway: all that it reads
// comes from integers, and what it writes goes to integers. Everything else stays float.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/layers.h"

namespace gcompress::quantize {

// A layer with multiplications that stays float, and why: a short clause.
struct StayedFloat {
  std::string node;
  std::string output;  // its first, which names it; with the scope in subgraphs
  std::string op_type;
  std::string why;
};

struct Plan {
  std::map<std::size_t, IntegerLayer> layers;  // by node of the main graph
  std::map<std::string, std::string> pairs;    // value to quantize -> value whose range it has
  std::vector<StayedFloat> stayed_float;
};

// Whether a value can be quantized: its range is known.
using HasRange = std::function<bool(const std::string& value)>;

// Layers that are to stay float, by their first output, and why: a short clause.
using KeepFloat = std::map<std::string, std::string>;

// The network must be at kQuantizingOpset or beyond, with batch norms folded.
Plan make_plan(const graph::Network& network, const HasRange& has_range,
               const KeepFloat& keep_float = {});

}  // namespace gcompress::quantize
