// Normalisation, Softmax and means.
#include "gcompress/core/graph/operators/normalization.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/graph/operators/activation.h"

namespace gcompress::engine {
namespace {

// Where it could not be folded into the layer before it: x * factor + shift by channel.
Kernel batch_norm(const Binding& binding) {
  const graph::BatchNormAttributes attributes =
      graph::batch_norm_attributes(binding.node, binding.opset);
  for (std::size_t i = 1; i < 5; ++i) {
    if (!binding.is_constant(i)) binding.unsupported("statistics that are not constant");
  }
  if (attributes.training || attributes.per_activation)
    binding.unsupported("statistics of its own");
  std::vector<float> factor = binding.floats(1);
  std::vector<float> shift = binding.floats(2);
  const std::vector<float> mean = binding.floats(3);
  const std::vector<float> variance = binding.floats(4);
  for (std::size_t c = 0; c < factor.size(); ++c) {
    factor[c] /= std::sqrt(variance[c] + attributes.epsilon);
    shift[c] -= mean[c] * factor[c];
  }
  const Shape& in = binding.inputs[0];
  const std::int64_t channels = in[1];
  const std::int64_t elements = element_count(in) / std::max<std::int64_t>(1, in[0] * channels);
  return [=, images = in[0]](const Call& call) {
    const float* x = call.inputs[0];
    float* y = call.outputs[0];
    for (std::int64_t p = 0; p < images * channels; ++p) {
      const auto c = static_cast<std::size_t>(p % channels);
      for (std::int64_t i = 0; i < elements; ++i) *y++ = *x++ * factor[c] + shift[c];
    }
  };
}

Kernel softmax(const Binding& binding) {
  const graph::SoftmaxAttributes attributes =
      graph::softmax_attributes(binding.node, binding.opset);
  const Shape& in = binding.inputs[0];
  const auto rank = static_cast<std::int64_t>(in.size());
  const std::int64_t axis = graph::normalized_axis(binding.node, attributes.axis, rank);
  if (!attributes.flattens && axis != rank - 1) binding.unsupported("an axis that is not the last");
  const std::int64_t length =
      element_count(Shape(in.begin() + static_cast<std::ptrdiff_t>(axis), in.end()));
  const std::int64_t rows = element_count(in) / std::max<std::int64_t>(1, length);
  return [=](const Call& call) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const float* x = call.inputs[0] + r * length;
      float* y = call.outputs[0] + r * length;
      const float most = *std::max_element(x, x + length);
      float sum = 0;
      for (std::int64_t i = 0; i < length; ++i) sum += y[i] = std::exp(x[i] - most);
      for (std::int64_t i = 0; i < length; ++i) y[i] /= sum;
    }
  };
}

// Over the last axes together.
Kernel layer_norm(const Binding& binding) {
  const graph::LayerNormAttributes attributes = graph::layer_norm_attributes(binding.node);
  if (!binding.is_constant(1)) binding.unsupported("a scale that is not constant");
  const Shape& in = binding.inputs[0];
  const std::int64_t axis =
      graph::normalized_axis(binding.node, attributes.axis, static_cast<std::int64_t>(in.size()));
  const std::int64_t length =
      element_count(Shape(in.begin() + static_cast<std::ptrdiff_t>(axis), in.end()));
  const std::int64_t rows = element_count(in) / std::max<std::int64_t>(1, length);
  const std::vector<float> scale = binding.floats(1);
  std::vector<float> shift(scale.size());
  if (binding.is_constant(2)) shift = binding.floats(2);
  if (static_cast<std::int64_t>(scale.size()) != length || shift.size() != scale.size()) {
    binding.unsupported("a scale that is spread");
  }
  return [=](const Call& call) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const float* x = call.inputs[0] + r * length;
      float* y = call.outputs[0] + r * length;
      double mean = 0;
      for (std::int64_t i = 0; i < length; ++i) mean += x[i];
      mean /= static_cast<double>(length);
      double variance = 0;
      for (std::int64_t i = 0; i < length; ++i) variance += (x[i] - mean) * (x[i] - mean);
      const double factor =
          1 / std::sqrt(variance / static_cast<double>(length) + attributes.epsilon);
      for (std::int64_t i = 0; i < length; ++i) {
        const auto at = static_cast<std::size_t>(i);
        y[i] = static_cast<float>((x[i] - mean) * factor) * scale[at] + shift[at];
      }
    }
  };
}

constexpr OperatorRow kRows[] = {
    {"BatchNormalization", batch_norm}, {"LayerNormalization", layer_norm}, {"Softmax", softmax}};

}  // namespace

std::span<const OperatorRow> normalization_rows() { return kRows; }

}  // namespace gcompress::engine
