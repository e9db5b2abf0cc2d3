// Parameters of Resize and Upsample.
#include "gcompress/core/graph/operators/resize.h"

#include <algorithm>
#include <cmath>

namespace gcompress::graph {
namespace {

// An output size beyond this is taken for damage.
constexpr float kLargestSize = 2147483647.0F;

ResizeMode mode_of(const Node& node) {
  const std::string mode = attribute_string(node, "mode", "nearest");
  if (mode == "nearest") return ResizeMode::kNearest;
  if (mode == "linear" || mode == "bilinear") return ResizeMode::kLinear;
  if (mode == "cubic") return ResizeMode::kCubic;
  throw_input("the mode '" + mode + "' of " + node.op_type + " is unknown", place_of(node));
}

void read_scales(const Node& node, std::size_t input, const ConstantLookup& constant,
                 ResizeParameters& parameters) {
  if (!has_input(node, input)) return;
  const Tensor* tensor = constant_input(node, input, constant);
  if (tensor == nullptr) {
    parameters.scales_given = true;
    parameters.scales_known = false;
    return;
  }
  if (!is_floating(tensor->dtype())) {
    throw_input("the scales of " + node.op_type + " are not floating-point numbers",
                place_of(node, node.inputs[input]));
  }
  parameters.scales = to_float32(*tensor);
  // Files leave scales out by an empty tensor, too.
  parameters.scales_given = !parameters.scales.empty();
}

void read_old_upsample(const Node& node, std::int64_t opset, ResizeParameters& parameters) {
  parameters.scales_given = true;
  if (opset < 7) {
    parameters.scales = {1, 1, attribute_float(node, "height_scale", 1),
                         attribute_float(node, "width_scale", 1)};
  } else {
    parameters.scales = attribute_floats(node, "scales", {});
  }
}

void read_sizes(const Node& node, std::int64_t opset, const ConstantLookup& constant,
                ResizeParameters& parameters) {
  if (node.op_type == "Upsample" || opset < 11) return;
  parameters.sizes = int_list(node, opset, {"sizes", 3, 11}, constant);
  if (parameters.sizes.known && parameters.sizes.values.empty()) parameters.sizes.given = false;
}

std::int64_t nearest(const std::string& mode, double x) {
  if (mode == "floor") return static_cast<std::int64_t>(std::floor(x));
  if (mode == "ceil") return static_cast<std::int64_t>(std::ceil(x));
  const double below = std::floor(x);
  if (x - below == 0.5) {
    return static_cast<std::int64_t>(mode == "round_prefer_ceil" ? below + 1 : below);
  }
  return static_cast<std::int64_t>(std::round(x));
}

}  // namespace

ResizeParameters resize_parameters(const Node& node, std::int64_t opset,
                                   const ConstantLookup& constant) {
  ResizeParameters parameters;
  parameters.mode = mode_of(node);
  const bool upsample = node.op_type == "Upsample";
  if (upsample || opset < 11) {
    parameters.coordinates = "asymmetric";
    parameters.nearest_mode = "floor";
  } else {
    parameters.coordinates = attribute_string(node, "coordinate_transformation_mode", "half_pixel");
    parameters.nearest_mode = attribute_string(node, "nearest_mode", "round_prefer_floor");
    parameters.cubic_coefficient = attribute_float(node, "cubic_coeff_a", -0.75F);
    parameters.exclude_outside = attribute_int(node, "exclude_outside", 0) != 0;
    parameters.extrapolation_value = attribute_float(node, "extrapolation_value", 0);
    parameters.antialias = attribute_int(node, "antialias", 0) != 0;
    parameters.aspect_policy = attribute_string(node, "keep_aspect_ratio_policy", "stretch");
    parameters.axes = attribute_ints(node, "axes", {});
  }
  if (upsample && opset < 9) {
    read_old_upsample(node, opset, parameters);
  } else {
    read_scales(node, upsample || opset < 11 ? 1 : 2, constant, parameters);
  }
  read_sizes(node, opset, constant, parameters);
  // An empty constant is a left-out input, an unknown one may be: sizes then decide.
  if (parameters.sizes.given && parameters.scales_given && !parameters.scales_known) {
    parameters.scales_given = false;
    parameters.scales_known = true;
  }
  if (parameters.sizes.given == parameters.scales_given) {
    throw_input(node.op_type + " needs either scales or sizes", place_of(node));
  }
  return parameters;
}

ResizeGeometry resize_geometry(const Node& node, const ResizeParameters& parameters,
                               const Shape& input) {
  const auto rank = static_cast<std::int64_t>(input.size());
  std::vector<std::int64_t> axes = parameters.axes;
  if (axes.empty()) {
    for (std::int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  } else {
    axes = normalized_axes(node, axes, rank);
  }
  const std::size_t given =
      parameters.sizes.given ? parameters.sizes.values.size() : parameters.scales.size();
  if (given != axes.size()) {
    throw_input(node.op_type + " has " + std::to_string(given) + " scales or sizes for " +
                    std::to_string(axes.size()) + " axes",
                place_of(node));
  }
  ResizeGeometry geometry{.output = input, .scales = std::vector<float>(input.size(), 1.0F)};
  // The one scale of all axes that keep_aspect_ratio_policy asks for; 0: none.
  float common = 0;
  const bool larger = parameters.aspect_policy == "not_smaller";
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    const auto size = static_cast<float>(input[axis]);
    float& scale = geometry.scales[axis];
    if (parameters.sizes.given) {
      geometry.output[axis] = parameters.sizes.values[i];
      scale = size > 0 ? static_cast<float>(geometry.output[axis]) / size : 1.0F;
      if (common == 0 || (larger ? scale > common : scale < common)) common = scale;
    } else {
      scale = parameters.scales[i];
      const float out = std::floor(size * scale);
      if (!(scale > 0) || !(out <= kLargestSize))
        geometry.output[axis] = -1;
      else
        geometry.output[axis] = static_cast<std::int64_t>(out);
    }
    if (geometry.output[axis] < 0) {
      throw_input(node.op_type + " asks for an impossible size along axis " + std::to_string(axis),
                  place_of(node));
    }
  }
  if (parameters.sizes.given && parameters.aspect_policy != "stretch") {
    for (const std::int64_t axis : axes) {
      const auto a = static_cast<std::size_t>(axis);
      geometry.scales[a] = common;
      geometry.output[a] = static_cast<std::int64_t>(
          std::round(std::min(kLargestSize, common * static_cast<float>(input[a]))));
    }
  }
  return geometry;
}

double resize_coordinate(const std::string& rule, const ResizeAxis& axis, std::int64_t at) {
  const double x = static_cast<double>(at);
  const double input = static_cast<double>(axis.input);
  const double exact_output = input * axis.scale;
  if (rule == "asymmetric") return x / axis.scale;
  if (rule == "align_corners") {
    return exact_output == 1 ? 0 : x * (input - 1) / (exact_output - 1);
  }
  if (rule == "pytorch_half_pixel") return axis.output > 1 ? (x + 0.5) / axis.scale - 0.5 : 0;
  if (rule == "tf_half_pixel_for_nn") return (x + 0.5) / axis.scale;
  if (rule == "tf_crop_and_resize") {
    if (axis.output == 1) return 0.5 * (axis.crop_begin + axis.crop_end) * (input - 1);
    return axis.crop_begin * (input - 1) + x * (axis.crop_end - axis.crop_begin) * (input - 1) /
                                               static_cast<double>(axis.output - 1);
  }
  if (rule == "half_pixel_symmetric") {
    const double adjustment = static_cast<double>(axis.output) / exact_output;
    const double offset = input / 2 * (1 - adjustment);
    return offset + (x + 0.5) / axis.scale - 0.5;
  }
  return (x + 0.5) / axis.scale - 0.5;  // half_pixel
}

std::int64_t nearest_source(const ResizeParameters& parameters, const ResizeAxis& axis,
                            std::int64_t at) {
  const double x = resize_coordinate(parameters.coordinates, axis, at);
  return std::clamp<std::int64_t>(nearest(parameters.nearest_mode, x), 0, axis.input - 1);
}

}  // namespace gcompress::graph
