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

// Elements along one axis, or along the last axes together, lie `inner` apart.
Kernel softmax_along(const Binding& binding, bool logarithm) {
  const graph::SoftmaxAttributes attributes =
      graph::softmax_attributes(binding.node, binding.opset);
  const Shape& in = binding.inputs[0];
  const auto axis = static_cast<std::ptrdiff_t>(
      graph::normalized_axis(binding.node, attributes.axis, static_cast<std::int64_t>(in.size())));
  const auto end = attributes.flattens ? in.end() : in.begin() + axis + 1;
  const std::int64_t length = element_count(Shape(in.begin() + axis, end));
  const std::int64_t inner = element_count(Shape(end, in.end()));
  const std::int64_t rows = element_count(in) / std::max<std::int64_t>(1, length);
  return [=](const Call& call) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t first = r / inner * length * inner + r % inner;
      const float* x = call.inputs[0] + first;
      float* y = call.outputs[0] + first;
      float most = x[0];
      for (std::int64_t i = 1; i < length; ++i) most = std::max(most, x[i * inner]);
      float sum = 0;
      for (std::int64_t i = 0; i < length; ++i) {
        const float power = std::exp(x[i * inner] - most);
        sum += power;
        y[i * inner] = logarithm ? x[i * inner] - most : power;
      }
      const float whole = logarithm ? std::log(sum) : sum;
      for (std::int64_t i = 0; i < length; ++i) {
        y[i * inner] = logarithm ? y[i * inner] - whole : y[i * inner] / whole;
      }
    }
  };
}
Kernel softmax(const Binding& binding) { return softmax_along(binding, false); }
Kernel log_softmax(const Binding& binding) { return softmax_along(binding, true); }

// To mean 0 and variance 1 over `length` elements, then by the scale and shift that `at` names.
template <typename At>
void normalize(const float* x, float* y, std::int64_t length, float epsilon,
               const std::vector<float>& scale, const std::vector<float>& shift, At at) {
  double mean = 0;
  for (std::int64_t i = 0; i < length; ++i) mean += x[i];
  mean /= static_cast<double>(length);
  double variance = 0;
  for (std::int64_t i = 0; i < length; ++i) variance += (x[i] - mean) * (x[i] - mean);
  const double factor = 1 / std::sqrt(variance / static_cast<double>(length) + epsilon);
  for (std::int64_t i = 0; i < length; ++i) {
    const auto place = static_cast<std::size_t>(at(i));
    y[i] = static_cast<float>((x[i] - mean) * factor) * scale[place] + shift[place];
  }
}

// Each image's channels in `groups` of neighbours; scale and shift by channel.
Kernel norm_of_groups(const Binding& binding, std::int64_t groups, float epsilon,
                      bool per_channel) {
  if (!binding.is_constant(1) || !binding.is_constant(2)) {
    binding.unsupported("a scale that is not constant");
  }
  const Shape& in = binding.inputs[0];
  const std::int64_t elements = element_count(in) / std::max<std::int64_t>(1, in[0] * in[1]);
  if (groups < 1 || in[1] % groups != 0) binding.unsupported("such groups");
  const std::int64_t channels = in[1] / groups;  // of a group
  return
      [=, images = in[0], scale = binding.floats(1), shift = binding.floats(2)](const Call& call) {
        const std::int64_t length = channels * elements;
        for (std::int64_t piece = 0; piece < images * groups; ++piece) {
          const std::int64_t group = piece % groups;
          normalize(call.inputs[0] + piece * length, call.outputs[0] + piece * length, length,
                    epsilon, scale, shift, [&](std::int64_t i) {
                      return per_channel ? group * channels + i / elements : group;
                    });
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
      normalize(call.inputs[0] + r * length, call.outputs[0] + r * length, length,
                attributes.epsilon, scale, shift, [](std::int64_t i) { return i; });
    }
  };
}

Kernel instance_norm(const Binding& binding) {
  return norm_of_groups(binding, binding.inputs[0][1], graph::instance_norm_epsilon(binding.node),
                        true);
}

Kernel group_norm(const Binding& binding) {
  const graph::GroupNormAttributes attributes =
      graph::group_norm_attributes(binding.node, binding.opset);
  return norm_of_groups(binding, attributes.groups, attributes.epsilon, attributes.per_channel);
}

constexpr OperatorRow kRows[] = {{"BatchNormalization", batch_norm},
                                 {"GroupNormalization", group_norm},
                                 {"InstanceNormalization", instance_norm},
                                 {"LayerNormalization", layer_norm},
                                 {"LogSoftmax", log_softmax},
                                 {"Softmax", softmax}};

}  // namespace

std::span<const OperatorRow> normalization_rows() { return kRows; }

}  // namespace gcompress::engine
