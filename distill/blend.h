// All terms of the loss together: what a step of distillation minimises.
//
// Of classes with labels, a sample whose class the teachers get wrong is left to its label:
//   loss = mean_i [ w_labels L_i + r_i sum_a w_a A_i + (1 - r_i) sum_a w_a L_i ] + sum_f w_f F
// L: cross-entropy with the label; A: losses of answers; F: losses of features over the batch,
// summed over their pairs; r_i: 1 where the teachers are right (or where they are always trusted,
// or labels do not count). Internal to distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/train/loss.h"
#include "gcompress/core/train/teacher.h"
#include "gcompress/distill/adapters.h"
#include "gcompress/distill/answers.h"

namespace gcompress::distill {

struct Blend {
  execute::Task task;
  std::size_t judged = 0;  // place of the student's judged output
  double temperature = 4;
  bool trust_always = false;
  double label_smoothing = 0;
  double label_weight = 0;
  std::vector<std::pair<const LossRow*, double>> of_answers;
  std::vector<FeatureTerm> of_features;
  std::vector<train::OutputMatch> matches;  // unlabelled
  std::shared_ptr<Answers> answers;

  torch::Tensor operator()(const train::LossInputs& step) const;
};

}  // namespace gcompress::distill
