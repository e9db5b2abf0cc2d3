// The table of elementwise operators.
#include "gcompress/core/graph/channel_functions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/operators/normalization.h"

namespace gcompress::graph {
namespace {

struct PlainRow {
  const char* op_type;
  double (*function)(double);
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }

constexpr std::array kPlain = {
    PlainRow{"Identity", [](double x) { return x; }},
    PlainRow{"Relu", [](double x) { return x > 0 ? x : 0; }},
    PlainRow{"Sigmoid", sigmoid},
    PlainRow{"Tanh", [](double x) { return std::tanh(x); }},
    PlainRow{"HardSwish", [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }},
    PlainRow{"Softplus", softplus},
    PlainRow{"Softsign", [](double x) { return x / (1 + std::fabs(x)); }},
    PlainRow{"Mish", [](double x) { return x * std::tanh(softplus(x)); }},
    PlainRow{"Erf", [](double x) { return std::erf(x); }},
    PlainRow{"Exp", [](double x) { return std::exp(x); }},
    PlainRow{"Log", [](double x) { return std::log(x); }},
    PlainRow{"Sqrt", [](double x) { return std::sqrt(x); }},
    PlainRow{"Abs", [](double x) { return std::fabs(x); }},
    PlainRow{"Neg", [](double x) { return -x; }},
    PlainRow{"Sign", [](double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : 0.0); }},
    PlainRow{"Sin", [](double x) { return std::sin(x); }},
    PlainRow{"Cos", [](double x) { return std::cos(x); }},
};

struct ParametricRow {
  const char* op_type;
  double (*function)(double x, double alpha, double beta);
};

double elu(double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x); }

constexpr std::array kParametric = {
    ParametricRow{"LeakyRelu", [](double x, double a, double) { return x < 0 ? a * x : x; }},
    ParametricRow{"Elu", [](double x, double a, double) { return elu(x, a); }},
    ParametricRow{"Celu",
                  [](double x, double a, double) { return x > 0 ? x : a * std::expm1(x / a); }},
    ParametricRow{"ThresholdedRelu", [](double x, double a, double) { return x > a ? x : 0; }},
    ParametricRow{"HardSigmoid",
                  [](double x, double a, double b) { return std::clamp(a * x + b, 0.0, 1.0); }},
};

double gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }
double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

std::optional<ChannelFunction> clip(const Node& node, std::int64_t opset,
                                    const ConstantLookup& constant) {
  const ClipBounds bounds = clip_bounds(node, opset, constant);
  if (!bounds.low.known || !bounds.high.known) return std::nullopt;
  const double infinity = std::numeric_limits<double>::infinity();
  const double low = bounds.low.given ? bounds.low.value : -infinity;
  const double high = bounds.high.given ? bounds.high.value : infinity;
  return [low, high](double x) { return std::min(std::max(x, low), high); };
}

}  // namespace

std::optional<ChannelFunction> channel_function(const Node& node, std::int64_t opset,
                                                const ConstantLookup& constant) {
  if (!node.domain.empty()) return std::nullopt;
  for (const PlainRow& row : kPlain) {
    if (node.op_type == row.op_type) return row.function;
  }
  for (const ParametricRow& row : kParametric) {
    if (node.op_type != row.op_type) continue;
    const ActivationParameters parameters = activation_parameters(node);
    const double alpha = parameters.alpha;
    const double beta = parameters.beta;
    return [function = row.function, alpha, beta](double x) { return function(x, alpha, beta); };
  }
  if (node.op_type == "Clip") return clip(node, opset, constant);
  if (node.op_type == "Gelu") return gelu_approximates(node) ? gelu_tanh : gelu;
  if (node.op_type == "Cast") {
    const DataType type = cast_type(node);
    if (type != DataType::kFloat32 && type != DataType::kFloat64) return std::nullopt;
    return [](double x) { return x; };
  }
  if (node.op_type == "Dropout") {
    const DropoutAttributes dropout = dropout_attributes(node, opset, constant);
    if (dropout.training || !dropout.known) return std::nullopt;
    return [](double x) { return x; };
  }
  return std::nullopt;
}

}  // namespace gcompress::graph
