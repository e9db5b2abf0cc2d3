// Training: the entry, where a user's options are checked.
#include "gcompress/core/train/fit.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/train/trainer.h"

namespace gcompress::train {
namespace {

void check(bool holds, const std::string& message) {
  if (!holds) throw_usage("training: " + message);
}

void check(const FitOptions& options, const data::Dataset& train) {
  check(train.source != nullptr && train.size() > 0, "there are no training samples");
  check(options.epochs >= 0 && options.max_steps >= 0, "epochs and steps must not be negative");
  check(options.batch_size > 0, "the batch size must be above 0");
  check(options.learning_rate > 0, "the learning rate must be above 0");
  check(options.momentum >= 0 && options.momentum < 1, "momentum must lie in 0..1, without 1");
  check(options.weight_decay >= 0 && options.l1 >= 0, "weight decay and L1 must not be negative");
  check(options.hold >= 0 && options.hold <= 1, "the share held must lie in 0..1");
  check(options.warmup_steps >= 0, "warm-up steps must not be negative");
  check(options.label_smoothing >= 0 && options.label_smoothing < 1,
        "label smoothing must lie in 0..1, without 1");
  check(options.clip_gradient >= 0, "the gradient's limit must not be negative");
  check(options.average >= 0 && options.average < 1,
        "the weights' average must lie in 0..1, without 1");
  check(options.sharpness >= 0, "sharpness must not be negative");
  check(options.start_at >= 0 && options.stop_after >= 0,
        "the steps to start at and stop after must not be negative");
  check(options.select_after >= 0 && options.select_after <= 1,
        "the share after which epochs are selected must lie in 0..1");
}

// The options with a batch size that the network takes and the data fills.
FitOptions with_batch_size(const graph::Network& network, const data::Dataset& train,
                           FitOptions options) {
  const std::int64_t fixed = fixed_batch(network);
  if (fixed > 0) {
    check(train.size() >= fixed, "the network takes batches of " + std::to_string(fixed) +
                                     "; there are " + std::to_string(train.size()) + " samples");
    options.batch_size = fixed;
  }
  options.batch_size = std::min(options.batch_size, train.size());
  return options;
}

}  // namespace

FitLength length_of_fit(const graph::Network& network, const data::Dataset& train,
                        const FitOptions& options) {
  check(options, train);
  return length_of(network, train, with_batch_size(network, train, options));
}

FitResult fit(const graph::Network& network, const data::Dataset& train, const data::Dataset& tune,
              const execute::Task& task, const FitOptions& options, const FitHooks& hooks,
              const graph::Masks& initial_masks, const std::optional<Teacher>& teacher,
              const RunContext& context) {
  check(options, train);
  const FitOptions fitting = with_batch_size(network, train, options);
  Trainer trainer({network, train, tune, task, fitting, hooks, initial_masks, teacher, context});
  return trainer.run();
}

}  // namespace gcompress::train
