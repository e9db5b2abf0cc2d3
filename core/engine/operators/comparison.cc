// Comparison, logic, selection and the larger or smaller of several. True is 1, false is 0.
#include <algorithm>
#include <cmath>

#include "gcompress/core/engine/operators/broadcast.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

float as_float(bool holds) { return holds ? 1.0F : 0.0F; }

Kernel equal(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return as_float(a == b); });
}
Kernel greater(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return as_float(a > b); });
}
Kernel greater_or_equal(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return as_float(a >= b); });
}
Kernel less(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return as_float(a < b); });
}
Kernel less_or_equal(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return as_float(a <= b); });
}
Kernel logical_and(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return a * b; });
}
Kernel logical_or(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return std::max(a, b); });
}
Kernel logical_xor(const Binding& binding) {
  return elementwise<2>(binding, [](float a, float b) { return as_float(a != b); });
}
Kernel logical_not(const Binding& binding) {
  return elementwise<1>(binding, [](float a) { return 1 - a; });
}
Kernel is_nan(const Binding& binding) {
  return elementwise<1>(binding, [](float a) { return as_float(std::isnan(a)); });
}

// Both may be vectors of any shape; what is not chosen does not matter, be it NaN.
Kernel where(const Binding& binding) {
  return elementwise<3>(binding,
                        [](float chooses, float a, float b) { return chooses != 0 ? a : b; });
}

// The first input spread over the output, then the others joined to it one by one.
template <typename Function>
Kernel joined(const Binding& binding, Function function) {
  std::vector<Spread> spreads;
  for (const Shape& operand : binding.inputs) {
    spreads.push_back(spread_over(binding, std::span(&operand, 1)));
  }
  const bool empty = binding.output_elements() == 0;
  return [spreads, function, empty](const Call& call) {
    for (std::size_t input = 0; input < spreads.size() && !empty; ++input) {
      const Spread& spread = spreads[input];
      const std::int64_t length = spread.sizes.back();
      const std::int64_t step = spread.steps[0].back();
      for_each_row<1>(spread, [&](const auto& offsets, std::int64_t to) {
        const float* x = call.inputs[input] + offsets[0];
        float* y = call.outputs[0] + to;
        for (std::int64_t i = 0; i < length; ++i) {
          y[i] = input == 0 ? x[i * step] : function(y[i], x[i * step]);
        }
      });
    }
  };
}

// NaN wins, as in ONNX Runtime.
Kernel max_of(const Binding& binding) {
  return joined(binding, [](float a, float b) { return a > b || std::isnan(a) ? a : b; });
}
Kernel min_of(const Binding& binding) {
  return joined(binding, [](float a, float b) { return a < b || std::isnan(a) ? a : b; });
}
Kernel sum(const Binding& binding) {
  return joined(binding, [](float a, float b) { return a + b; });
}

constexpr OperatorRow row(const char* op_type, Kernel (*make)(const Binding&)) {
  return {.op_type = op_type, .make = make, .reads_constants = true, .integers = true};
}

constexpr OperatorRow kRows[] = {
    row("And", logical_and),
    row("Equal", equal),
    row("Greater", greater),
    row("GreaterOrEqual", greater_or_equal),
    row("IsNaN", is_nan),
    row("Less", less),
    row("LessOrEqual", less_or_equal),
    row("Max", max_of),
    row("Min", min_of),
    row("Not", logical_not),
    row("Or", logical_or),
    {.op_type = "Sum", .make = sum, .reads_constants = true},
    row("Where", where),
    row("Xor", logical_xor),
};

}  // namespace

std::span<const OperatorRow> comparison_rows() { return kRows; }

}  // namespace gcompress::engine
