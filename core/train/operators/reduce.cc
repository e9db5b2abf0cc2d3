// Reductions, arg-reductions and cumulative sums.
#include <torch/torch.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

using Axes = std::vector<std::int64_t>;
using Reduction = torch::Tensor (*)(const torch::Tensor& x, const Axes& axes, bool keep);

torch::Tensor reduce_sum(const torch::Tensor& x, const Axes& axes, bool keep) {
  return at::sum(x, axes, keep, x.scalar_type());
}
torch::Tensor reduce_mean(const torch::Tensor& x, const Axes& axes, bool keep) {
  if (x.is_floating_point()) return at::mean(x, axes, keep);
  return at::mean(x.to(torch::kDouble), axes, keep).to(x.scalar_type());
}
torch::Tensor reduce_prod(const torch::Tensor& x, const Axes& axes, bool keep) {
  torch::Tensor y = x;
  for (const std::int64_t axis : axes) y = at::prod(y, axis, true, x.scalar_type());
  if (keep) return y;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) y = y.squeeze(*axis);
  return y;
}
torch::Tensor reduce_l1(const torch::Tensor& x, const Axes& axes, bool keep) {
  return reduce_sum(at::abs(x), axes, keep);
}
torch::Tensor reduce_l2(const torch::Tensor& x, const Axes& axes, bool keep) {
  if (x.is_floating_point()) return at::sqrt(at::sum(x * x, axes, keep));
  return at::sqrt(at::sum((x * x).to(torch::kDouble), axes, keep)).to(x.scalar_type());
}
torch::Tensor reduce_log_sum(const torch::Tensor& x, const Axes& axes, bool keep) {
  return at::log(at::sum(x, axes, keep));
}
torch::Tensor reduce_log_sum_exp(const torch::Tensor& x, const Axes& axes, bool keep) {
  return at::logsumexp(x, axes, keep);
}
torch::Tensor reduce_sum_square(const torch::Tensor& x, const Axes& axes, bool keep) {
  return at::sum(x * x, axes, keep, x.scalar_type());
}

bool is_empty_along(const torch::Tensor& x, const Axes& axes) {
  for (const std::int64_t axis : axes) {
    if (x.size(axis) == 0) return true;
  }
  return false;
}

torch::Tensor filled(const torch::Tensor& x, const Axes& axes, bool keep, const at::Scalar& value) {
  return at::sum(x, axes, keep, x.scalar_type()).fill_(value);
}

torch::Tensor reduce_max(const torch::Tensor& x, const Axes& axes, bool keep) {
  if (is_empty_along(x, axes)) {
    if (x.scalar_type() == torch::kBool) return filled(x, axes, keep, false);
    return filled(x, axes, keep, -std::numeric_limits<double>::infinity());
  }
  return at::amax(x, axes, keep);
}
torch::Tensor reduce_min(const torch::Tensor& x, const Axes& axes, bool keep) {
  if (is_empty_along(x, axes)) {
    if (x.scalar_type() == torch::kBool) return filled(x, axes, keep, true);
    return filled(x, axes, keep, std::numeric_limits<double>::infinity());
  }
  return at::amin(x, axes, keep);
}

// Axes are an attribute or, since opset 13 (ReduceSum) or 18, an input. No axes mean all, or none
// where noop_with_empty_axes says so.
template <Reduction Reduce>
Kernel reduction(const Binding& node) {
  const Ints axes = node.ints("axes", 1);
  const bool keep = node.integer("keepdims", 1) != 0;
  const bool none_means_none = node.integer("noop_with_empty_axes", 0) != 0;
  return one([=](const Call& call) {
    const torch::Tensor x = widened(call[0]);
    Axes chosen = axes.given() ? axes(call) : Axes{};
    if (chosen.empty()) {
      if (!none_means_none) {
        for (std::int64_t axis = 0; axis < x.dim(); ++axis) chosen.push_back(axis);
      }
      if (chosen.empty()) {
        // Nothing is summed, but squares, logarithms and absolute values are still taken.
        return Reduce(x.unsqueeze(0), {0}, false).to(call[0].scalar_type());
      }
    }
    for (std::int64_t& axis : chosen) axis = normalized_axis(axis, x.dim());
    std::sort(chosen.begin(), chosen.end());
    return Reduce(x, chosen, keep).to(call[0].scalar_type());
  });
}

template <bool Largest>
Kernel arg_reduction(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 0);
  const bool keep = node.integer("keepdims", 1) != 0;
  const bool last = node.integer("select_last_index", 0) != 0;
  return one([=](const Call& call) {
    const torch::Tensor x = last ? call[0].flip({axis}) : call[0];
    torch::Tensor found = Largest ? at::argmax(x, axis, keep) : at::argmin(x, axis, keep);
    if (last) found = call[0].size(axis) - 1 - found;
    return found;
  });
}

Kernel cumulative_sum(const Binding& node) {
  const bool exclusive = node.integer("exclusive", 0) != 0;
  const bool reverse = node.integer("reverse", 0) != 0;
  const Ints axes = node.ints("axis", 1);
  return one([=](const Call& call) {
    const std::int64_t axis = axes(call).at(0);
    torch::Tensor x = reverse ? call[0].flip({axis}) : call[0];
    torch::Tensor sums = at::cumsum(x, axis, x.scalar_type());
    if (exclusive) sums = sums - x;
    return reverse ? sums.flip({axis}) : sums;
  });
}

constexpr Row kRows[] = {
    {"", "ArgMax", 1, arg_reduction<true>},
    {"", "ArgMin", 1, arg_reduction<false>},
    {"", "CumSum", 11, cumulative_sum},
    {"", "ReduceL1", 1, reduction<reduce_l1>},
    {"", "ReduceL2", 1, reduction<reduce_l2>},
    {"", "ReduceLogSum", 1, reduction<reduce_log_sum>},
    {"", "ReduceLogSumExp", 1, reduction<reduce_log_sum_exp>},
    {"", "ReduceMax", 1, reduction<reduce_max>},
    {"", "ReduceMean", 1, reduction<reduce_mean>},
    {"", "ReduceMin", 1, reduction<reduce_min>},
    {"", "ReduceProd", 1, reduction<reduce_prod>},
    {"", "ReduceSum", 1, reduction<reduce_sum>},
    {"", "ReduceSumSquare", 1, reduction<reduce_sum_square>},
};

}  // namespace

std::span<const Row> reduce_rows() { return kRows; }

}  // namespace gcompress::train
