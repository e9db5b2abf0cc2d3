// Normalisation: by batch, instance, group, layer, root mean square, neighbourhood and length.
#include <torch/torch.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

// [C] as [1, C, 1, ...] of that rank.
torch::Tensor per_channel(const torch::Tensor& values, std::int64_t rank) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(std::max<std::int64_t>(rank, 2)), 1);
  shape[1] = -1;
  return values.reshape(shape);
}

// training_mode = 1 in the file: running' = running m + batch (1 - m), with the variance of the
// population, as new values.
void batch_norm_of_batch(Call& call, double epsilon, double momentum) {
  const torch::Tensor& x = call[0];
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 0; axis < x.dim(); ++axis) {
    if (axis != 1) axes.push_back(axis);
  }
  const auto [variance, mean] = at::var_mean(x, axes, 0, false);
  call.set(1, call[3] * momentum + mean * (1 - momentum));
  call.set(2, call[4] * momentum + variance * (1 - momentum));
  call.set(0, (x - per_channel(mean, x.dim())) *
                      per_channel(call[1] * at::rsqrt(variance + epsilon), x.dim()) +
                  per_channel(call[2], x.dim()));
}

// In a Program's training mode the running statistics are updated in place, by torch's rule: its
// momentum is 1 - ONNX's, and the running variance is the unbiased one.
Kernel batch_norm(const Binding& node) {
  const double epsilon = node.number("epsilon", 1e-5F);
  const double momentum = node.number("momentum", 0.9F);
  const bool by_batch = node.opset >= 14 && node.integer("training_mode", 0) != 0;
  return [=](Call& call) {
    if (by_batch && !call.training()) {
      batch_norm_of_batch(call, epsilon, momentum);
      return;
    }
    call.set(0, at::batch_norm(call[0], call[1], call[2], call[3], call[4], call.training(),
                               1 - momentum, epsilon, true));
    if (by_batch) {
      call.set(1, call[3].clone());
      call.set(2, call[4].clone());
    }
  };
}

Kernel instance_norm(const Binding& node) {
  const double epsilon = node.number("epsilon", 1e-5F);
  return one([=](const Call& call) {
    return at::instance_norm(call[0], call[1], call[2], {}, {}, true, 0, epsilon, true);
  });
}

// Opset 21: scale and bias per channel; before, per group.
Kernel group_norm(const Binding& node) {
  const double epsilon = node.number("epsilon", 1e-5F);
  const std::int64_t groups = node.integer("num_groups", 1);
  const bool per_group = node.opset < 21;
  return one([=](const Call& call) {
    const std::int64_t repeats = per_group ? call[0].size(1) / groups : 1;
    return at::group_norm(call[0], groups, call[1].repeat_interleave(repeats),
                          call[2].repeat_interleave(repeats), epsilon);
  });
}

// The axes from `axis` to the last.
std::vector<std::int64_t> axes_from(std::int64_t axis, std::int64_t rank) {
  std::vector<std::int64_t> axes;
  for (std::int64_t at = normalized_axis(axis, rank); at < rank; ++at) axes.push_back(at);
  return axes;
}

Kernel layer_norm(const Binding& node) {
  const double epsilon = node.number("epsilon", 1e-5F);
  const std::int64_t axis = node.integer("axis", -1);
  return [=](Call& call) {
    const torch::Tensor& x = call[0];
    const std::int64_t first = normalized_axis(axis, x.dim());
    const auto shape = x.sizes().slice(static_cast<std::size_t>(first));
    if (!call.wants(1) && !call.wants(2) && call[1].sizes() == shape &&
        (!call.has(2) || call[2].sizes() == shape)) {
      call.set(0, at::layer_norm(x, shape, call.optional(1), call.optional(2), epsilon));
      return;
    }
    const auto [variance, mean] = at::var_mean(x, axes_from(axis, x.dim()), 0, true);
    const torch::Tensor inverse = at::rsqrt(variance + epsilon);
    torch::Tensor y = (x - mean) * inverse * call[1];
    if (call.has(2)) y = y + call[2];
    call.set(0, y);
    call.set(1, mean);
    call.set(2, inverse);
  };
}

Kernel rms_norm(const Binding& node) {
  const double epsilon = node.number("epsilon", 1e-5F);
  const std::int64_t axis = node.integer("axis", -1);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const torch::Tensor square = at::mean(x * x, axes_from(axis, x.dim()), true);
    return x * at::rsqrt(square + epsilon) * call[1];
  });
}

// y = x / (bias + alpha / size sum of squares of the neighbouring channels)^beta
Kernel local_response_norm(const Binding& node) {
  const double alpha = node.number("alpha", 1e-4F);
  const double beta = node.number("beta", 0.75F);
  const double bias = node.number("bias", 1);
  const std::int64_t size = node.integer("size", 1);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const torch::Tensor squares = (x * x).reshape({x.size(0), 1, x.size(1), -1});
    const std::int64_t before = (size - 1) / 2;
    const torch::Tensor padded = at::constant_pad_nd(squares, {0, 0, before, size - 1 - before}, 0);
    const torch::Tensor sums =
        (at::avg_pool2d(padded, {size, 1}, {1, 1}) * static_cast<double>(size)).reshape(x.sizes());
    return x / at::pow(bias + sums * (alpha / static_cast<double>(size)), beta);
  });
}

Kernel lp_norm(const Binding& node) {
  const std::int64_t axis = node.integer("axis", -1);
  const std::int64_t p = node.integer("p", 2);
  return one([=](const Call& call) {
    const torch::Tensor length = at::norm(call[0], p, {axis}, true);
    return at::where(length == 0, at::zeros_like(call[0]), call[0] / length);
  });
}

Kernel mean_variance_norm(const Binding& node) {
  const std::vector<std::int64_t> axes = node.integers("axes", {0, 2, 3});
  return one([=](const Call& call) {
    const auto [variance, mean] = at::var_mean(call[0], axes, 0, true);
    return (call[0] - mean) / (at::sqrt(variance) + 1e-9);
  });
}

constexpr Row kRows[] = {
    {"", "BatchNormalization", 9, batch_norm},
    {"", "GroupNormalization", 18, group_norm},
    {"", "InstanceNormalization", 6, instance_norm},
    {"", "LRN", 1, local_response_norm},
    {"", "LayerNormalization", 1, layer_norm},
    {"", "LpNormalization", 1, lp_norm},
    {"", "MeanVarianceNormalization", 9, mean_variance_norm},
    {"", "RMSNormalization", 23, rms_norm},
    {"", "SimplifiedLayerNormalization", 1, rms_norm},
};

}  // namespace

std::span<const Row> normalization_rows() { return kRows; }

}  // namespace gcompress::train
