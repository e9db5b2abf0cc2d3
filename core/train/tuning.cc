// How good a network in training is on the tuning split.
#include "gcompress/core/train/tuning.h"

#include <limits>

#include "gcompress/core/execute/evaluate.h"

namespace gcompress::train {

Tuning::Tuning(Program& program, const graph::Network& network, const data::Dataset& tune,
               const execute::Task& task, const Teacher* teacher, const ProgramOptions& options)
    : program_(program), task_(task), executor_(program, network, options.device) {
  if (tune.source != nullptr && tune.size() > 0) data_ = &tune;
  const bool unlabelled = task.kind == execute::TaskKind::kUnlabelled;
  higher_is_better_ = unlabelled || execute::higher_is_better(task.kind);
  if (unlabelled && possible() && teacher != nullptr) {
    teacher_.emplace(teacher->network, options);
    teacher_->set_training(false);
    teacher_executor_.emplace(*teacher_, teacher->network, options.device);
  }
}

double Tuning::value(const RunContext& context) {
  if (!possible()) return std::numeric_limits<double>::quiet_NaN();
  program_.set_training(false);
  RunContext quiet = context;  // the bar shows training
  quiet.on_progress = nullptr;
  const execute::EvaluateOptions options;
  if (teacher_executor_) {
    return 1 - execute::compare_outputs(executor_, *teacher_executor_, *data_, options, quiet)
                   .relative_distance;
  }
  return execute::evaluate(executor_, *data_, task_, options, quiet).value;
}

}  // namespace gcompress::train
