// Elementwise operators: channels meet one by one, and what broadcasts meets none.
#include <algorithm>
#include <cmath>

#include "gcompress/core/graph/channel_functions.h"
#include "gcompress/core/graph/channels/tracer.h"

namespace gcompress::graph {
namespace {

std::string pass(NodeTracer& t, const std::function<double(double)>& function) {
  TracedAxes axes = t.take(0);
  const double at_zero = function ? function(0) : 1;
  for (TracedAxis& axis : axes) {
    if (axis.zero && !std::isfinite(at_zero)) t.pin(axis, t.by("not finite at 0"));
    axis.zero = axis.zero && at_zero == 0;
  }
  for (std::size_t i = 1; i < t.node().inputs.size(); ++i) t.take_parameter(i);
  t.set(0, std::move(axes));
  return {};
}

// One input, and scalars as parameters.
std::string unary(NodeTracer& t) {
  for (std::size_t i = 1; i < t.node().inputs.size(); ++i) {
    const Shape* shape = t.has(i) ? t.input_shape(i) : nullptr;
    const bool one = shape != nullptr && std::ranges::all_of(*shape, [](auto n) { return n == 1; });
    if (t.has(i) && !one) return "not followed";
  }
  const auto function = channel_function(t.node(), t.opset(), t.lookup());
  return pass(t, function ? *function : std::function<double(double)>());
}

std::string keeps_zero(NodeTracer& t) {
  return pass(t, [](double x) { return x; });
}

std::string combine(NodeTracer& t, bool product) {
  std::vector<TracedAxes> inputs;
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < t.node().inputs.size(); ++i) {
    if (!t.has(i)) return "not followed";
    const Shape* shape = t.input_shape(i);
    if (shape == nullptr) return "of unknown rank";
    shapes.push_back(*shape);
    inputs.push_back(t.take(i));
    if (inputs.back().size() != shapes.back().size()) return "of unknown rank";
  }
  const Shape* output = t.output_shape(0);
  if (output == nullptr) return "of unknown rank";
  const Shape sizes = *output;
  t.set(0, broadcast(t, inputs, shapes, sizes, product));
  return {};
}

std::string sum(NodeTracer& t) { return combine(t, false); }
std::string product(NodeTracer& t) { return combine(t, true); }

// The first decides whether the result is 0; `fails_at_zero`: the second must not be 0.
std::string by_first(NodeTracer& t, bool fails_at_zero) {
  if (t.node().inputs.size() != 2) return "not followed";
  const TracedAxes first = t.take(0);
  const TracedAxes second = t.take(1);
  const Shape* shape = t.output_shape(0);
  if (shape == nullptr || t.input_shape(0) == nullptr || t.input_shape(1) == nullptr) {
    return "of unknown rank";
  }
  const Shape output = *shape;
  const Shape first_shape = *t.input_shape(0);
  const Shape second_shape = *t.input_shape(1);
  if (fails_at_zero) {
    if (t.is_stored(1)) {
      t.divides(1);
    } else {
      for (const TracedAxis& axis : second) {
        if (axis.zero) t.pin(axis, t.by("divides by it"));
      }
    }
  }
  TracedAxes y = broadcast(t, {first, second}, {first_shape, second_shape}, output, false);
  for (std::size_t back = 1; back <= y.size(); ++back) {
    y[y.size() - back].zero = back <= first.size() && first[first.size() - back].zero &&
                              first_shape[first.size() - back] == output[y.size() - back];
  }
  t.set(0, std::move(y));
  return {};
}

std::string div(NodeTracer& t) { return by_first(t, true); }
std::string prelu(NodeTracer& t) { return by_first(t, false); }

// x^p: 0 stays 0 for p above 0, and is not finite below.
std::string pow(NodeTracer& t) {
  const Tensor* exponent = constant_input(t.node(), 1, t.lookup());
  if (exponent == nullptr || exponent->size() != 1) return "of an exponent that is not one number";
  const double p = is_floating(exponent->dtype())
                       ? static_cast<double>(to_float32(*exponent).front())
                       : static_cast<double>(to_int64(*exponent).front());
  return pass(t, [p](double x) { return std::pow(x, p); });
}

constexpr ChannelRuleRow kRules[] = {
    {"Identity", unary},
    {"Relu", unary},
    {"Sigmoid", unary},
    {"Tanh", unary},
    {"HardSwish", unary},
    {"Softplus", unary},
    {"Softsign", unary},
    {"Mish", unary},
    {"Erf", unary},
    {"Exp", unary},
    {"Log", unary},
    {"Sqrt", unary},
    {"Abs", unary},
    {"Neg", unary},
    {"Sign", unary},
    {"Sin", unary},
    {"Cos", unary},
    {"LeakyRelu", unary},
    {"Elu", unary},
    {"Celu", unary},
    {"ThresholdedRelu", unary},
    {"HardSigmoid", unary},
    {"Clip", unary},
    {"Gelu", unary},
    {"Dropout", unary},
    {"Selu", keeps_zero},
    {"Floor", keeps_zero},
    {"Ceil", keeps_zero},
    {"Round", keeps_zero},
    {"Sinh", keeps_zero},
    {"Asin", keeps_zero},
    {"Atan", keeps_zero},
    {"Tan", keeps_zero},
    {"Asinh", keeps_zero},
    {"Atanh", keeps_zero},
    {"Cast", keeps_zero},
    {"Shrink", keeps_zero},
    {"Not", unary},
    {"Cosh", unary},
    {"Acos", unary},
    {"IsNaN", unary},
    {"Add", sum},
    {"Sub", sum},
    {"Sum", sum},
    {"Max", sum},
    {"Min", sum},
    {"Mean", sum},
    {"Where", sum},
    {"Equal", sum},
    {"Greater", sum},
    {"GreaterOrEqual", sum},
    {"Less", sum},
    {"LessOrEqual", sum},
    {"And", sum},
    {"Or", sum},
    {"Xor", sum},
    {"Mul", product},
    {"Div", div},
    {"PRelu", prelu},
    {"Pow", pow},
};

}  // namespace

std::span<const ChannelRuleRow> elementwise_channel_rules() { return kRules; }

}  // namespace gcompress::graph
