// Shapes and arrangement: views wherever torch can make one.
#include <torch/torch.h>

#include <algorithm>
#include <stdexcept>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

// 0 copies the input's dimension unless allowzero says that it means zero.
Kernel reshape(const Binding& node) {
  const Ints shape = node.ints("shape", 1);
  const bool zero_is_zero = node.integer("allowzero", 0) != 0;
  return one([=](const Call& call) {
    std::vector<std::int64_t> wanted = shape(call);
    if (!zero_is_zero) {
      for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
        if (wanted[axis] == 0) wanted[axis] = call[0].size(static_cast<std::int64_t>(axis));
      }
    }
    // torch refuses -1 beside a zero dimension, where ONNX means what is left.
    const auto inferred = std::find(wanted.begin(), wanted.end(), -1);
    if (inferred != wanted.end() && call[0].numel() == 0) {
      std::int64_t others = 1;
      for (const std::int64_t size : wanted) others *= size == -1 ? 1 : size;
      *inferred = others == 0 ? 0 : call[0].numel() / others;
    }
    return call[0].reshape(wanted);
  });
}

Kernel flatten(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 1);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const std::int64_t first = axis < 0 ? axis + x.dim() : axis;
    std::int64_t outer = 1;
    for (std::int64_t i = 0; i < first; ++i) outer *= x.size(i);
    std::int64_t inner = 1;
    for (std::int64_t i = first; i < x.dim(); ++i) inner *= x.size(i);
    return x.reshape({outer, inner});
  });
}

Kernel transpose(const Binding& node) {
  const std::vector<std::int64_t> order = node.integers("perm");
  return one([=](const Call& call) {
    if (!order.empty()) return call[0].permute(order);
    std::vector<std::int64_t> reversed;
    for (std::int64_t axis = call[0].dim(); axis-- > 0;) reversed.push_back(axis);
    return call[0].permute(reversed);
  });
}

Kernel squeeze(const Binding& node) {
  const Ints axes = node.ints("axes", 1);
  return one([=](const Call& call) {
    if (!axes.given()) return call[0].squeeze();
    std::vector<std::int64_t> chosen = axes(call);
    for (const std::int64_t axis : chosen) {
      if (call[0].size(axis) != 1) {
        throw std::invalid_argument("axis " + std::to_string(axis) + " is not of size 1");
      }
    }
    return call[0].squeeze(chosen);
  });
}

Kernel unsqueeze(const Binding& node) {
  const Ints axes = node.ints("axes", 1);
  return one([=](const Call& call) {
    std::vector<std::int64_t> chosen = axes(call);
    const std::int64_t rank = call[0].dim() + static_cast<std::int64_t>(chosen.size());
    for (std::int64_t& axis : chosen) axis = normalized_axis(axis, rank);
    std::sort(chosen.begin(), chosen.end());
    torch::Tensor y = call[0];
    for (const std::int64_t axis : chosen) y = y.unsqueeze(axis);
    return y;
  });
}

// Broadcasts both ways, as ONNX does and torch's expand does not.
Kernel expand(const Binding& node) {
  const Ints shape = node.ints("shape", 1);
  return one([=](const Call& call) {
    return call[0].expand(at::infer_size(call[0].sizes(), shape(call)));
  });
}

Kernel tile(const Binding& node) {
  const Ints repeats = node.ints("repeats", 1);
  return one([=](const Call& call) { return call[0].repeat(repeats(call)); });
}

Kernel concat(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 1);
  return one([=](const Call& call) {
    std::vector<torch::Tensor> parts;
    parts.reserve(call.input_count());
    for (std::size_t i = 0; i < call.input_count(); ++i) parts.push_back(call[i]);
    return at::cat(parts, axis);
  });
}

// Parts are given, or the number of outputs divides the axis (the last part being the smaller).
Kernel split(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 0);
  const Ints sizes = node.ints("split", 1);
  const std::int64_t count =
      node.integer("num_outputs", static_cast<std::int64_t>(node.node.outputs.size()));
  return [=](Call& call) {
    const std::int64_t size = call[0].size(axis);
    std::vector<std::int64_t> parts;
    if (sizes.given()) {
      parts = sizes(call);
    } else {
      const std::int64_t each = (size + count - 1) / count;
      for (std::int64_t i = 0; i < count; ++i) {
        parts.push_back(std::clamp<std::int64_t>(size - i * each, 0, each));
      }
    }
    const std::vector<torch::Tensor> results = at::split_with_sizes(call[0], parts, axis);
    for (std::size_t i = 0; i < results.size(); ++i) call.set(i, results[i]);
  };
}

Kernel shape_of(const Binding& node) {
  const std::int64_t start = node.integer("start", 0);
  const bool has_end = node.has_attribute("end");
  const std::int64_t end = node.integer("end", 0);
  return one([=](const Call& call) {
    const std::int64_t rank = call[0].dim();
    const auto clamped = [rank](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const std::int64_t from = clamped(start);
    const std::int64_t to = std::max(from, has_end ? clamped(end) : rank);
    const std::vector<std::int64_t> sizes(call[0].sizes().begin() + from,
                                          call[0].sizes().begin() + to);
    return torch::tensor(sizes, torch::kLong);
  });
}

Kernel size_of(const Binding&) {
  return one([](const Call& call) { return torch::tensor(call[0].numel(), torch::kLong); });
}

Kernel depth_to_space(const Binding& node) {
  const std::int64_t block = node.integer("blocksize", 1);
  const bool column_row_depth = node.text("mode", "DCR") == "CRD";
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    if (column_row_depth) return at::pixel_shuffle(x, block);
    const std::int64_t depth = x.size(1) / (block * block);
    return x.reshape({x.size(0), block, block, depth, x.size(2), x.size(3)})
        .permute({0, 3, 4, 1, 5, 2})
        .reshape({x.size(0), depth, x.size(2) * block, x.size(3) * block});
  });
}

Kernel space_to_depth(const Binding& node) {
  const std::int64_t block = node.integer("blocksize", 1);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const std::int64_t height = x.size(2) / block;
    const std::int64_t width = x.size(3) / block;
    return x.reshape({x.size(0), x.size(1), height, block, width, block})
        .permute({0, 3, 5, 1, 2, 4})
        .reshape({x.size(0), x.size(1) * block * block, height, width});
  });
}

constexpr Row kRows[] = {
    {"", "Concat", 4, concat},       {"", "DepthToSpace", 1, depth_to_space},
    {"", "Expand", 8, expand},       {"", "Flatten", 1, flatten},
    {"", "Reshape", 5, reshape},     {"", "Shape", 1, shape_of},
    {"", "Size", 1, size_of},        {"", "SpaceToDepth", 1, space_to_depth},
    {"", "Split", 2, split},         {"", "Squeeze", 1, squeeze},
    {"", "Tile", 6, tile},           {"", "Transpose", 1, transpose},
    {"", "Unsqueeze", 1, unsqueeze},
};

}  // namespace

std::span<const Row> shape_rows() { return kRows; }

}  // namespace gcompress::train
