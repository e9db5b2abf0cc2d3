// The loss of a batch: feeds the network (and a teacher) and compares with labels, or outputs.
// For core/train and distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/loss.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/teacher.h"

namespace gcompress::train {

// A batch as the network's inputs: a column without a name is the only input; columns that the
// network does not take are left out; numbers become float32 where the network wants that.
TorchValues to_torch_inputs(const graph::Network& network, const data::Batch& batch,
                            torch::Device device);

// What may be minimised besides, or instead of, the distance from labels; null: nothing.
struct Guides {
  const Teacher* teacher = nullptr;
  const Loss* loss = nullptr;  // takes the place of all else
};

class Objective {
 public:
  // The network and the guides must outlive this. Throws Error(kUsage) if the task needs labels or
  // a teacher and there are none.
  Objective(const graph::Network& network, const data::Dataset& train, const execute::Task& task,
            const FitOptions& options, const Guides& guides, torch::Device device,
            bool channels_last);

  // Against labels, a teacher, or both as guided_loss has it, or the loss given: a scalar with
  // gradients.
  torch::Tensor loss(Program& program, const data::Batch& batch);

 private:
  const graph::Network& network_;
  execute::Task task_;
  const Loss* given_;
  double label_smoothing_;
  torch::Device device_;
  std::size_t judged_output_ = 0;
  std::optional<TeacherProgram> teacher_;
  std::size_t teacher_output_ = 0;
  double temperature_ = 1;
  double teacher_weight_ = 0;
  std::vector<OutputMatch> matches_;  // unlabelled
};

// The place of the judged output among the network's. Throws Error(kUsage) if there is none of that
// name.
std::size_t judged_output(const graph::Network& network, const execute::Task& task);

}  // namespace gcompress::train
