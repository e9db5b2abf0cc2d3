// Pools.
#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "gcompress/core/graph/operators/pooling.h"
#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/window.h"

namespace gcompress::train {
namespace {

// Makes the padding explicit: the sizes that the windows need at the end, beyond pads, where the
// last window may hang over the edge (ceil_mode). A window that would begin beyond the input and
// its left padding is left out.
std::vector<std::int64_t> overhang(const graph::Window& window, torch::IntArrayRef spatial) {
  std::vector<std::int64_t> extra(window.axes(), 0);
  if (!window.ceil_mode) return extra;
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    const std::int64_t padded =
        spatial[axis] + window.pads[axis] + window.pads[axis + window.axes()];
    const std::int64_t span = padded - extent(window, axis);
    std::int64_t windows = (span + window.strides[axis] - 1) / window.strides[axis] + 1;
    if ((windows - 1) * window.strides[axis] >= spatial[axis] + window.pads[axis]) --windows;
    extra[axis] = std::max<std::int64_t>(
        0, (windows - 1) * window.strides[axis] + extent(window, axis) - padded);
  }
  return extra;
}

bool halves_suffice(const graph::Window& window) {
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    if (2 * window.pads[axis] > window.kernel[axis]) return false;
  }
  return symmetric(window);
}

std::tuple<torch::Tensor, torch::Tensor> max_pool_with_indices(
    const torch::Tensor& x, const graph::Window& window, const std::vector<std::int64_t>& pads) {
  switch (window.axes()) {
    case 1:
      return at::max_pool1d_with_indices(x, window.kernel, window.strides, pads, window.dilations);
    case 2:
      return at::max_pool2d_with_indices(x, window.kernel, window.strides, pads, window.dilations);
    case 3:
      return at::max_pool3d_with_indices(x, window.kernel, window.strides, pads, window.dilations);
    default:
      throw std::invalid_argument("pools have one to three axes");
  }
}

torch::Tensor max_pool_values(const torch::Tensor& x, const graph::Window& window,
                              const std::vector<std::int64_t>& pads) {
  switch (window.axes()) {
    case 1:
      return at::max_pool1d(x, window.kernel, window.strides, pads, window.dilations);
    case 2:
      return at::max_pool2d(x, window.kernel, window.strides, pads, window.dilations);
    case 3:
      return at::max_pool3d(x, window.kernel, window.strides, pads, window.dilations);
    default:
      throw std::invalid_argument("pools have one to three axes");
  }
}

// Positions in the padded spatial extent of one channel, as ONNX wants them: positions in the whole
// unpadded tensor, columns first if asked.
torch::Tensor onnx_indices(torch::Tensor local, const torch::Tensor& x,
                           const std::vector<std::int64_t>& padded_sizes,
                           const std::vector<std::int64_t>& begins, bool columns_first) {
  const std::size_t rank = padded_sizes.size();
  torch::Tensor position = at::zeros_like(local);
  std::vector<torch::Tensor> coordinates(rank);
  for (std::size_t axis = rank; axis-- > 0;) {
    coordinates[axis] = at::remainder(local, padded_sizes[axis]) - begins[axis];
    local = at::div(local, padded_sizes[axis], "floor");
  }
  std::int64_t volume = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t axis = columns_first ? i : rank - 1 - i;
    position = position + coordinates[axis] * volume;
    volume *= x.size(static_cast<std::int64_t>(axis) + 2);
  }
  std::vector<std::int64_t> shape(rank + 2, 1);
  shape[0] = x.size(0);
  shape[1] = x.size(1);
  const torch::Tensor channels =
      at::arange(x.size(0) * x.size(1), position.options()).reshape(shape);
  return position + channels * volume;
}

Kernel max_pool(const Binding& node) {
  const graph::PoolAttributes attributes = graph::pool_attributes(node.node);
  return [=](Call& call) {
    const torch::ScalarType type = call[0].scalar_type();
    const torch::Tensor x = call[0].is_floating_point() ? call[0] : call[0].to(torch::kFloat);
    const auto spatial = x.sizes().slice(2);
    const graph::Window window = resolved(attributes.window, x);
    const std::vector<std::int64_t> extra = overhang(window, spatial);
    const bool direct = halves_suffice(window) &&
                        std::all_of(extra.begin(), extra.end(), [](auto e) { return e == 0; });
    std::vector<std::int64_t> begins = pads_begin(window);
    torch::Tensor padded = x;
    if (!direct) {
      std::vector<std::int64_t> pads = window.pads;
      for (std::size_t axis = 0; axis < window.axes(); ++axis) {
        pads[axis + window.axes()] += extra[axis];
      }
      padded = pad_spatial(x, pads, -std::numeric_limits<double>::infinity());
    }
    const std::vector<std::int64_t> inner =
        direct ? begins : std::vector<std::int64_t>(window.axes(), 0);
    if (!call.wants(1)) {
      call.set(0, max_pool_values(padded, window, inner).to(type));
      return;
    }
    const auto [values, indices] = max_pool_with_indices(padded, window, inner);
    if (direct) begins.assign(window.axes(), 0);
    call.set(0, values.to(type));
    call.set(1, onnx_indices(indices, x, padded.sizes().slice(2).vec(), begins,
                             attributes.column_major));
  };
}

// Sum over each window, without padding, any rank and dilation.
torch::Tensor window_sums(const torch::Tensor& x, const graph::Window& window) {
  std::vector<std::int64_t> flat{x.size(0) * x.size(1), 1};
  std::vector<std::int64_t> ones{1, 1};
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    flat.push_back(x.size(static_cast<std::int64_t>(axis) + 2));
    ones.push_back(window.kernel[axis]);
  }
  const std::vector<std::int64_t> zeros(window.axes(), 0);
  const torch::Tensor sums =
      at::convolution(x.reshape(flat), at::ones(ones, x.options()), {}, window.strides, zeros,
                      window.dilations, false, zeros, 1);
  std::vector<std::int64_t> shape = sums.sizes().vec();
  shape[0] = x.size(0);
  shape[1] = x.size(1);
  return sums.reshape(shape);
}

Kernel average_pool(const Binding& node) {
  const graph::PoolAttributes attributes = graph::pool_attributes(node.node);
  const bool count_pads = attributes.count_include_pad;
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const auto spatial = x.sizes().slice(2);
    const graph::Window window = resolved(attributes.window, x);
    const std::vector<std::int64_t> extra = overhang(window, spatial);
    const auto none = [](const std::vector<std::int64_t>& values, std::int64_t value) {
      return std::all_of(values.begin(), values.end(), [=](auto v) { return v == value; });
    };
    if (halves_suffice(window) && none(extra, 0) && none(window.dilations, 1)) {
      const std::vector<std::int64_t> pads = pads_begin(window);
      if (window.axes() == 1) {
        return at::avg_pool1d(x, window.kernel, window.strides, pads, false, count_pads);
      }
      if (window.axes() == 2) {
        return at::avg_pool2d(x, window.kernel, window.strides, pads, false, count_pads);
      }
      if (window.axes() == 3) {
        return at::avg_pool3d(x, window.kernel, window.strides, pads, false, count_pads);
      }
    }
    std::vector<std::int64_t> hang(2 * window.axes(), 0);
    std::copy(extra.begin(), extra.end(),
              hang.begin() + static_cast<std::ptrdiff_t>(window.axes()));
    std::vector<std::int64_t> one_channel = x.sizes().vec();
    one_channel[0] = one_channel[1] = 1;
    const torch::Tensor counted = pad_spatial(
        pad_spatial(at::ones(one_channel, x.options()), window.pads, count_pads ? 1 : 0), hang, 0);
    const torch::Tensor padded = pad_spatial(pad_spatial(x, window.pads, 0), hang, 0);
    return window_sums(padded, window) / window_sums(counted, window);
  });
}

Kernel lp_pool(const Binding& node) {
  const graph::PoolAttributes attributes = graph::pool_attributes(node.node);
  const double p = static_cast<double>(attributes.p);
  return one([=](const Call& call) {
    const graph::Window window = resolved(attributes.window, call[0]);
    const std::vector<std::int64_t> extra = overhang(window, call[0].sizes().slice(2));
    std::vector<std::int64_t> pads = window.pads;
    for (std::size_t axis = 0; axis < window.axes(); ++axis) {
      pads[axis + window.axes()] += extra[axis];
    }
    const torch::Tensor powers = at::pow(at::abs(call[0]), p);
    return at::pow(window_sums(pad_spatial(powers, pads, 0), window), 1 / p);
  });
}

std::vector<std::int64_t> spatial_axes(const torch::Tensor& x) {
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
  return axes;
}

Kernel global_average_pool(const Binding&) {
  return one([](const Call& call) {
    if (call[0].dim() <= 2) return call[0];
    return at::mean(call[0], spatial_axes(call[0]), true);
  });
}

Kernel global_max_pool(const Binding&) {
  return one([](const Call& call) {
    if (call[0].dim() <= 2) return call[0];
    return at::amax(call[0], spatial_axes(call[0]), true);
  });
}

Kernel global_lp_pool(const Binding& node) {
  const double p = static_cast<double>(node.integer("p", 2));
  return one([=](const Call& call) {
    if (call[0].dim() <= 2) return at::abs(call[0]);
    return at::pow(at::sum(at::pow(at::abs(call[0]), p), spatial_axes(call[0]), true), 1 / p);
  });
}

// Indices count through the whole output tensor.
Kernel max_unpool(const Binding& node) {
  const graph::Window window = graph::window_of(node.node, {});
  const Ints shape = node.ints("output_shape", 2);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    std::vector<std::int64_t> usual{x.size(0), x.size(1)};
    for (std::size_t axis = 0; axis < window.axes(); ++axis) {
      usual.push_back((x.size(static_cast<std::int64_t>(axis) + 2) - 1) * window.strides[axis] +
                      extent(window, axis) - window.pads[axis] - window.pads[axis + window.axes()]);
    }
    torch::Tensor y = at::zeros(usual, x.options());
    y = y.reshape({-1}).scatter(0, call[1].reshape({-1}), x.reshape({-1})).reshape(usual);
    if (!shape.given()) return y;
    // The indices belong to the usual shape; a larger one only adds zeros at the ends.
    const std::vector<std::int64_t> wanted = shape(call);
    std::vector<std::int64_t> pads(2 * window.axes(), 0);
    for (std::size_t axis = 0; axis < window.axes(); ++axis) {
      pads[axis + window.axes()] = wanted[axis + 2] - usual[axis + 2];
    }
    return pad_spatial(y, pads, 0);
  });
}

constexpr Row kRows[] = {
    {"", "AveragePool", 1, average_pool},
    {"", "GlobalAveragePool", 1, global_average_pool},
    {"", "GlobalLpPool", 2, global_lp_pool},
    {"", "GlobalMaxPool", 1, global_max_pool},
    {"", "LpPool", 2, lp_pool},
    {"", "MaxPool", 1, max_pool},
    {"", "MaxUnpool", 9, max_unpool},
};

}  // namespace

std::span<const Row> pool_rows() { return kRows; }

}  // namespace gcompress::train
