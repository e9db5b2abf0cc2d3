// All terms of the loss together.
#include "gcompress/distill/blend.h"

#include "gcompress/core/train/losses.h"

namespace gcompress::distill {
namespace {

using execute::TaskKind;

torch::Tensor of_classes(const Blend& blend, const torch::Tensor& output, const Answer& answer,
                         const torch::Tensor& labels) {
  const torch::Tensor logits = train::logits_of(blend.task, output);
  const torch::Tensor& teacher = answer.outputs.front();
  torch::Tensor rows = torch::zeros({logits.size(0)}, logits.options());
  double weights = 0;
  for (const auto& [row, weight] : blend.of_answers) {
    rows = rows + row->of_answers({logits, teacher, labels, blend.temperature}) * weight;
    weights += weight;
  }
  if (blend.label_weight == 0) return rows.mean();
  const torch::Tensor from_labels = train::class_losses(logits, labels, blend.label_smoothing);
  if (!blend.trust_always) {
    const torch::Tensor right = teacher.argmax(-1).eq(labels).to(rows.scalar_type());
    rows = rows * right + from_labels * (1 - right) * weights;
  }
  return (rows + from_labels * blend.label_weight).mean();
}

// Yes or no of cells and samples, and numbers: one loss of answers, for the whole batch.
torch::Tensor of_others(const Blend& blend, const torch::Tensor& output, const Answer& answer,
                        const torch::Tensor& labels) {
  torch::Tensor loss = torch::zeros({}, output.options());
  for (const auto& [row, weight] : blend.of_answers) {
    const torch::Tensor teacher = answer.outputs.front().reshape(output.sizes());
    const torch::Tensor distance =
        blend.task.kind == TaskKind::kRegression
            ? torch::mse_loss(output, teacher)
            : train::probability_distance(train::logits_of(blend.task, output), teacher,
                                          blend.temperature);
    loss = loss + distance * weight;
  }
  if (blend.label_weight == 0) return loss;
  return loss +
         train::label_loss(blend.task, output, labels, blend.label_smoothing) * blend.label_weight;
}

// Without labels: every output by what it is.
torch::Tensor of_outputs(const Blend& blend, const train::LossInputs& step, const Answer& answer) {
  torch::Tensor loss = torch::zeros({}, step.outputs[blend.judged].options());
  for (const auto& [row, weight] : blend.of_answers) {
    loss =
        loss + train::outputs_loss(blend.matches, step.outputs, answer.outputs, blend.temperature) *
                   weight;
  }
  return loss;
}

}  // namespace

torch::Tensor Blend::operator()(const train::LossInputs& step) const {
  const Answer answer = answers->of(step);
  const torch::Tensor& output = step.outputs[judged];
  const bool classes = task.kind == TaskKind::kClassification;
  torch::Tensor labels;
  if (task.kind != TaskKind::kUnlabelled) {
    labels = train::to_torch(step.batch.labels).to(output.device());
    if (classes) labels = labels.to(torch::kLong).reshape({-1});
  }
  torch::Tensor loss = classes            ? of_classes(*this, output, answer, labels)
                       : labels.defined() ? of_others(*this, output, answer, labels)
                                          : of_outputs(*this, step, answer);
  for (const FeatureTerm& term : of_features) {
    const torch::Tensor classes_of = classes ? labels : torch::Tensor();
    loss = loss +
           term.row->of_features({step.values.at(term.pair.student),
                                  answer.values.at(term.pair.teacher), classes_of, term.adapters}) *
               term.weight;
  }
  return loss;
}

}  // namespace gcompress::distill
