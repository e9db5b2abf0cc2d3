// Scales, zero points and rounding.
#include "gcompress/core/graph/qdq/arithmetic.h"

#include <algorithm>
#include <cmath>

namespace gcompress::graph {
namespace {

constexpr double kLargestUint8 = 255;
constexpr double kLargestInt8 = 127;
constexpr double kLargestBias = 1 << 30;
// The product of two such scales is still a normal float32.
const float kLeastScale = std::ldexp(1.0F, -60);

std::int64_t rounded(double value) { return static_cast<std::int64_t>(std::nearbyint(value)); }

// Elements of one channel lie in runs of `inner`, `channels` runs apart.
struct ChannelLayout {
  std::size_t channels = 1;
  std::size_t inner = 1;
  std::size_t channel_of(std::size_t element) const { return element / inner % channels; }
};

ChannelLayout layout_of(const Shape& shape, int axis) {
  if (axis < 0) return {.channels = 1, .inner = 1};
  ChannelLayout layout{.channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)])};
  for (auto i = static_cast<std::size_t>(axis) + 1; i < shape.size(); ++i) {
    layout.inner *= static_cast<std::size_t>(shape[i]);
  }
  return layout;
}

float weight_scale(float largest, float least, int levels) {
  if (largest == 0) return least > 0 ? std::max(least, kLeastScale) : 1.0F;
  return std::max({largest / static_cast<float>(levels), least, kLeastScale});
}

}  // namespace

ActivationQuantization quantization_of_range(float low, float high, ActivationType type) {
  GCOMPRESS_CHECK(std::isfinite(low) && std::isfinite(high) && low <= high);
  const double bottom = std::min(low, 0.0F);
  const double top = std::max(high, 0.0F);
  if (bottom == top) return {.scale = 1, .zero_point = 0, .type = type};
  if (type == ActivationType::kInt8Symmetric) {
    const auto symmetric = static_cast<float>(std::max(-bottom, top) / kLargestInt8);
    return {.scale = std::max(symmetric, kLeastScale), .zero_point = 0, .type = type};
  }
  const float scale = std::max(static_cast<float>((top - bottom) / kLargestUint8), kLeastScale);
  const double zero = std::clamp(std::nearbyint(-bottom / scale), 0.0, kLargestUint8);
  return {.scale = scale, .zero_point = static_cast<std::uint8_t>(zero)};
}

double rounded_to(double value, const ActivationQuantization& quantization) {
  const bool symmetric = quantization.type == ActivationType::kInt8Symmetric;
  const double zero = quantization.zero_point;
  // QuantizeLinear saturates at the type's ends, -128 among them.
  const double least = symmetric ? -kLargestInt8 - 1 : 0;
  const double most = symmetric ? kLargestInt8 : kLargestUint8;
  const double scaled = std::nearbyint(value / static_cast<double>(quantization.scale)) + zero;
  return (std::clamp(scaled, least, most) - zero) * static_cast<double>(quantization.scale);
}

QuantizedWeight quantize_weight(const Tensor& weight, int axis, int levels,
                                std::span<const float> least_scales) {
  const std::vector<float> values = to_float32(weight);
  const ChannelLayout layout = layout_of(weight.shape(), axis);
  std::vector<float> scales(layout.channels, 0.0F);
  GCOMPRESS_CHECK(least_scales.empty() || least_scales.size() == scales.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& largest = scales[layout.channel_of(i)];
    largest = std::max(largest, std::abs(values[i]));
  }
  for (std::size_t i = 0; i < scales.size(); ++i) {
    scales[i] = weight_scale(scales[i], least_scales.empty() ? 0 : least_scales[i], levels);
  }
  std::vector<std::int8_t> integers(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scaled = static_cast<double>(values[i]) / scales[layout.channel_of(i)];
    integers[i] =
        static_cast<std::int8_t>(std::clamp<std::int64_t>(rounded(scaled), -levels, levels));
  }
  return {.values = Tensor::from<std::int8_t>(weight.shape(), std::move(integers)),
          .scales = std::move(scales)};
}

Tensor dequantized(const QuantizedWeight& weight, int axis) {
  const ChannelLayout layout = layout_of(weight.values.shape(), axis);
  const auto integers = weight.values.as<std::int8_t>();
  std::vector<float> values(integers.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(integers[i]) * weight.scales[layout.channel_of(i)];
  }
  return Tensor::from<float>(weight.values.shape(), std::move(values));
}

std::vector<float> least_weight_scales(std::span<const float> bias, float input_scale) {
  std::vector<float> least;
  least.reserve(bias.size());
  for (const float value : bias) {
    least.push_back(static_cast<float>(std::abs(static_cast<double>(value)) /
                                       (kLargestBias * static_cast<double>(input_scale))));
  }
  return least;
}

Tensor quantize_bias(std::span<const float> bias, std::span<const float> scales) {
  GCOMPRESS_CHECK(scales.size() == 1 || scales.size() == bias.size());
  std::vector<std::int32_t> integers;
  integers.reserve(bias.size());
  for (std::size_t i = 0; i < bias.size(); ++i) {
    const double scaled = static_cast<double>(bias[i]) / scales[scales.size() == 1 ? 0 : i];
    constexpr double kMost = 2147483647;
    integers.push_back(static_cast<std::int32_t>(rounded(std::clamp(scaled, -kMost, kMost))));
  }
  const auto size = static_cast<std::int64_t>(integers.size());
  return Tensor::from<std::int32_t>({size}, std::move(integers));
}

}  // namespace gcompress::graph
