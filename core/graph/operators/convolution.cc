// Attributes of convolutions.
#include "gcompress/core/graph/operators/convolution.h"

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {
namespace {

std::int64_t group_of(const Node& node) {
  const std::int64_t group = attribute_int(node, "group", 1);
  if (group < 1) {
    throw_input(
        "the group of " + node.op_type + " is " + std::to_string(group) + ", not a positive number",
        place_of(node));
  }
  return group;
}

}  // namespace

ConvAttributes conv_attributes(const Node& node, const std::vector<std::int64_t>& kernel) {
  return {.window = window_of(node, kernel), .group = group_of(node)};
}

ConvTransposeAttributes conv_transpose_attributes(const Node& node,
                                                  const std::vector<std::int64_t>& kernel) {
  ConvTransposeAttributes attributes{.window = window_of(node, kernel),
                                     .group = group_of(node),
                                     .output_padding = {},
                                     .output_shape = {}};
  const std::size_t axes = attributes.window.axes();
  attributes.output_padding =
      attribute_ints(node, "output_padding", std::vector<std::int64_t>(axes, 0));
  if (attributes.output_padding.size() != axes) {
    throw_input("the output_padding " + to_string(attributes.output_padding) +
                    " of ConvTranspose does not fit its " + std::to_string(axes) + " axes",
                place_of(node));
  }
  if (node.attribute("output_shape") != nullptr) {
    std::vector<std::int64_t> stated = attribute_ints(node, "output_shape", {});
    // Some exporters write the batch and the channels too.
    if (stated.size() == axes + 2) stated.erase(stated.begin(), stated.begin() + 2);
    if (stated.size() != axes) {
      throw_input("the output_shape " + to_string(stated) + " of ConvTranspose does not fit its " +
                      std::to_string(axes) + " axes",
                  place_of(node));
    }
    attributes.output_shape = std::move(stated);
  }
  return attributes;
}

ConvTransposeGeometry conv_transpose_geometry(const Node& node,
                                              const ConvTransposeAttributes& attributes,
                                              const std::vector<std::int64_t>& spatial) {
  const Window& window = attributes.window;
  const std::size_t axes = window.axes();
  GCOMPRESS_CHECK(spatial.size() == axes);
  ConvTransposeGeometry geometry{.output = {}, .pads = window.pads};
  const bool same =
      window.auto_pad == AutoPad::kSameUpper || window.auto_pad == AutoPad::kSameLower;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    // Without padding.
    const std::int64_t full = window.strides[axis] * (spatial[axis] - 1) +
                              attributes.output_padding[axis] +
                              (window.kernel[axis] - 1) * window.dilations[axis] + 1;
    if (attributes.output_shape || same) {
      const std::int64_t out = attributes.output_shape ? (*attributes.output_shape)[axis]
                                                       : spatial[axis] * window.strides[axis];
      const std::int64_t total = full > out ? full - out : 0;
      // ONNX: the odd element goes to the end for SAME_UPPER, otherwise to the beginning.
      const bool upper = window.auto_pad == AutoPad::kSameUpper;
      geometry.pads[axis] = upper ? total / 2 : total - total / 2;
      geometry.pads[axis + axes] = total - geometry.pads[axis];
      geometry.output.push_back(out);
    } else {
      if (window.auto_pad == AutoPad::kValid) {
        geometry.pads[axis] = 0;
        geometry.pads[axis + axes] = 0;
      }
      geometry.output.push_back(full - geometry.pads[axis] - geometry.pads[axis + axes]);
    }
    if (geometry.output.back() < 0) {
      throw_input(
          "the padding of ConvTranspose exceeds its output along axis " + std::to_string(axis + 2),
          place_of(node));
    }
  }
  return geometry;
}

}  // namespace gcompress::graph
