// Numbers as 8-bit integers: real = scale (quantized - zero point), quantized by rounding to even
// and saturating, as QuantizeLinear does.
//
// Activations are uint8 with a zero point, or int8 symmetric about 0 where a runtime wants that;
// weights int8 symmetric about 0, so that zeros stay zeros; biases int32 with the scale of the sums
// they join: that of the activation times that of the weight.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/base/tensor.h"

namespace gcompress::graph {

// Largest absolute value of a quantized weight. Processors without VNNI add two products of uint8
// and int8 in 16 bits, which saturate (2 x 255 x 127 > 32767): there, 64 is the most (2 x 255 x 64
// <= 32767).
inline constexpr int kWeightLevels = 127;
inline constexpr int kReducedWeightLevels = 64;

enum class ActivationType { kUint8, kInt8Symmetric };

struct ActivationQuantization {
  float scale = 1;
  std::uint8_t zero_point = 0;  // 0 where symmetric
  ActivationType type = ActivationType::kUint8;
  bool operator==(const ActivationQuantization&) const = default;
};

// For numbers from low to high, finite and low <= high. The range is widened to hold 0, which is
// then exact; symmetric, to the larger side on both. A range of 0 alone gets scale 1.
ActivationQuantization quantization_of_range(float low, float high,
                                             ActivationType type = ActivationType::kUint8);

// What is left of a number that was quantized and dequantized.
double rounded_to(double value, const ActivationQuantization& quantization);

struct QuantizedWeight {
  Tensor values;              // int8, of the weight's shape
  std::vector<float> scales;  // one for each index of the axis, or one in all; never 0
};

// A floating weight, finite. `axis` is that of the output channels, -1: one scale for all. Scales
// are as small as `levels` allows, but not below `least_scales` (of as many elements as scales, or
// empty). A channel of zeros gets its least scale, or 1.
QuantizedWeight quantize_weight(const Tensor& weight, int axis, int levels,
                                std::span<const float> least_scales = {});

// What the integers stand for, float32.
Tensor dequantized(const QuantizedWeight& weight, int axis);

// For each channel the least weight scale with which its bias, in units of input_scale x weight
// scale, stays within 2^30: half of int32, the other half is for the sums.
std::vector<float> least_weight_scales(std::span<const float> bias, float input_scale);

// int32 of shape [n], round(bias / scale); `scales` (input scale x weight scale) are as many as
// biases, or one.
Tensor quantize_bias(std::span<const float> bias, std::span<const float> scales);

}  // namespace gcompress::graph
