// Picking elements: slices, gathers, scatters, sorting.
#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

// Bounds beyond the ends are clamped; a negative step walks backwards.
Kernel slice(const Binding& node) {
  const Ints starts = node.ints("starts", 1);
  const Ints ends = node.ints("ends", 2);
  const Ints axes = node.ints("axes", 3);
  const Ints steps = node.ints("steps", 4);
  return one([=](const Call& call) {
    torch::Tensor x = call[0];
    const std::vector<std::int64_t> from = starts(call);
    const std::vector<std::int64_t> to = ends(call);
    const std::vector<std::int64_t> along = axes.given() ? axes(call) : std::vector<std::int64_t>{};
    const std::vector<std::int64_t> by = steps.given() ? steps(call) : std::vector<std::int64_t>{};
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::int64_t axis =
          normalized_axis(along.empty() ? static_cast<std::int64_t>(i) : along.at(i), x.dim());
      const std::int64_t step = by.empty() ? 1 : by.at(i);
      const std::int64_t size = x.size(axis);
      const auto absolute = [size](std::int64_t at) { return at < 0 ? at + size : at; };
      if (step > 0) {
        const std::int64_t begin = std::clamp<std::int64_t>(absolute(from[i]), 0, size);
        const std::int64_t end = std::clamp<std::int64_t>(absolute(to.at(i)), begin, size);
        x = at::slice(x, axis, begin, end, step);
      } else if (step < 0) {
        const std::int64_t begin = std::clamp<std::int64_t>(absolute(from[i]), -1, size - 1);
        const std::int64_t end =
            std::clamp<std::int64_t>(to[i] < -size ? -1 : absolute(to[i]), -1, size - 1);
        if (begin <= end) {
          x = at::slice(x, axis, 0, 0);
        } else {
          x = at::slice(at::slice(x, axis, end + 1, begin + 1).flip({axis}), axis, 0,
                        std::numeric_limits<std::int64_t>::max(), -step);
        }
      } else {
        throw std::invalid_argument("a step of 0");
      }
    }
    return x;
  });
}

torch::Tensor wrapped(const torch::Tensor& indices, std::int64_t size) {
  const torch::Tensor whole = indices.to(torch::kLong);
  return at::where(whole < 0, whole + size, whole);
}

Kernel gather(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 0);
  return one([=](const Call& call) {
    const std::int64_t at = normalized_axis(axis, call[0].dim());
    const torch::Tensor indices = wrapped(call[1], call[0].size(at)).to(call[0].device());
    if (indices.dim() == 0) return at::select(call[0], at, indices.item<std::int64_t>());
    std::vector<std::int64_t> shape = call[0].sizes().vec();
    shape.erase(shape.begin() + at);
    shape.insert(shape.begin() + at, indices.sizes().begin(), indices.sizes().end());
    return at::index_select(call[0], at, indices.reshape({-1})).reshape(shape);
  });
}

Kernel gather_elements(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 0);
  return one([=](const Call& call) {
    return at::gather(call[0], axis, wrapped(call[1], call[0].size(axis)));
  });
}

// The index tensors of an ND gather or scatter: batch axes first, then one per indexed axis.
c10::List<std::optional<torch::Tensor>> nd_indices(const torch::Tensor& x,
                                                   const torch::Tensor& indices,
                                                   std::int64_t batch_axes) {
  c10::List<std::optional<torch::Tensor>> list;
  const std::int64_t depth = indices.size(-1);
  const std::int64_t shape_rank = indices.dim() - 1;
  for (std::int64_t axis = 0; axis < batch_axes; ++axis) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(shape_rank), 1);
    shape[static_cast<std::size_t>(axis)] = -1;
    list.push_back(
        at::arange(indices.size(axis), indices.options().dtype(torch::kLong)).reshape(shape));
  }
  for (std::int64_t i = 0; i < depth; ++i) {
    list.push_back(wrapped(indices.select(-1, i), x.size(batch_axes + i)));
  }
  return list;
}

Kernel gather_nd(const Binding& node) {
  const std::int64_t batch_axes = node.integer("batch_dims", 0);
  return one([=](const Call& call) {
    return at::index(call[0], nd_indices(call[0], call[1], batch_axes));
  });
}

const char* torch_reduction(const std::string& name) {
  if (name == "add") return "sum";
  if (name == "mul") return "prod";
  if (name == "max") return "amax";
  if (name == "min") return "amin";
  throw Unsupported{"a scatter with reduction='" + name + "'"};
}

Kernel scatter_elements(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 0);
  const std::string reduction = node.text("reduction", "none");
  const char* name = reduction == "none" ? nullptr : torch_reduction(reduction);
  return one([=](const Call& call) {
    const torch::Tensor indices = wrapped(call[1], call[0].size(axis));
    if (name == nullptr) return at::scatter(call[0], axis, indices, call[2]);
    return at::scatter_reduce(call[0], axis, indices, call[2], name);
  });
}

Kernel scatter_nd(const Binding& node) {
  const std::string reduction = node.text("reduction", "none");
  const char* name = reduction == "none" ? nullptr : torch_reduction(reduction);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    if (name == nullptr || reduction == "add") {
      return at::index_put(x, nd_indices(x, call[1], 0), call[2], name != nullptr);
    }
    // Rows of the flattened tensor.
    const std::int64_t depth = call[1].size(-1);
    torch::Tensor row = at::zeros({}, call[1].options().dtype(torch::kLong));
    std::int64_t rows = 1;
    for (std::int64_t i = 0; i < depth; ++i) {
      row = row * x.size(i) + wrapped(call[1].select(-1, i), x.size(i));
      rows *= x.size(i);
    }
    const torch::Tensor flat = x.reshape({rows, -1});
    const torch::Tensor index = row.reshape({-1, 1}).expand({-1, flat.size(1)});
    return at::scatter_reduce(flat, 0, index, call[2].reshape({-1, flat.size(1)}), name)
        .reshape(x.sizes());
  });
}

Kernel top_k(const Binding& node) {
  const std::int64_t axis = node.integer("axis", -1);
  const bool largest = node.integer("largest", 1) != 0;
  const Ints count = node.ints("k", 1);
  return [=](Call& call) {
    // A stable sort, which serves sorted = 0 as well: of equal elements ONNX wants the lower index
    // first.
    const std::int64_t k = count(call).at(0);
    const auto [values, indices] = at::sort(widened(call[0]), true, axis, largest);
    call.set(0, at::slice(values, axis, 0, k).to(call[0].scalar_type()));
    call.set(1, at::slice(indices, axis, 0, k));
  };
}

Kernel nonzero(const Binding&) {
  return one([](const Call& call) {
    const torch::Tensor x = call[0].dim() == 0 ? call[0].unsqueeze(0) : call[0];
    return at::nonzero(x).t();
  });
}

Kernel compress(const Binding& node) {
  const bool flat = !node.has_attribute("axis");
  const std::int64_t axis = node.integer("axis", 0);
  return one([=](const Call& call) {
    const torch::Tensor chosen = at::nonzero(call[1].reshape({-1})).reshape({-1});
    return flat ? at::index_select(call[0].reshape({-1}), 0, chosen)
                : at::index_select(call[0], axis, chosen);
  });
}

Kernel triangle(const Binding& node) {
  const bool upper = node.integer("upper", 1) != 0;
  const Ints diagonals = node.ints("k", 1);
  return one([=](const Call& call) {
    const std::int64_t k = diagonals.given() ? diagonals(call).at(0) : 0;
    return upper ? at::triu(call[0], k) : at::tril(call[0], k);
  });
}

Kernel one_hot(const Binding& node) {
  const std::int64_t axis = node.integer("axis", -1);
  return one([=](const Call& call) {
    const auto depth = static_cast<std::int64_t>(number_of(call[1]));
    const std::int64_t rank = call[0].dim() + 1;
    const std::int64_t at = normalized_axis(axis, rank);
    const torch::Tensor indices = wrapped(call[0], depth).unsqueeze(at);
    std::vector<std::int64_t> shape(static_cast<std::size_t>(rank), 1);
    shape[static_cast<std::size_t>(at)] = depth;
    const torch::Tensor classes = at::arange(depth, indices.options()).reshape(shape);
    return at::where(indices == classes, call[2].select(0, 1), call[2].select(0, 0));
  });
}

Kernel reverse_sequence(const Binding& node) {
  const std::int64_t batch_axis = node.integer("batch_axis", 1);
  const std::int64_t time_axis = node.integer("time_axis", 0);
  return one([=](const Call& call) {
    const torch::Tensor x = call[0].movedim({batch_axis, time_axis}, {0, 1});
    const torch::Tensor lengths = call[1].to(torch::kLong).unsqueeze(1);
    const torch::Tensor steps = at::arange(x.size(1), lengths.options()).unsqueeze(0);
    const torch::Tensor from = at::where(steps < lengths, lengths - 1 - steps, steps);
    const torch::Tensor batch = at::arange(x.size(0), lengths.options()).unsqueeze(1);
    return x.index({batch, from}).movedim({0, 1}, {batch_axis, time_axis});
  });
}

// Unsorted: in the order of first appearance.
Kernel unique(const Binding& node) {
  const bool flat = !node.has_attribute("axis");
  const std::int64_t axis = node.integer("axis", 0);
  const bool sorted = node.integer("sorted", 1) != 0;
  return [=](Call& call) {
    const torch::Tensor x = flat ? call[0].reshape({-1}) : call[0];
    const std::int64_t along = flat ? 0 : normalized_axis(axis, x.dim());
    auto [values, inverse, counts] = at::unique_dim(x, along, true, true, true);
    const std::int64_t found = values.size(along);
    const torch::Tensor positions = at::arange(x.size(along), inverse.options());
    torch::Tensor first = at::full({found}, x.size(along), inverse.options())
                              .scatter_reduce(0, inverse, positions, "amin");
    if (!sorted) {
      const torch::Tensor order = at::argsort(first);
      values = at::index_select(values, along, order);
      counts = counts.index({order});
      first = first.index({order});
      inverse = at::argsort(order).index({inverse});
    }
    call.set(0, values);
    call.set(1, first);
    call.set(2, inverse);
    call.set(3, counts);
  };
}

constexpr Row kRows[] = {
    {"", "Compress", 9, compress},
    {"", "Gather", 1, gather},
    {"", "GatherElements", 11, gather_elements},
    {"", "GatherND", 11, gather_nd},
    {"", "NonZero", 9, nonzero},
    {"", "OneHot", 9, one_hot},
    {"", "ReverseSequence", 10, reverse_sequence},
    {"", "Scatter", 9, scatter_elements},
    {"", "ScatterElements", 11, scatter_elements},
    {"", "ScatterND", 11, scatter_nd},
    {"", "Slice", 1, slice},
    {"", "TopK", 1, top_k},
    {"", "Trilu", 14, triangle},
    {"", "Unique", 11, unique},
};

}  // namespace

std::span<const Row> slice_rows() { return kRows; }

}  // namespace gcompress::train
