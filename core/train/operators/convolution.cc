// Convolutions and their transposes.
#include <torch/torch.h>

#include <algorithm>
#include <stdexcept>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/window.h"

namespace gcompress::train {

bool Window::symmetric() const {
  return std::equal(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(rank()),
                    pads.begin() + static_cast<std::ptrdiff_t>(rank()));
}

Window window_of(const Binding& node, std::vector<std::int64_t> kernel_fallback) {
  Window window;
  window.kernel = node.integers("kernel_shape", std::move(kernel_fallback));
  window.strides = node.integers("strides");
  window.dilations = node.integers("dilations");
  window.pads = node.integers("pads");
  window.auto_pad = node.text("auto_pad", "NOTSET");
  window.ceil = node.integer("ceil_mode", 0) != 0;
  if (!window.kernel.empty()) complete(window, window.kernel.size());
  return window;
}

void complete(Window& window, std::size_t rank) {
  if (window.strides.empty()) window.strides.assign(rank, 1);
  if (window.dilations.empty()) window.dilations.assign(rank, 1);
  if (window.pads.empty() || window.auto_pad != "NOTSET") window.pads.assign(2 * rank, 0);
  if (window.kernel.size() != rank || window.strides.size() != rank ||
      window.dilations.size() != rank || window.pads.size() != 2 * rank) {
    throw std::invalid_argument("kernel_shape, strides, dilations and pads differ in rank");
  }
}

Window Window::resolved(torch::IntArrayRef spatial) const {
  Window result = *this;
  if (auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER") return result;
  for (std::size_t axis = 0; axis < rank(); ++axis) {
    const std::int64_t windows = (spatial[axis] + strides[axis] - 1) / strides[axis];
    const std::int64_t total =
        std::max<std::int64_t>(0, (windows - 1) * strides[axis] + extent(axis) - spatial[axis]);
    const std::int64_t less = total / 2;
    const bool upper = auto_pad == "SAME_UPPER";
    result.pads[axis] = upper ? less : total - less;
    result.pads[axis + rank()] = upper ? total - less : less;
  }
  return result;
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

Kernel convolution(const Binding& node) {
  const std::int64_t groups = node.integer("group", 1);
  const Window written = window_of(node);
  // Nothing depends on the input's size: the common case, ready to call.
  if (written.rank() > 0 && written.symmetric() && !written.auto_pad.starts_with("SAME")) {
    return one([=, pads = written.pads_begin(),
                zeros = std::vector<std::int64_t>(written.rank(), 0)](const Call& call) {
      return at::convolution(call[0], call[1], call.optional(2), written.strides, pads,
                             written.dilations, false, zeros, groups);
    });
  }
  return one([=](const Call& call) {
    Window window = written;
    const auto rank = static_cast<std::size_t>(std::max<std::int64_t>(call[0].dim() - 2, 0));
    if (window.kernel.empty()) {
      window.kernel = call[1].sizes().slice(2).vec();
      complete(window, rank);
    }
    window = window.resolved(call[0].sizes().slice(2));
    const std::vector<std::int64_t> zeros(rank, 0);
    const bool symmetric = window.symmetric();
    const torch::Tensor x = symmetric ? call[0] : pad_spatial(call[0], window.pads, 0);
    return at::convolution(x, call[1], call.optional(2), window.strides,
                           symmetric ? window.pads_begin() : zeros, window.dilations, false, zeros,
                           groups);
  });
}

// out = stride (in - 1) + output_padding + extent - pads; output_shape turns it round.
Kernel transposed(const Binding& node) {
  const std::int64_t groups = node.integer("group", 1);
  const Window written = window_of(node);
  const std::vector<std::int64_t> output_padding = node.integers("output_padding");
  const std::vector<std::int64_t> output_shape = node.integers("output_shape");
  return one([=](const Call& call) {
    Window window = written;
    const auto rank = static_cast<std::size_t>(std::max<std::int64_t>(call[0].dim() - 2, 0));
    if (window.kernel.empty()) {
      window.kernel = call[1].sizes().slice(2).vec();
      complete(window, rank);
    }
    std::vector<std::int64_t> extra = output_padding;
    extra.resize(rank, 0);
    const bool same = window.auto_pad.starts_with("SAME");
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (output_shape.empty() && !same) continue;
      const std::int64_t size = call[0].size(static_cast<std::int64_t>(axis) + 2);
      // output_shape may hold the batch and channels too.
      const std::int64_t wanted =
          output_shape.empty() ? size * window.strides[axis]
                               : output_shape[output_shape.size() - rank + axis];
      const std::int64_t total = window.strides[axis] * (size - 1) + extra[axis] +
                                 window.extent(axis) - wanted;
      if (total < 0) {
        extra[axis] -= total;  // more than the windows give: zeros at the end
        window.pads[axis] = window.pads[axis + rank] = 0;
        continue;
      }
      const std::int64_t half = total / 2;
      const bool upper = window.auto_pad == "SAME_UPPER";
      window.pads[axis] = upper ? half : total - half;
      window.pads[axis + rank] = upper ? total - half : half;
    }
    const std::vector<std::int64_t> zeros(rank, 0);
    bool direct = window.symmetric();
    for (std::size_t axis = 0; axis < rank; ++axis) {
      direct = direct && extra[axis] < std::max(window.strides[axis], window.dilations[axis]) &&
               window.pads[axis] >= 0;
    }
    if (direct) {
      return at::convolution(call[0], call[1], call.optional(2), window.strides,
                             window.pads_begin(), window.dilations, true, extra, groups);
    }
    // Whole, then the ends cropped or filled up; the bias comes last as it also covers the fill.
    torch::Tensor y = at::convolution(call[0], call[1], {}, window.strides, zeros,
                                      window.dilations, true, zeros, groups);
    std::vector<std::int64_t> crop(2 * rank);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      crop[axis] = -window.pads[axis];
      crop[axis + rank] = extra[axis] - window.pads[axis + rank];
    }
    y = pad_spatial(y, crop, 0);
    if (!call.has(2)) return y;
    std::vector<std::int64_t> shape(rank + 2, 1);
    shape[1] = -1;
    return y + call[2].reshape(shape);
  });
}

constexpr Row kRows[] = {
    {"", "Conv", 1, convolution},
    {"", "ConvTranspose", 1, transposed},
};

}  // namespace

std::span<const Row> convolution_rows() { return kRows; }

}  // namespace gcompress::train
