// What is compared of student and teacher, as equations.
#include "gcompress/distill/losses.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/train/losses.h"

namespace gcompress::distill {
namespace {

constexpr double kOthersWeight = 8;               // Zhao et al., beta
constexpr double kContrastiveTemperature = 0.07;  // Tian et al., section 4
constexpr double kOutOfReach = 1000;  // taken off a logit, leaves it no share in float32

// KL of two distributions over the last axis, given as logarithms: [N].
torch::Tensor divergence(const torch::Tensor& student, const torch::Tensor& teacher) {
  return torch::kl_div(student, teacher, at::Reduction::None, /*log_target=*/true).sum(-1);
}

// log [share of the target, share of the others], from log shares [N, C].
torch::Tensor target_and_others(const torch::Tensor& shares, const torch::Tensor& is_target) {
  const torch::Tensor target = shares.masked_fill(is_target.logical_not(), -kOutOfReach);
  const torch::Tensor others = shares.masked_fill(is_target, -kOutOfReach);
  return torch::stack({target.logsumexp(-1), others.logsumexp(-1)}, -1);
}

std::pair<torch::Tensor, torch::Tensor> same_places(torch::Tensor student, torch::Tensor teacher) {
  const std::int64_t height = std::min(student.size(2), teacher.size(2));
  const std::int64_t width = std::min(student.size(3), teacher.size(3));
  const auto fit = [&](const torch::Tensor& map) {
    if (map.size(2) == height && map.size(3) == width) return map;
    return torch::adaptive_avg_pool2d(map, {height, width});
  };
  return {fit(student), fit(teacher)};
}

torch::Tensor unit(const torch::Tensor& rows) {
  return torch::nn::functional::normalize(
      rows, torch::nn::functional::NormalizeFuncOptions().p(2).dim(1));
}

torch::Tensor attention_map(const torch::Tensor& map) {
  return unit(map.square().sum(1).flatten(1));
}

torch::Tensor similarities(const torch::Tensor& values) {
  const torch::Tensor rows = values.flatten(1);
  return unit(rows.matmul(rows.t()));
}

torch::Tensor project(const torch::Tensor& values, const torch::Tensor& adapter) {
  const torch::Tensor rows = values.dim() > 2 ? values.flatten(2).mean(-1) : values;
  return unit(torch::linear(rows, adapter));
}

}  // namespace

torch::Tensor soft_targets(const torch::Tensor& student, const torch::Tensor& teacher,
                           double temperature) {
  return train::distribution_distances(student, teacher, temperature);
}

torch::Tensor decoupled(const torch::Tensor& student, const torch::Tensor& teacher,
                        const torch::Tensor& targets, double temperature) {
  const torch::Tensor is_target =
      torch::zeros_like(student, torch::kBool).scatter(1, targets.unsqueeze(1), true);
  const torch::Tensor s = student / temperature;
  const torch::Tensor t = teacher / temperature;
  const torch::Tensor binary = divergence(target_and_others(torch::log_softmax(s, -1), is_target),
                                          target_and_others(torch::log_softmax(t, -1), is_target));
  const torch::Tensor without = is_target.to(s.scalar_type()) * kOutOfReach;
  const torch::Tensor others =
      divergence(torch::log_softmax(s - without, -1), torch::log_softmax(t - without, -1));
  return (binary + others * kOthersWeight) * (temperature * temperature);
}

torch::Tensor hint(const torch::Tensor& student, const torch::Tensor& teacher,
                   const torch::Tensor& adapter) {
  if (student.dim() != 4) return torch::mse_loss(torch::linear(student, adapter), teacher);
  const auto [s, t] = same_places(student, teacher);
  return torch::mse_loss(torch::conv2d(s, adapter.unsqueeze(-1).unsqueeze(-1)), t);
}

torch::Tensor attention(const torch::Tensor& student, const torch::Tensor& teacher) {
  const auto [s, t] = same_places(student, teacher);
  return torch::mse_loss(attention_map(s), attention_map(t));
}

torch::Tensor similarity(const torch::Tensor& student, const torch::Tensor& teacher) {
  return torch::mse_loss(similarities(student), similarities(teacher));
}

torch::Tensor contrastive(const torch::Tensor& student, const torch::Tensor& teacher,
                          const torch::Tensor& student_adapter,
                          const torch::Tensor& teacher_adapter, const torch::Tensor& labels) {
  const torch::Tensor s = project(student, student_adapter);
  const torch::Tensor t = project(teacher, teacher_adapter);
  torch::Tensor near = s.matmul(t.t()) / kContrastiveTemperature;  // [N, N]
  const torch::Tensor own =
      torch::arange(near.size(0), torch::dtype(torch::kLong)).to(near.device());
  if (labels.defined()) {
    const torch::Tensor same = labels.unsqueeze(0).eq(labels.unsqueeze(1));
    const torch::Tensor itself = own.unsqueeze(0).eq(own.unsqueeze(1));
    near = near.masked_fill(same.logical_and(itself.logical_not()), -kOutOfReach);
  }
  return (torch::cross_entropy_loss(near, own) + torch::cross_entropy_loss(near.t(), own)) / 2;
}

}  // namespace gcompress::distill
