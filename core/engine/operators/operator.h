// Operators of the engine: what each file of a family provides, and what it is given.
//
// Values are float32, row-major without gaps or in planes (core/engine/layout.h); integers and
// truths are kept as float32, too, which is exact below 2^24. A kernel is made once for fixed
// shapes; while it runs it allocates nothing and changes nothing but its outputs and its scratch,
// so that several threads may run it at once.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/engine/layout.h"
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
  std::vector<Tensor> constants;     // by input; undefined where it is known only when running
  std::vector<DataType> types = {};  // of inputs; undefined where not known
  Fused fused = {};
  std::int64_t network_taps = 0;  // weights of all layers that are not zero
  // Of inputs and the first output; none: row-major. A fused input lies as the output does.
  std::vector<std::optional<PlaneLayout>> layouts;
  std::optional<PlaneLayout> output_layout;
  // Rows of the output that a call computes, from Call::row on (core/engine/bands.h); 0: all.
  // Layouts are those of whole maps then, of which only the rows in question are there.
  std::int64_t band_rows = 0;

  // As the decoders of core/graph/operators want constants.
  graph::ConstantLookup lookup() const;
  bool is_constant(std::size_t input) const {
    return input < constants.size() && constants[input].defined();
  }
  // The constant at an input as float32.
  std::vector<float> floats(std::size_t input) const;
  // Floats that the output takes.
  std::int64_t output_elements() const {
    return output_layout ? output_layout->elements() : element_count(outputs[0]);
  }
  // Throws Error(kUnsupported) naming the node: "a filter that is not constant".
  [[noreturn]] void unsupported(const std::string& what) const;
};

// Inputs by the node's order (null where left out or constant, unless the row reads constants), a
// fused input behind them; the first output; memory for the time of the call.
struct Call {
  std::span<const float* const> inputs;
  std::span<float* const> outputs;
  float* scratch = nullptr;
  std::int64_t row = 0;  // of the output, the first of a band; may lie outside the map
};

// What `inspect --plan` tells of a kernel.
struct KernelFacts {
  std::string name;                  // "sparse rows"; empty: the operator's own
  std::int64_t multiplications = 0;  // of all its weights, zeros too
  std::int64_t taps = 0;             // weights that are not zero; 0 where there are none
  std::int64_t weights = 0;          // of layers on integers: all of them
};

struct Kernel {
  Kernel() = default;
  template <typename Run>
  Kernel(Run function, std::int64_t scratch_floats = 0,
         KernelFacts known = {})  // NOLINT: from a lambda
      : run(std::move(function)), scratch(scratch_floats), facts(std::move(known)) {}

  std::function<void(const Call& call)> run;
  std::int64_t scratch = 0;  // floats that a call needs
  KernelFacts facts;
};

// Which layouts a row understands.
enum class Planes {
  kNo,     // row-major only
  kKeeps,  // element by element, and 0 gives 0: planes if all its inputs are of one layout
  kReads,  // the first input either way, the output row-major
  kBoth    // inputs and output either way
};

struct OperatorRow {
  const char* op_type;
  Kernel (*make)(const Binding& binding);
  Planes planes = Planes::kNo;
  bool takes_fused = false;      // an addition and a clamp may follow within it
  bool reads_constants = false;  // wants pointers to constant inputs, too, while it runs
  bool same_elements = false;    // the output is the first input under another shape
  bool integers = false;         // right for integers and truths, too
};

// The tables, a family each.
std::span<const OperatorRow> convolution_rows();
std::span<const OperatorRow> linear_rows();
std::span<const OperatorRow> pool_rows();
std::span<const OperatorRow> elementwise_rows();
std::span<const OperatorRow> arithmetic_rows();
std::span<const OperatorRow> comparison_rows();
std::span<const OperatorRow> conversion_rows();
std::span<const OperatorRow> movement_rows();
std::span<const OperatorRow> rearrangement_rows();
std::span<const OperatorRow> normalization_rows();
std::span<const OperatorRow> reduction_rows();
std::span<const OperatorRow> resize_rows();
std::span<const OperatorRow> transposed_convolution_rows();
std::span<const OperatorRow> quantized_rows();

// The row of ONNX's own operator of that name, or null.
const OperatorRow* find_operator(const graph::Node& node);

}  // namespace gcompress::engine
