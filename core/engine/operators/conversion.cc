// Cast, Expand and Gather: types, shapes and indices that are known only while a network runs.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gcompress/core/engine/operators/broadcast.h"
#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/graph/operators/movement.h"

namespace gcompress::engine {
namespace {

// Integers and truths are kept as float32, so between them only fractions are cut off. Types below
// 32 bits would have to wrap around, and halves to round.
Kernel cast(const Binding& binding) {
  switch (graph::cast_type(binding.node)) {
    case DataType::kFloat32:
      return elementwise<1>(binding, [](float x) { return x; });
    case DataType::kBool:
      return elementwise<1>(binding, [](float x) { return x != 0 ? 1.0F : 0.0F; });
    case DataType::kInt32:
    case DataType::kInt64:
      return elementwise<1>(binding, [](float x) { return std::trunc(x); });
    default:
      binding.unsupported("the type " + name_of(graph::cast_type(binding.node)));
  }
}

Kernel expand(const Binding& binding) {
  return elementwise<1>(binding, [](float x) { return x; });
}

// An index out of range gives NaN.
Kernel gather(const Binding& binding) {
  const Shape& data = binding.inputs[0];
  const auto axis = static_cast<std::ptrdiff_t>(
      graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 0),
                             static_cast<std::int64_t>(data.size())));
  const std::int64_t outer = element_count(Shape(data.begin(), data.begin() + axis));
  const std::int64_t inner = element_count(Shape(data.begin() + axis + 1, data.end()));
  const std::int64_t size = data[static_cast<std::size_t>(axis)];
  const std::int64_t count = element_count(binding.inputs[1]);
  return [=](const Call& call) {
    float* to = call.outputs[0];
    for (std::int64_t o = 0; o < outer; ++o) {
      const float* from = call.inputs[0] + o * size * inner;
      for (std::int64_t i = 0; i < count; ++i, to += inner) {
        float index = call.inputs[1][i];
        if (index < 0) index += static_cast<float>(size);
        if (index >= 0 && index < static_cast<float>(size)) {
          std::copy_n(from + static_cast<std::int64_t>(index) * inner, inner, to);
        } else {
          std::fill_n(to, inner, std::numeric_limits<float>::quiet_NaN());
        }
      }
    }
  };
}

constexpr OperatorRow kRows[] = {
    {.op_type = "Cast", .make = cast, .integers = true},
    {.op_type = "Expand", .make = expand, .integers = true},
    {.op_type = "Gather", .make = gather, .reads_constants = true, .integers = true},
};

}  // namespace

std::span<const OperatorRow> conversion_rows() { return kRows; }

}  // namespace gcompress::engine
