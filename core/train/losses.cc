// What training minimises, by task.
#include "gcompress/core/train/losses.h"

namespace gcompress::train {
namespace {

namespace F = torch::nn::functional;
using execute::TaskKind;

// float32 resolves p down to 1e-38 but 1 - p only to 6e-8: beyond these, logits are cut.
constexpr double kSmallestShare = 1e-30;
constexpr double kSmallestProbability = 1e-7;

torch::Tensor binary_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                          double smoothing) {
  torch::Tensor targets = labels.to(logits.scalar_type()).reshape(logits.sizes());
  if (smoothing > 0) targets = targets * (1 - smoothing) + smoothing / 2;
  return torch::binary_cross_entropy_with_logits(logits, targets);
}

}  // namespace

torch::Tensor logits_of(const execute::Task& task, const torch::Tensor& output) {
  if (task.kind == TaskKind::kClassification) {
    const torch::Tensor rows = output.dim() == 2 ? output : output.flatten(1);
    return task.outputs_are_probabilities ? logits_of_distribution(rows) : rows;
  }
  return task.outputs_are_probabilities ? logits_of_probability(output) : output;
}

torch::Tensor distribution_distances(const torch::Tensor& logits,
                                     const torch::Tensor& teacher_logits, double temperature) {
  const std::int64_t classes = logits.size(-1);
  const torch::Tensor student = torch::log_softmax(logits / temperature, -1).reshape({-1, classes});
  const torch::Tensor teacher =
      torch::log_softmax(teacher_logits / temperature, -1).reshape({-1, classes});
  const torch::Tensor divergence =
      torch::kl_div(student, teacher, at::Reduction::None, /*log_target=*/true);
  return divergence.sum(-1) * (temperature * temperature);
}

torch::Tensor class_losses(const torch::Tensor& logits, const torch::Tensor& labels,
                           double smoothing) {
  const auto options =
      F::CrossEntropyFuncOptions().label_smoothing(smoothing).reduction(torch::kNone);
  return F::cross_entropy(logits, labels, options);
}

torch::Tensor label_loss(const execute::Task& task, const torch::Tensor& output,
                         const torch::Tensor& labels, double smoothing) {
  switch (task.kind) {
    case TaskKind::kClassification:
      return class_losses(logits_of(task, output), labels.to(torch::kLong).reshape({-1}), smoothing)
          .mean();
    case TaskKind::kBinary:
    case TaskKind::kCells:
      return binary_loss(logits_of(task, output), labels, smoothing);
    case TaskKind::kRegression:
      return torch::mse_loss(output, labels.to(output.scalar_type()).reshape(output.sizes()));
    case TaskKind::kUnlabelled:
      break;
  }
  GCOMPRESS_CHECK(task.kind != TaskKind::kUnlabelled);
  return {};
}

torch::Tensor teacher_loss(const execute::Task& task, const torch::Tensor& output,
                           const torch::Tensor& teacher_output, double temperature) {
  switch (task.kind) {
    case TaskKind::kClassification:
      return distribution_distance(logits_of(task, output), logits_of(task, teacher_output),
                                   temperature);
    case TaskKind::kBinary:
    case TaskKind::kCells:
      return probability_distance(logits_of(task, output), logits_of(task, teacher_output),
                                  temperature);
    default:
      return torch::mse_loss(output, teacher_output);
  }
}

torch::Tensor guided_loss(const execute::Task& task, const torch::Tensor& output,
                          const torch::Tensor& teacher_output, const torch::Tensor& labels,
                          const Guidance& guidance) {
  const double weight = guidance.weight;
  if (task.kind != TaskKind::kClassification) {
    return teacher_loss(task, output, teacher_output, guidance.temperature) * weight +
           label_loss(task, output, labels, guidance.label_smoothing) * (1 - weight);
  }
  const torch::Tensor classes = labels.to(torch::kLong).reshape({-1});
  const torch::Tensor logits = logits_of(task, output);
  const torch::Tensor teacher_logits = logits_of(task, teacher_output);
  const torch::Tensor weights = teacher_logits.argmax(-1).eq(classes) * weight;
  const torch::Tensor from_labels = class_losses(logits, classes, guidance.label_smoothing);
  const torch::Tensor from_teacher =
      distribution_distances(logits, teacher_logits, guidance.temperature);
  return (from_labels + weights * (from_teacher - from_labels)).mean();
}

torch::Tensor distribution_distance(const torch::Tensor& logits,
                                    const torch::Tensor& teacher_logits, double temperature) {
  return distribution_distances(logits, teacher_logits, temperature).mean();
}

torch::Tensor probability_distance(const torch::Tensor& logits, const torch::Tensor& teacher_logits,
                                   double temperature) {
  const torch::Tensor targets = torch::sigmoid(teacher_logits / temperature);
  const torch::Tensor crossed =
      torch::binary_cross_entropy_with_logits(logits / temperature, targets);
  const torch::Tensor entropy =
      torch::binary_cross_entropy_with_logits(teacher_logits / temperature, targets);
  return (crossed - entropy) * (temperature * temperature);
}

torch::Tensor logits_of_distribution(const torch::Tensor& probabilities) {
  return torch::log(torch::clamp_min(probabilities, kSmallestShare));
}

torch::Tensor logits_of_probability(const torch::Tensor& probabilities) {
  return torch::logit(probabilities, kSmallestProbability);
}

}  // namespace gcompress::train
