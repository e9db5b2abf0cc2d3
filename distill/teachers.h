// The teachers at work: what they answer to a batch, averaged, and what the first has inside.
// Internal to distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/execute/task.h"
#include "gcompress/core/train/program.h"
#include "gcompress/distill/distill.h"

namespace gcompress::distill {

// With labels: one output, logits (numbers for a regression), their mean over the teachers, which
// for classes is the geometric mean of distributions (Hinton et al. 2015, section 2). Without:
// every output as the networks give it, averaged.
struct Answer {
  std::vector<torch::Tensor> outputs;
  train::TorchValues values;  // of the first teacher
};

class Teachers {
 public:
  // The job must outlive this. Throws Error(kUsage) where a teacher's inputs or classes are not the
  // student's.
  Teachers(const DistillJob& job, const std::vector<std::string>& values, torch::Device device);

  // Without gradients, in evaluation mode; inputs as the student takes them.
  Answer answer(const train::TorchValues& inputs);

 private:
  std::vector<execute::Task> tasks_;
  std::vector<std::string> inputs_;  // of a teacher with one input, by place; else ""
  std::vector<train::Program> programs_;
  bool labelled_ = false;
};

// Hash of all teachers' networks.
std::uint64_t identity_of(const std::vector<graph::Network>& teachers);

}  // namespace gcompress::distill
