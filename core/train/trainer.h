// The training loop: epochs, masks, selection on the tuning split, checkpoints.
// Internal to core/train: this header includes torch.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "gcompress/core/train/checkpoint.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/learner.h"
#include "gcompress/core/train/objective.h"
#include "gcompress/core/train/torch_settings.h"
#include "gcompress/core/train/tuning.h"

namespace gcompress::train {

// What fit() was called with; everything outlives the trainer.
struct FitRequest {
  const graph::Network& network;
  const data::Dataset& train;
  const data::Dataset& tune;
  const execute::Task& task;
  const FitOptions& options;
  const FitHooks& hooks;
  const graph::Masks& initial_masks;
  const std::optional<Teacher>& teacher;
  const RunContext& context;
};

// The size of batches that the network declares, or 0 where it takes any.
std::int64_t fixed_batch(const graph::Network& network);

// Whether an epoch leaves its last samples out, a batch of another size than the rest.
bool drops_last_batch(const graph::Network& network, const data::Dataset& train,
                      const FitOptions& options);
// Of options whose batch size fits.
FitLength length_of(const graph::Network& network, const data::Dataset& train,
                    const FitOptions& options);

class Trainer {
 public:
  explicit Trainer(const FitRequest& request);
  FitResult run();

 private:
  using Clock = std::chrono::steady_clock;

  bool finished() const;
  bool epoch_complete() const;
  void train_epoch();
  void train_step(const data::Batch& batch);
  bool masks_are_due(std::int64_t step) const;
  void ask_for_masks();
  void end_epoch();
  void select(double tune_value);
  void report();
  void report_epoch();

  void save();
  void save_if_due(bool epoch_ended);
  void resume();
  FitResult result();

  const FitRequest request_;
  const FitOptions& options_;
  const TorchSettings settings_;
  const torch::Device device_;
  Learner learner_;
  Objective objective_;
  Tuning tuning_;

  std::int64_t batches_ = 0;       // of an epoch
  std::int64_t total_steps_ = 0;   // of the fit
  std::int64_t last_step_ = 0;     // where it ends: total_steps_, or earlier
  std::int64_t masks_freeze_ = 0;  // L1 acts before this step
  std::int64_t last_masks_ = -1;   // an epoch is selected only when these are set
  bool drop_last_ = false;
  RunIdentity identity_;

  Position position_;
  EpochSoFar running_;
  Best best_;
  std::vector<EpochResult> epochs_;
  double last_tune_value_ = std::numeric_limits<double>::quiet_NaN();
  Clock::time_point epoch_start_ = Clock::now();
  Clock::time_point last_save_ = Clock::now();
  Clock::time_point last_report_{};
};

}  // namespace gcompress::train
