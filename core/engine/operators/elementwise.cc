// Operators of one operand, element by element.
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

Kernel reciprocal(const Binding& binding) {
  return unary(binding, [](float x) { return 1 / x; });
}
Kernel floor_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::floor(x); });
}
Kernel ceil_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::ceil(x); });
}
Kernel round_of(const Binding& binding) {  // ties to even
  return unary(binding, [](float x) { return std::nearbyint(x); });
}
Kernel sign(const Binding& binding) {
  return unary(binding, [](float x) { return x > 0 ? 1.0F : x < 0 ? -1.0F : x; });
}
Kernel sin_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::sin(x); });
}
Kernel cos_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::cos(x); });
}
// log(1 + e^x) without an overflow.
float softplus_of(float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); }
Kernel softplus(const Binding& binding) { return unary(binding, softplus_of); }
Kernel softsign(const Binding& binding) {
  return unary(binding, [](float x) { return x / (1 + std::abs(x)); });
}
Kernel mish(const Binding& binding) {
  return unary(binding, [](float x) { return x * std::tanh(softplus_of(x)); });
}
Kernel acos_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::acos(x); });
}
Kernel acosh_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::acosh(x); });
}
Kernel asin_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::asin(x); });
}
Kernel asinh_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::asinh(x); });
}
Kernel atan_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::atan(x); });
}
Kernel atanh_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::atanh(x); });
}
Kernel cosh_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::cosh(x); });
}
Kernel sinh_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::sinh(x); });
}
Kernel tan_of(const Binding& binding) {
  return unary(binding, [](float x) { return std::tan(x); });
}
Kernel celu(const Binding& binding) {
  const float alpha = graph::activation_parameters(binding.node).alpha;
  return unary(binding, [alpha](float x) {
    return std::max(x, 0.0F) + std::min(0.0F, alpha * std::expm1(x / alpha));
  });
}
Kernel selu(const Binding& binding) {
  const graph::ActivationParameters parameters = graph::activation_parameters(binding.node);
  return unary(binding, [parameters](float x) {
    return parameters.beta * (x > 0 ? x : parameters.alpha * std::expm1(x));
  });
}
Kernel thresholded_relu(const Binding& binding) {
  const float alpha = graph::activation_parameters(binding.node).alpha;
  return unary(binding, [alpha](float x) { return x > alpha ? x : 0.0F; });
}
Kernel elu(const Binding& binding) {
  const float alpha = graph::activation_parameters(binding.node).alpha;
  return unary(binding, [alpha](float x) { return x < 0 ? alpha * std::expm1(x) : x; });
}
Kernel gelu(const Binding& binding) {
  if (graph::gelu_approximates(binding.node)) {
    constexpr float kFactor = 0.7978845608F;  // sqrt(2 / pi)
    return unary(binding, [](float x) {
      return 0.5F * x * (1 + std::tanh(kFactor * (x + 0.044715F * x * x * x)));
    });
  }
  constexpr float kRoot = 0.7071067812F;  // sqrt(1 / 2)
  return unary(binding, [](float x) { return 0.5F * x * (1 + std::erf(x * kRoot)); });
}

Kernel clip(const Binding& binding) {
  const graph::ClipBounds bounds =
      graph::clip_bounds(binding.node, binding.opset, binding.lookup());
  if (!bounds.low.known || !bounds.high.known) binding.unsupported("bounds that are not constant");
  const float low = bounds.low.given ? bounds.low.value : -std::numeric_limits<float>::infinity();
  const float high = bounds.high.given ? bounds.high.value : std::numeric_limits<float>::infinity();
  return unary(binding, [=](float x) { return std::min(std::max(x, low), high); });
}

constexpr OperatorRow kRows[] = {
    {.op_type = "Abs", .make = abs_of, .planes = Planes::kKeeps, .integers = true},
    {"Acos", acos_of},
    {"Acosh", acosh_of},
    {"Asin", asin_of},
    {"Asinh", asinh_of},
    {"Atan", atan_of},
    {"Atanh", atanh_of},
    {"Ceil", ceil_of, Planes::kKeeps},
    {"Celu", celu},
    {"Clip", clip},
    {"Cos", cos_of},
    {"Cosh", cosh_of},
    {.op_type = "Dropout", .make = identity, .planes = Planes::kKeeps, .same_elements = true},
    {"Elu", elu, Planes::kKeeps},
    {"Erf", erf_of, Planes::kKeeps},
    {"Exp", exp_of},
    {"Floor", floor_of, Planes::kKeeps},
    {"Gelu", gelu, Planes::kKeeps},
    {"HardSigmoid", hard_sigmoid},
    {"HardSwish", hard_swish, Planes::kKeeps},
    {.op_type = "Identity",
     .make = identity,
     .planes = Planes::kKeeps,
     .same_elements = true,
     .integers = true},
    {"LeakyRelu", leaky_relu, Planes::kKeeps},
    {"Log", log_of},
    {"Mish", mish, Planes::kKeeps},
    {.op_type = "Neg", .make = neg, .planes = Planes::kKeeps, .integers = true},
    {"Reciprocal", reciprocal},
    {.op_type = "Relu", .make = relu, .planes = Planes::kKeeps, .integers = true},
    {"Round", round_of, Planes::kKeeps},
    {"Selu", selu},
    {"Sigmoid", sigmoid},
    {"Sign", sign, Planes::kKeeps},
    {"Sin", sin_of, Planes::kKeeps},
    {"Sinh", sinh_of},
    {"Softplus", softplus},
    {"Softsign", softsign, Planes::kKeeps},
    {"Sqrt", sqrt_of, Planes::kKeeps},
    {"Tan", tan_of},
    {"Tanh", tanh_of, Planes::kKeeps},
    {"ThresholdedRelu", thresholded_relu},
};

}  // namespace

std::span<const OperatorRow> elementwise_rows() { return kRows; }

}  // namespace gcompress::engine
