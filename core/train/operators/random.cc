// Random numbers. The seed attribute is not used: all draws come from torch's generator, which the
// caller seeds.
#include <torch/torch.h>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

torch::Tensor uniform(torch::Tensor values, double low, double high) {
  return values.uniform_(low, high);
}
torch::Tensor normal(torch::Tensor values, double mean, double scale) {
  return values.normal_(mean, scale);
}

using Fill = torch::Tensor (*)(torch::Tensor values, double first, double second);

template <Fill fill, bool Normal>
Kernel of_shape(const Binding& node) {
  const std::vector<std::int64_t> shape = node.integers("shape");
  const double first = Normal ? node.number("mean", 0) : node.number("low", 0);
  const double second = Normal ? node.number("scale", 1) : node.number("high", 1);
  const auto options = torch::TensorOptions()
                           .dtype(scalar_type_attribute(node, "dtype", DataType::kFloat32))
                           .device(node.device);
  return one([=](const Call&) { return fill(at::empty(shape, options), first, second); });
}

template <Fill fill, bool Normal>
Kernel like(const Binding& node) {
  const double first = Normal ? node.number("mean", 0) : node.number("low", 0);
  const double second = Normal ? node.number("scale", 1) : node.number("high", 1);
  const bool typed = node.has_attribute("dtype");
  const torch::ScalarType stated = scalar_type_attribute(node, "dtype", DataType::kFloat32);
  return one([=](const Call& call) {
    const torch::ScalarType type = typed ? stated : call[0].scalar_type();
    return fill(at::empty(call[0].sizes(), call[0].options().dtype(type)), first, second);
  });
}

Kernel bernoulli(const Binding& node) {
  const bool typed = node.has_attribute("dtype");
  const torch::ScalarType stated = scalar_type_attribute(node, "dtype", DataType::kFloat32);
  return one([=](const Call& call) {
    return at::bernoulli(call[0]).to(typed ? stated : call[0].scalar_type());
  });
}

// Log probabilities [batch, classes] to drawn classes [batch, sample_size].
Kernel multinomial(const Binding& node) {
  const std::int64_t samples = node.integer("sample_size", 1);
  const torch::ScalarType type = scalar_type_attribute(node, "dtype", DataType::kInt32);
  return one([=](const Call& call) {
    return at::multinomial(at::softmax(call[0], 1), samples, true).to(type);
  });
}

constexpr Row kRows[] = {
    {"", "Bernoulli", 15, bernoulli, true},
    {"", "Multinomial", 7, multinomial, true},
    {"", "RandomNormal", 1, of_shape<normal, true>, true},
    {"", "RandomNormalLike", 1, like<normal, true>, true},
    {"", "RandomUniform", 1, of_shape<uniform, false>, true},
    {"", "RandomUniformLike", 1, like<uniform, false>, true},
};

}  // namespace

std::span<const Row> random_rows() { return kRows; }

}  // namespace gcompress::train
