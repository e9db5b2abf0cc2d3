// Quantize/dequantize pairs, computed in floating point: integers up to 2^24 are exact in it.
#include <algorithm>
#include <cmath>

#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

struct Levels {
  std::vector<float> scale;
  std::vector<float> zero_point;  // as many
  float low = 0, high = 255;
  std::int64_t channels = 1, inner = 1, count = 0;
};

Levels levels_of(const Binding& binding) {
  Levels levels;
  if (!binding.is_constant(1)) binding.unsupported("a scale that is not constant");
  if (graph::attribute_int(binding.node, "block_size", 0) != 0) binding.unsupported("blocks");
  levels.scale = binding.floats(1);
  levels.zero_point.resize(levels.scale.size());
  if (binding.is_constant(2)) {
    levels.zero_point = binding.floats(2);
    const DataType type = binding.constants[2].dtype();
    if (type == DataType::kInt8) {
      levels.low = -128;
      levels.high = 127;
    } else if (type != DataType::kUint8 && type != DataType::kInt32) {
      binding.unsupported("integers of type " + name_of(type));
    }
  }
  const Shape& in = binding.inputs[0];
  levels.count = element_count(in);
  if (levels.scale.size() > 1) {
    const std::int64_t axis =
        graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 1),
                               static_cast<std::int64_t>(in.size()));
    levels.channels = in[static_cast<std::size_t>(axis)];
    levels.inner =
        element_count(Shape(in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end()));
  }
  return levels;
}

// y[i] = function(x[i], scale, zero point) of its channel.
template <typename Function>
void by_channel(const Levels& levels, const Call& call, Function function) {
  for (std::int64_t i = 0; i < levels.count; ++i) {
    const auto c = static_cast<std::size_t>(i / levels.inner % levels.channels);
    call.outputs[0][i] = function(call.inputs[0][i], levels.scale[c], levels.zero_point[c]);
  }
}

Kernel quantize_linear(const Binding& binding) {
  return [levels = levels_of(binding)](const Call& call) {
    by_channel(levels, call, [&](float x, float scale, float zero) {
      return std::clamp(std::nearbyint(x / scale) + zero, levels.low, levels.high);
    });
  };
}

Kernel dequantize_linear(const Binding& binding) {
  return [levels = levels_of(binding)](const Call& call) {
    by_channel(levels, call, [](float x, float scale, float zero) { return (x - zero) * scale; });
  };
}

constexpr OperatorRow kRows[] = {
    {.op_type = "DequantizeLinear", .make = dequantize_linear, .integers = true},
    {.op_type = "QuantizeLinear", .make = quantize_linear, .integers = true}};

}  // namespace

std::span<const OperatorRow> quantized_rows() { return kRows; }

}  // namespace gcompress::engine
