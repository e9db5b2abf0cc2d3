// Parameters of Resize and Upsample.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

enum class ResizeMode { kNearest, kLinear, kCubic };

struct ResizeParameters {
  ResizeMode mode = ResizeMode::kNearest;
  // half_pixel, half_pixel_symmetric, pytorch_half_pixel, align_corners, asymmetric,
  // tf_crop_and_resize. Upsample and Resize of opset 10 are asymmetric.
  std::string coordinates = "half_pixel";
  std::string nearest_mode = "round_prefer_floor";  // floor before opset 11
  float cubic_coefficient = -0.75F;
  bool exclude_outside = false;
  bool antialias = false;
  float extrapolation_value = 0;
  std::string aspect_policy = "stretch";
  // Of `axes`, or of all axes if those are not given. Exactly one of scales and sizes is given.
  bool scales_given = false;
  bool scales_known = true;
  std::vector<float> scales;
  IntList sizes;
  std::vector<std::int64_t> axes;  // empty: all

  bool known() const { return scales_known && sizes.known; }
};
ResizeParameters resize_parameters(const Node& node, std::int64_t opset,
                                   const ConstantLookup& constant);

// Output shape and the scale of every axis for this input; parameters must be known.
struct ResizeGeometry {
  Shape output;
  std::vector<float> scales;
};
ResizeGeometry resize_geometry(const Node& node, const ResizeParameters& parameters,
                               const Shape& input);

// One axis of a Resize.
struct ResizeAxis {
  std::int64_t input = 0;
  std::int64_t output = 0;
  double scale = 1;
  double crop_begin = 0;  // tf_crop_and_resize, as parts of the input
  double crop_end = 1;

  bool operator==(const ResizeAxis&) const = default;
};

// Where output position `at` lies in the input, by a rule of ResizeParameters::coordinates.
double resize_coordinate(const std::string& rule, const ResizeAxis& axis, std::int64_t at);

// The input position that output position `at` takes in mode kNearest, inside the input.
std::int64_t nearest_source(const ResizeParameters& parameters, const ResizeAxis& axis,
                            std::int64_t at);

}  // namespace gcompress::graph
