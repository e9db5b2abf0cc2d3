// A dense network that teaches: its outputs on the same batch, and how far a student is from them.
// For core/train and distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

// How one output of an unlabelled network is matched.
enum class OutputKind {
  kIgnored,        // not floating point, or empty
  kDistribution,   // rows over the last axis are >= 0 and sum to 1: T^2 KL
  kProbabilities,  // made by a Sigmoid: T^2 KL of two classes
  kNumbers,        // mean squared error divided by the teacher's variance
};

struct OutputMatch {
  OutputKind kind = OutputKind::kIgnored;
  double variance = 1;
};

// How each output is to be matched, judged by the teacher's outputs on a sample batch and the
// operator that makes each.
std::vector<OutputMatch> match_outputs(const graph::Network& teacher,
                                       const std::vector<torch::Tensor>& outputs);

// The mean over all outputs that are not ignored; throws Error(kUnsupported) if all are.
torch::Tensor outputs_loss(const std::vector<OutputMatch>& matches,
                           const std::vector<torch::Tensor>& outputs,
                           const std::vector<torch::Tensor>& teacher_outputs, double temperature);

// Runs the teacher in evaluation mode, without gradients.
class TeacherProgram {
 public:
  TeacherProgram(const graph::Network& network, const ProgramOptions& options);
  std::vector<torch::Tensor> forward(const TorchValues& inputs);

 private:
  Program program_;
};

}  // namespace gcompress::train
