// The steps of a plan before anything is laid out: what is computed together, with shapes and
// constants. What depends on constants alone is computed here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gcompress/core/engine/fusion.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {

// Integers are kept as float32: beyond this one, some are rounded.
inline constexpr std::int64_t kMostExactInteger = std::int64_t{1} << 24;

struct Draft {
  FusedNodes nodes;
  const OperatorRow* row = nullptr;
  Binding binding;  // shapes of all samples; no layouts

  // The value at an input of the binding, the fused one behind them; empty where left out.
  const std::string& input(std::size_t i) const {
    return i < binding.node.inputs.size() ? binding.node.inputs[i] : nodes.added;
  }
  std::size_t inputs() const { return binding.node.inputs.size() + (nodes.fused.add ? 1 : 0); }
  // Whether the step waits for it: it is neither left out nor constant.
  bool runtime(std::size_t i) const { return !input(i).empty() && !binding.is_constant(i); }
};

struct Drafts {
  std::vector<Draft> steps;  // in the order in which they run
  std::map<std::string, Tensor> constants;
  std::map<std::string, Shape> shapes;  // of values that are not constant
  std::vector<std::string> missing;     // what the engine has not got, node by node
};

// `inputs` are shapes of the network's runtime inputs. Refers to the network's nodes.
Drafts draft_steps(const graph::Network& network, const std::map<std::string, Shape>& inputs,
                   int threads);

}  // namespace gcompress::engine
