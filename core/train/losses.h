// What training minimises, by task: the loss against labels, and against a teacher's outputs.
// Every loss is a mean over samples (and cells) and works on logits; a network that ends in Softmax
// or Sigmoid has its logits recovered as log p, or log p / (1 - p).
// For core/train and distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include "gcompress/core/execute/task.h"

namespace gcompress::train {

// Against labels [N] (classification, binary) or of the output's shape (cells, regression).
//   classification: cross-entropy with targets (1 - smoothing) * one_hot + smoothing / classes
//   binary, cells:  binary cross-entropy with targets y (1 - smoothing) + smoothing / 2
//   regression:     mean squared error; smoothing does not apply
torch::Tensor label_loss(const execute::Task& task, const torch::Tensor& output,
                         const torch::Tensor& labels, double smoothing);

// Against a teacher's output of the same shape, which carries no gradient:
//   classification: T^2 KL(softmax(teacher / T) || softmax(student / T))  (Hinton et al. 2015)
//   binary, cells:  the same for two classes
//   regression:     mean squared error
torch::Tensor teacher_loss(const execute::Task& task, const torch::Tensor& output,
                           const torch::Tensor& teacher_output, double temperature);

// Labels and a teacher together: weight * teacher_loss + (1 - weight) * label_loss. In
// classification that is taken sample by sample, and where the label says that the teacher is wrong
// only the label counts (conditional teacher-student learning, Meng et al. 2019).
struct Guidance {
  double weight = 0.7;
  double temperature = 3;
  double label_smoothing = 0;
};
torch::Tensor guided_loss(const execute::Task& task, const torch::Tensor& output,
                          const torch::Tensor& teacher_output, const torch::Tensor& labels,
                          const Guidance& guidance);

// Of one output: classification as [N, classes], whatever axes of size 1 the network leaves; others
// as they are. Probabilities become logits.
torch::Tensor logits_of(const execute::Task& task, const torch::Tensor& output);

// Cross-entropy [N] of logits [N, classes] with int64 labels [N], as label_loss has it.
torch::Tensor class_losses(const torch::Tensor& logits, const torch::Tensor& labels,
                           double smoothing);
// T^2 KL between distributions over the last axis: of each row, then their mean.
torch::Tensor distribution_distances(const torch::Tensor& logits,
                                     const torch::Tensor& teacher_logits, double temperature);
torch::Tensor distribution_distance(const torch::Tensor& logits,
                                    const torch::Tensor& teacher_logits, double temperature);
// The same for independent probabilities, a mean over all elements.
torch::Tensor probability_distance(const torch::Tensor& logits, const torch::Tensor& teacher_logits,
                                   double temperature);

// Logits of probabilities, finite at 0 and 1.
torch::Tensor logits_of_distribution(const torch::Tensor& probabilities);
torch::Tensor logits_of_probability(const torch::Tensor& probabilities);

}  // namespace gcompress::train
