// Activations, softmax and dropout.
#include <torch/torch.h>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

template <torch::Tensor (*Function)(const torch::Tensor&)>
Kernel unary(const Binding&) {
  return one([](const Call& call) { return Function(call[0]); });
}

Kernel relu(const Binding&) {
  return one([](const Call& call) { return at::relu(call[0]); });
}

Kernel leaky_relu(const Binding& node) {
  const double alpha = node.number("alpha", 0.01F);
  return one([=](const Call& call) { return at::leaky_relu(call[0], alpha); });
}

Kernel elu(const Binding& node) {
  const double alpha = node.number("alpha", 1);
  return one([=](const Call& call) { return at::elu(call[0], alpha); });
}

// max(0, x) + min(0, alpha (exp(x / alpha) - 1))
Kernel celu(const Binding& node) {
  const double alpha = node.number("alpha", 1);
  return one([=](const Call& call) { return at::celu(call[0], alpha); });
}

Kernel selu(const Binding& node) {
  const double alpha = node.number("alpha", 1.67326319217681884765625F);
  const double gamma = node.number("gamma", 1.05070102214813232421875F);
  return one([=](const Call& call) { return at::elu(call[0], alpha, gamma); });
}

Kernel gelu(const Binding& node) {
  const std::string approximate = node.text("approximate", "none");
  return one([=](const Call& call) { return at::gelu(call[0], approximate); });
}

// The graph optimiser of ONNX Runtime writes it: gelu(x + bias).
Kernel bias_gelu(const Binding&) {
  return one([](const Call& call) { return at::gelu(call[0] + call[1]); });
}

Kernel hard_sigmoid(const Binding& node) {
  const double alpha = node.number("alpha", 0.2F);
  const double beta = node.number("beta", 0.5F);
  return one([=](const Call& call) { return at::clamp(call[0] * alpha + beta, 0, 1); });
}

Kernel prelu(const Binding&) {
  return one([](const Call& call) {
    const torch::Tensor x = widened(call[0]);
    return at::where(x < 0, x * widened(call[1]), x).to(call[0].scalar_type());
  });
}

Kernel thresholded_relu(const Binding& node) {
  const double alpha = node.number("alpha", 1);
  return one([=](const Call& call) { return at::threshold(call[0], alpha, 0); });
}

// x < -lambd: x + bias; x > lambd: x - bias; else 0
Kernel shrink(const Binding& node) {
  const double lambd = node.number("lambd", 0.5F);
  const double bias = node.number("bias", 0);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const torch::Tensor zero = at::zeros_like(x);
    const torch::Tensor result =
        at::where(x < -lambd, x + bias, at::where(x > lambd, x - bias, zero));
    return result.to(x.scalar_type());
  });
}

Kernel swish(const Binding& node) {
  const double alpha = node.number("alpha", 1);
  return one([=](const Call& call) { return call[0] * at::sigmoid(call[0] * alpha); });
}

torch::Tensor softmax_along(const torch::Tensor& x, std::int64_t axis) { return x.softmax(axis); }
torch::Tensor log_softmax_along(const torch::Tensor& x, std::int64_t axis) {
  return x.log_softmax(axis);
}
torch::Tensor hardmax_along(const torch::Tensor& x, std::int64_t axis) {
  return at::zeros_like(x).scatter(axis, x.argmax(axis, true), 1);
}

template <torch::Tensor (*Along)(const torch::Tensor&, std::int64_t)>
Kernel along_axis(const Binding& node) {
  const std::int64_t axis = node.integer("axis", -1);
  return one([=](const Call& call) { return Along(call[0], axis); });
}

// Before opset 13: over all axes from `axis` on.
template <torch::Tensor (*Along)(const torch::Tensor&, std::int64_t)>
Kernel along_flattened(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 1);
  return one([=](const Call& call) {
    const std::int64_t rank = call[0].dim();
    const std::int64_t first = axis == rank ? rank : normalized_axis(axis, rank);
    if (first == rank - 1) return Along(call[0], first);
    std::int64_t outer = 1;
    for (std::int64_t i = 0; i < first; ++i) outer *= call[0].size(i);
    return Along(call[0].reshape({outer, -1}), 1).reshape(call[0].sizes());
  });
}

// Drops in a Program's training mode, and where the node itself asks for training.
Kernel dropout(const Binding& node) {
  const double attribute = node.number("ratio", 0.5F);
  return [=](Call& call) {
    const double ratio = call.has(1) ? number_of(call[1]) : attribute;
    const bool asked = call.has(2) && number_of(call[2]) != 0;
    if (!(call.training() || asked) || ratio == 0) {
      call.set(0, call[0]);
      if (call.wants(1)) call.set(1, at::ones_like(call[0], torch::kBool));
      return;
    }
    const torch::Tensor kept = at::rand(call[0].sizes(), call[0].device()) >= ratio;
    call.set(0, at::where(kept, call[0] / (1 - ratio), at::zeros({}, call[0].options())));
    call.set(1, kept);
  };
}

constexpr Row kRows[] = {
    {"", "Celu", 12, celu},
    {"", "Dropout", 7, dropout, true},
    {"", "Elu", 1, elu},
    {"", "Gelu", 20, gelu},
    {"", "HardSigmoid", 1, hard_sigmoid},
    {"", "HardSwish", 14, unary<at::hardswish>},
    {"", "Hardmax", 1, along_flattened<hardmax_along>},
    {"", "Hardmax", 13, along_axis<hardmax_along>},
    {"", "LeakyRelu", 1, leaky_relu},
    {"", "LogSoftmax", 1, along_flattened<log_softmax_along>},
    {"", "LogSoftmax", 13, along_axis<log_softmax_along>},
    {"", "Mish", 18, unary<at::mish>},
    {"", "PRelu", 7, prelu},
    {"", "Relu", 1, relu},
    {"", "Selu", 1, selu},
    {"", "Shrink", 9, shrink},
    {"", "Sigmoid", 1, unary<at::sigmoid>},
    {"", "Softmax", 1, along_flattened<softmax_along>},
    {"", "Softmax", 13, along_axis<softmax_along>},
    {"", "Softplus", 1,
     [](const Binding&) { return one([](const Call& call) { return at::softplus(call[0]); }); }},
    {"", "Softsign", 1,
     [](const Binding&) {
       return one([](const Call& call) { return call[0] / (1 + at::abs(call[0])); });
     }},
    {"", "Swish", 24, swish},
    {"", "Tanh", 1, unary<at::tanh>},
    {"", "ThresholdedRelu", 10, thresholded_relu},
    {"com.microsoft", "BiasGelu", 1, bias_gelu},
    {"com.microsoft", "Gelu", 1, gelu},
};

}  // namespace

std::span<const Row> activation_rows() { return kRows; }

}  // namespace gcompress::train
