// How good a network in training is on the tuning split: one number with a direction.
// Internal to core/train: this header includes torch.
#pragma once

#include <memory>
#include <optional>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/live_executor.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

class Tuning {
 public:
  // `program` and `tune` must outlive this. `teacher` is needed for unlabelled tasks only.
  Tuning(Program& program, const graph::Network& network, const data::Dataset& tune,
         const execute::Task& task, const Teacher* teacher, const ProgramOptions& options);

  bool possible() const { return data_ != nullptr; }  // there is a tuning split
  // EpochResult::tune_value of the program as it is; NaN if not possible. Leaves it in evaluation
  // mode.
  double value(const RunContext& context);
  bool better(double a, double b) const { return higher_is_better_ ? a > b : a < b; }

 private:
  Program& program_;
  const data::Dataset* data_ = nullptr;
  execute::Task task_;
  bool higher_is_better_ = true;
  LiveExecutor executor_;
  std::optional<Program> teacher_;
  std::optional<LiveExecutor> teacher_executor_;
};

}  // namespace gcompress::train
