// Operators of the engine: what each file of a family provides, and what it is given.
//
// Values are float32, row-major, without gaps. A kernel is made once for fixed shapes, allocates
// all it needs then, and nothing while it runs.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::engine {

// What follows a layer and is computed with it.
struct Fused {
  bool add = false;  // one more input, behind the node's own, of the output's shape
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

// A node with all that is known of it before it runs.
struct Binding {
  const graph::Node& node;
  std::int64_t opset = 0;
  int threads = 1;
  std::vector<Shape> inputs;  // of left-out ones: []
  std::vector<Shape> outputs;
  std::vector<Tensor> constants;  // by input; undefined where it is known only when running
  Fused fused = {};

  // As the decoders of core/graph/operators want constants.
  graph::ConstantLookup lookup() const;
  bool is_constant(std::size_t input) const {
    return input < constants.size() && constants[input].defined();
  }
  // The constant at an input as float32.
  std::vector<float> floats(std::size_t input) const;
  // Throws Error(kUnsupported) naming the node: "a filter that is not constant".
  [[noreturn]] void unsupported(const std::string& what) const;
};

// Inputs by the node's order (null where left out or constant, unless the row reads constants), a
// fused input behind them; the first output.
struct Call {
  std::span<const float* const> inputs;
  std::span<float* const> outputs;
};
using Kernel = std::function<void(const Call& call)>;

struct OperatorRow {
  const char* op_type;
  Kernel (*make)(const Binding& binding);
  bool takes_fused = false;      // an addition and a clamp may follow within it
  bool reads_constants = false;  // wants pointers to constant inputs, too, while it runs
};

// The tables, a family each.
std::span<const OperatorRow> convolution_rows();
std::span<const OperatorRow> linear_rows();
std::span<const OperatorRow> pool_rows();
std::span<const OperatorRow> elementwise_rows();
std::span<const OperatorRow> movement_rows();
std::span<const OperatorRow> normalization_rows();
std::span<const OperatorRow> quantized_rows();

// The row of ONNX's own operator of that name, or null.
const OperatorRow* find_operator(const graph::Node& node);

}  // namespace gcompress::engine
