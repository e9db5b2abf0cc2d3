// Steps of a network on integers: what makes one is given, and what it is given while it runs.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/engine/integer/layout.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::engine::integer {

// The images that run together, at most as many as values have lanes.
struct Batch {
  std::uint8_t* memory = nullptr;
  std::span<const std::size_t> offsets;  // of blocks, in bytes
  std::int64_t images = 1;
  int threads = 1;                       // that a step may use
  std::span<const float* const> inputs;  // of the network, at the first of these images
  std::span<float* const> outputs;

  std::uint8_t* at(std::size_t place) const { return memory + offsets[place]; }
  template <typename T>
  T* at(std::size_t place) const {
    return reinterpret_cast<T*>(at(place));
  }
};

// A step that is ready; empty: there is none.
struct Work {
  Work() = default;
  template <typename Run>
  Work(Run function, std::string known = {})  // NOLINT: from a lambda
      : run(std::move(function)), kernel(std::move(known)) {}
  explicit operator bool() const { return static_cast<bool>(run); }

  std::function<void(const Batch& batch)> run;
  std::string kernel;  // for those who look at a plan: "AMX tiles"; empty: the operator's own
};

// A residual that is added within a layer: codes of `other` to the layer's own.
struct Addition {
  CodeValue other;
  graph::CodeType sum;  // of the sum; the layer's own codes have `own`
  graph::CodeType own;
  std::uint8_t low = 0, high = 255;
};

// A step before it is made. Shapes are those of one image, without the batch.
struct Binding {
  const graph::Node& node;
  std::int64_t opset = 0;
  const graph::CodeStep& step;
  std::vector<CodeValue> inputs;
  CodeValue output;              // of codes
  std::vector<Shape> in_shapes;  // of codes or, of kQuantize, of the input
  Shape out_shape;
  std::int64_t lanes = 1;
  std::optional<Addition> addition;
  std::size_t external = 0;  // place among the network's inputs or outputs
  graph::ConstantLookup constant;
  // Reserves so many bytes for as long as the step runs; the place among the blocks.
  std::function<std::size_t(std::int64_t bytes)> reserve;

  // Throws Error(kUnsupported) naming the node.
  [[noreturn]] void unsupported(const std::string& what) const;
};

struct StepRow {
  const char* op_type;
  Work (*make)(const Binding& binding);
  bool is_layer = false;  // an addition may follow within it
};

std::span<const StepRow> layer_rows();
std::span<const StepRow> pool_rows();
std::span<const StepRow> movement_rows();
// Of kQuantize and kDequantize; Add.
Work make_quantize(const Binding& binding);
Work make_dequantize(const Binding& binding);
Work make_addition(const Binding& binding);

const StepRow* find_row(const std::string& op_type);  // or null

// code = clamp(round(value), low, high), to nearest, ties to even; NaN becomes `low`. For loops
// that the compiler makes vectors of: values within 2^22.
inline std::int32_t rounded(float value, float low, float high) {
  constexpr float kShift = 12582912;  // 1.5 x 2^23: numbers beyond have no fraction
  const float above = value > low ? value : low;
  const float within = above < high ? above : high;
  return static_cast<std::int32_t>((within + kShift) - kShift);
}

}  // namespace gcompress::engine::integer
