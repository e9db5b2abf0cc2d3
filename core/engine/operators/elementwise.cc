// Operators element by element, with broadcasting.
#include <algorithm>
#include <cmath>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/graph/operators/activation.h"

namespace gcompress::engine {
namespace {

template <typename Function>
Kernel unary(const Binding& binding, Function function) {
  const std::int64_t count = binding.output_elements();
  return [count, function](const Call& call) {
    std::transform(call.inputs[0], call.inputs[0] + count, call.outputs[0], function);
  };
}

Kernel relu(const Binding& binding) {
  return unary(binding, [](float x) { return std::max(x, 0.0F); });
}
Kernel identity(const Binding& binding) {
  return unary(binding, [](float x) { return x; });
}
Kernel sigmoid(const Binding& binding) {
  return unary(binding, [](float x) { return 1 / (1 + std::exp(-x)); });
}
Kernel tanh_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::tanh(x); });
}
Kernel exp_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::exp(x); });
}
Kernel sqrt_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::sqrt(x); });
}
Kernel erf_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::erf(x); });
}
Kernel log_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::log(x); });
}
Kernel neg(const Binding& binding) {
  return unary(binding, [](float x) { return -x; });
}
Kernel abs_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::abs(x); });
}
Kernel hard_swish(const Binding& binding) {
  return unary(binding, [](float x) { return x * std::clamp(x / 6 + 0.5F, 0.0F, 1.0F); });
}
Kernel hard_sigmoid(const Binding& binding) {
  const graph::ActivationParameters parameters = graph::activation_parameters(binding.node);
  return unary(binding, [parameters](float x) {
    return std::clamp(parameters.alpha * x + parameters.beta, 0.0F, 1.0F);
  });
}
Kernel leaky_relu(const Binding& binding) {
  const float alpha = graph::activation_parameters(binding.node).alpha;
  return unary(binding, [alpha](float x) { return x < 0 ? alpha * x : x; });
}

Kernel clip(const Binding& binding) {
  const graph::ClipBounds bounds =
      graph::clip_bounds(binding.node, binding.opset, binding.lookup());
  if (!bounds.low.known || !bounds.high.known) binding.unsupported("bounds that are not constant");
  const float low = bounds.low.given ? bounds.low.value : -std::numeric_limits<float>::infinity();
  const float high = bounds.high.given ? bounds.high.value : std::numeric_limits<float>::infinity();
  return unary(binding, [=](float x) { return std::min(std::max(x, low), high); });
}

// Steps of an operand along each axis of the output: 0 where it is spread.
std::vector<std::int64_t> steps_of(const Shape& operand, const Shape& output) {
  std::vector<std::int64_t> steps(output.size(), 0);
  std::int64_t step = 1;
  for (std::size_t i = 1; i <= operand.size(); ++i) {
    const std::int64_t size = operand[operand.size() - i];
    if (size != 1) steps[output.size() - i] = step;
    step *= size;
  }
  return steps;
}

template <typename Function>
Kernel binary(const Binding& binding, Function function) {
  const Shape& out = binding.outputs[0];
  const std::int64_t count = binding.output_elements();
  if (binding.inputs[0] == out && binding.inputs[1] == out) {
    return [=](const Call& call) {
      std::transform(call.inputs[0], call.inputs[0] + count, call.inputs[1], call.outputs[0],
                     function);
    };
  }
  const std::vector<std::int64_t> first = steps_of(binding.inputs[0], out);
  const std::vector<std::int64_t> second = steps_of(binding.inputs[1], out);
  return [=](const Call& call) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t rest = i;
      std::int64_t a = 0;
      std::int64_t b = 0;
      for (std::size_t axis = out.size(); axis-- > 0;) {
        const std::int64_t at = rest % out[axis];
        rest /= out[axis];
        a += at * first[axis];
        b += at * second[axis];
      }
      call.outputs[0][i] = function(call.inputs[0][a], call.inputs[1][b]);
    }
  };
}

Kernel add(const Binding& binding) {
  return binary(binding, [](float a, float b) { return a + b; });
}
Kernel sub(const Binding& binding) {
  return binary(binding, [](float a, float b) { return a - b; });
}
Kernel mul(const Binding& binding) {
  return binary(binding, [](float a, float b) { return a * b; });
}
Kernel div(const Binding& binding) {
  return binary(binding, [](float a, float b) { return a / b; });
}
Kernel pow_of(const Binding& binding) {
  return binary(binding, [](float a, float b) { return std::pow(a, b); });
}
Kernel prelu(const Binding& binding) {
  return binary(binding, [](float x, float slope) { return x < 0 ? slope * x : x; });
}

constexpr OperatorRow kRows[] = {
    {"Abs", abs_of, Planes::kKeeps},
    {.op_type = "Add", .make = add, .planes = Planes::kKeeps, .reads_constants = true},
    {"Clip", clip},
    {.op_type = "Div", .make = div, .reads_constants = true},
    {.op_type = "Dropout", .make = identity, .planes = Planes::kKeeps, .same_elements = true},
    {"Erf", erf_of, Planes::kKeeps},
    {"Exp", exp_of},
    {"HardSigmoid", hard_sigmoid},
    {"HardSwish", hard_swish, Planes::kKeeps},
    {.op_type = "Identity", .make = identity, .planes = Planes::kKeeps, .same_elements = true},
    {"LeakyRelu", leaky_relu, Planes::kKeeps},
    {"Log", log_of},
    {.op_type = "Mul", .make = mul, .planes = Planes::kKeeps, .reads_constants = true},
    {"Neg", neg, Planes::kKeeps},
    {.op_type = "PRelu", .make = prelu, .reads_constants = true},
    {.op_type = "Pow", .make = pow_of, .reads_constants = true},
    {"Relu", relu, Planes::kKeeps},
    {"Sigmoid", sigmoid},
    {"Sqrt", sqrt_of, Planes::kKeeps},
    {.op_type = "Sub", .make = sub, .planes = Planes::kKeeps, .reads_constants = true},
    {"Tanh", tanh_of, Planes::kKeeps},
};

}  // namespace

std::span<const OperatorRow> elementwise_rows() { return kRows; }

}  // namespace gcompress::engine
