// Convolutions and their transposes.
#include "gcompress/core/graph/operators/convolution.h"

#include <torch/torch.h>

#include <algorithm>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/window.h"

namespace gcompress::train {

graph::Window resolved(const graph::Window& window, const torch::Tensor& x) {
  graph::Window result = window;
  result.pads = graph::resolve_pads(window, x.sizes().slice(2).vec());
  return result;
}

std::int64_t extent(const graph::Window& window, std::size_t axis) {
  return window.dilations[axis] * (window.kernel[axis] - 1) + 1;
}

bool symmetric(const graph::Window& window) {
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    if (window.pads[axis] < 0 || window.pads[axis] != window.pads[axis + window.axes()]) {
      return false;
    }
  }
  return true;
}

std::vector<std::int64_t> pads_begin(const graph::Window& window) {
  return {window.pads.begin(), window.pads.begin() + static_cast<std::ptrdiff_t>(window.axes())};
}

torch::Tensor pad_spatial(const torch::Tensor& x, const std::vector<std::int64_t>& pads,
                          const at::Scalar& value) {
  const std::size_t rank = pads.size() / 2;
  std::vector<std::int64_t> reversed;  // torch: last axis first, begin and end together
  for (std::size_t axis = rank; axis-- > 0;) {
    reversed.push_back(pads[axis]);
    reversed.push_back(pads[axis + rank]);
  }
  return at::constant_pad_nd(x, reversed, value);
}

namespace {

Convolution convolution_with(const graph::ConvAttributes& attributes) {
  const graph::Window window = attributes.window;
  const std::int64_t group = attributes.group;
  const std::vector<std::int64_t> zeros(window.axes(), 0);
  const bool sized = window.auto_pad == graph::AutoPad::kSameUpper ||
                     window.auto_pad == graph::AutoPad::kSameLower;
  if (!sized) {
    // Nothing depends on the input's size: the common case, ready to call.
    graph::Window fixed = window;
    if (window.auto_pad == graph::AutoPad::kValid) fixed.pads.assign(2 * window.axes(), 0);
    const bool even = symmetric(fixed);
    const std::vector<std::int64_t> pads = even ? pads_begin(fixed) : zeros;
    return [=](const torch::Tensor& x, const torch::Tensor& weight,
               const std::optional<torch::Tensor>& bias) {
      return at::convolution(even ? x : pad_spatial(x, fixed.pads, 0), weight, bias, fixed.strides,
                             pads, fixed.dilations, false, zeros, group);
    };
  }
  return [=](const torch::Tensor& x, const torch::Tensor& weight,
             const std::optional<torch::Tensor>& bias) {
    const graph::Window now = resolved(window, x);
    const bool even = symmetric(now);
    return at::convolution(even ? x : pad_spatial(x, now.pads, 0), weight, bias, now.strides,
                           even ? pads_begin(now) : zeros, now.dilations, false, zeros, group);
  };
}

std::vector<std::int64_t> kernel_of(const torch::Tensor& weight) {
  return weight.sizes().slice(2).vec();
}

}  // namespace

Convolution convolution_of(const Binding& node, std::size_t weight_input) {
  const torch::Tensor weight = node.stored(weight_input);
  if (weight.defined()) {
    return convolution_with(graph::conv_attributes(node.node, kernel_of(weight)));
  }
  // The weight is computed by the network, and so is its shape.
  return [written = node.node](const torch::Tensor& x, const torch::Tensor& computed,
                               const std::optional<torch::Tensor>& bias) {
    return convolution_with(graph::conv_attributes(written, kernel_of(computed)))(x, computed,
                                                                                  bias);
  };
}

namespace {

Kernel convolution(const Binding& node) {
  return one([convolve = convolution_of(node, 1)](const Call& call) {
    return convolve(call[0], call[1], call.optional(2));
  });
}

torch::Tensor transposed_of(const graph::Node& node,
                            const graph::ConvTransposeAttributes& attributes, const Call& call) {
  const graph::ConvTransposeGeometry geometry =
      graph::conv_transpose_geometry(node, attributes, call[0].sizes().slice(2).vec());
  graph::Window window = attributes.window;
  window.pads = geometry.pads;
  const std::size_t axes = window.axes();
  // torch's output padding is less than the stride; what ONNX asks for beyond is filled with zeros.
  std::vector<std::int64_t> extra(axes);
  bool direct = symmetric(window);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t plain =
        window.strides[axis] * (call[0].size(static_cast<std::int64_t>(axis) + 2) - 1) +
        extent(window, axis) - window.pads[axis] - window.pads[axis + axes];
    extra[axis] = geometry.output[axis] - plain;
    direct = direct && extra[axis] >= 0 &&
             extra[axis] < std::max(window.strides[axis], window.dilations[axis]);
  }
  if (direct) {
    return at::convolution(call[0], call[1], call.optional(2), window.strides, pads_begin(window),
                           window.dilations, true, extra, attributes.group);
  }
  // Whole, then the ends cropped or filled up; the bias comes last as it also covers the fill.
  const std::vector<std::int64_t> zeros(axes, 0);
  const torch::Tensor whole = at::convolution(call[0], call[1], {}, window.strides, zeros,
                                              window.dilations, true, zeros, attributes.group);
  std::vector<std::int64_t> crop(2 * axes);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    crop[axis] = -window.pads[axis];
    crop[axis + axes] = extra[axis] - window.pads[axis + axes];
  }
  const torch::Tensor y = pad_spatial(whole, crop, 0);
  if (!call.has(2)) return y;
  std::vector<std::int64_t> shape(axes + 2, 1);
  shape[1] = -1;
  return y + call[2].reshape(shape);
}

Kernel transposed(const Binding& binding) {
  const graph::Node node = binding.node;
  const torch::Tensor weight = binding.stored(1);
  if (weight.defined()) {
    const auto attributes = graph::conv_transpose_attributes(node, kernel_of(weight));
    return one([=](const Call& call) { return transposed_of(node, attributes, call); });
  }
  return one([=](const Call& call) {
    return transposed_of(node, graph::conv_transpose_attributes(node, kernel_of(call[1])), call);
  });
}

constexpr Row kRows[] = {
    {"", "Conv", 1, convolution},
    {"", "ConvTranspose", 1, transposed},
};

}  // namespace

std::span<const Row> convolution_rows() { return kRows; }

}  // namespace gcompress::train
