// Training: fits a network to data, and everything that happens on the way by hooks.
// No torch in this header: distill and compress include it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/loader.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::train {

enum class OptimizerKind { kSgd, kAdamW };
enum class ScheduleKind { kConstant, kStep, kCosine };
// What becomes of a weight while it is masked. kZero: it is zero, and nothing moves it. kHeld: the
// network computes without it, but the optimiser moves a value held aside by the gradient that it
// would have (straight through), so that a later mask may bring it back (Guo et al. 2016, eq. 2).
enum class MaskedWeights { kZero, kHeld };

// Elements of a parameter that share a value: int32 of the parameter's shape; equal numbers belong
// together, negative ones are free.
using Ties = std::map<graph::WeightId, Tensor>;

struct FitOptions {
  std::string work = "train";  // its name in the progress
  std::int64_t epochs = 10;
  std::int64_t max_steps = 0;  // > 0: exactly so many steps, whatever the epochs
  // A part of that fit: its rates and its order of samples from step `start_at` on, as if the steps
  // before it had led to the network given; ends after step `stop_after` (0: the last).
  std::int64_t start_at = 0;
  std::int64_t stop_after = 0;
  std::int64_t batch_size = 128;
  OptimizerKind optimizer = OptimizerKind::kAdamW;
  double learning_rate = 1e-3;
  double momentum = 0.9;  // SGD (Nesterov off)
  // SGD: coupled; AdamW: decoupled. For kernels, matrices, recurrent weights and embeddings only:
  // biases and normalisation are not decayed.
  double weight_decay = 0;
  // Coupled L1 on prunable weights until masks freeze: before the last step at which masks are due.
  // Throughout where masks_due is empty.
  double l1 = 0;
  ScheduleKind schedule = ScheduleKind::kCosine;
  double hold = 0;  // share of the steps at the full rate before the schedule
  std::vector<double> step_at = {0.5, 0.75};  // kStep: shares of the steps
  double step_factor = 0.1;
  std::int64_t warmup_steps = 0;
  double label_smoothing = 0;
  double clip_gradient = 0;  // 2-norm; 0: off
  // Exponential moving average of the weights, judged and returned in their place; 0: off. After
  // step t (from 1):  a = d a + (1 - d) w,  d = min(average, (1 + t) / (10 + t)).
  double average = 0;
  // Descends by the gradient at w + sharpness * g / ||g|| (SAM, Foret et al. 2021, eq. 4): a second
  // pass a step; 0: off.
  double sharpness = 0;
  MaskedWeights masked = MaskedWeights::kZero;
  // Shared values move by the sum of their members' gradients (Han et al. 2015, eq. 3), taken after
  // clipping; members are equal when the fit begins and stay so.
  Ties ties;
  data::Augmentation augmentation;
  bool restore_best = true;   // keep the epoch that is best on the tuning split
  std::int64_t patience = 0;  // epochs without improvement before stopping; 0: off
  // Restoring and patience begin at this share of the steps, and never before the last masks.
  double select_after = 0;
  bool channels_last = true;  // where the network has convolutions
  // Batch norm by its running statistics, which stay as they are, and no dropout: the network that
  // trains computes what it will compute when it is used.
  bool freeze_statistics = false;
  // Checkpoints go here, atomically; empty: none. Each is complete to the sample. One is written
  // after every epoch unless the last is younger than two seconds, at the end, when the context is
  // cancelled, and:
  std::filesystem::path checkpoint_folder;
  std::int64_t checkpoint_every_steps = 0;  // > 0: after every so many steps
  double checkpoint_every_seconds = 60;     // > 0: when the last is so old
  // Goes on from the checkpoint in the folder, if there is one; of a finished fit it gives the
  // result at once. Without, an existing one is overwritten.
  bool resume = false;
};

// What hooks may see: all parameters and running statistics as they are; and, for criteria that
// want it, what the optimiser knows. Tensors view the live training state: valid during the call
// only.
struct WeightState {
  std::map<graph::WeightId, Tensor> values;  // held ones, too, where masked weights are held
  std::map<graph::WeightId, Tensor> second_moments;  // Adam's v; empty where there is none
  // With FitHooks::wants_gradients, of prunable weights, those that are masked too: as the step
  // before had them, before any mask. Empty before the first step.
  std::map<graph::WeightId, Tensor> gradients;
};

struct EpochResult {
  std::int64_t epoch = 0;
  double train_loss = 0;
  // On the tuning split: the task's metric, better as execute::higher_is_better says. Unlabelled:
  // 1 - relative distance from the teacher's outputs, higher is better (agreement saturates: an
  // output with one column always agrees). NaN without a tuning split.
  double tune_value = 0;
  std::int64_t steps = 0;  // of the fit, at the end of this epoch
  double seconds = 0;
};

struct Loss;  // core/train/loss.h, which includes torch

struct FitHooks {
  // Asked before every step and once after the last; returns new masks, or nullopt when they do
  // not change. total_steps is of the whole fit. Masked weights (unless held) are zeroed after
  // every optimiser step, their gradients and moments too, so that momentum revives nothing.
  // `state` is made only when called: masks_due says at which steps a call is wanted (empty:
  // never).
  std::function<bool(std::int64_t step, std::int64_t total_steps)> masks_due;
  std::function<std::optional<graph::Masks>(std::int64_t step, std::int64_t total_steps,
                                            const WeightState& state)>
      masks_at;
  bool wants_gradients = false;  // WeightState::gradients, made for the steps that are due
  // Called before the first step of a fit that goes on from a checkpoint, with the masks there.
  std::function<void(const graph::Masks&)> on_resume;
  // Called after every epoch, before its checkpoint is written.
  std::function<void(const EpochResult&)> on_epoch;
  // What is minimised in place of the task's own loss; null: that. A teacher then only judges the
  // tuning split of an unlabelled task. For one fit: it may hold parameters that are trained along.
  std::shared_ptr<const Loss> loss;
  // What the hooks do, in any words ("cubic to 0.1, global magnitude"): a checkpoint made under
  // others is refused.
  std::string identity;
};

// A dense network that teaches by its outputs, for the same inputs; losses.h has the equations.
// An unlabelled task matches all its floating-point outputs, each by what it is: T^2 KL where rows
// sum to 1 or a Sigmoid made it, else squared error over the teacher's variance.
struct Teacher {
  graph::Network network;
  double temperature = 3;
  // Of the teacher's loss; the rest is the label loss, and all of it for samples whose class the
  // teacher gets wrong. 1: labels are not looked at. Unlabelled: taken as 1.
  double weight = 0.7;
};

struct FitResult {
  graph::Network network;  // best or last, masks applied
  graph::Masks masks;      // as of that state
  std::vector<EpochResult> epochs;
  std::int64_t best_epoch = 0;
  bool stopped_early = false;
};

// Trains. Same seed, same machine, same thread count: same bits; resuming gives the same bits as
// not having been interrupted. `initial_masks` hold from the first step on. `tune` may be empty
// (no source): then nothing is selected and the last epoch counts. Unlabelled tasks need a teacher
// (or a loss).
// A network with a fixed batch dimension is trained with batches of that size.
// Throws Error(kInterrupted) after writing a checkpoint when the context is cancelled,
// Error(kUnsupported) listing missing operators, Error(kInput) when the loss or a gradient stops
// being finite (with the step), for masks of another network, and for checkpoints that are damaged
// or belong to another run, Error(kUsage) for options that make no sense. Uses libtorch's settings
// of the process: one fit at a time.
FitResult fit(const graph::Network& network, const data::Dataset& train, const data::Dataset& tune,
              const execute::Task& task, const FitOptions& options, const FitHooks& hooks,
              const graph::Masks& initial_masks, const std::optional<Teacher>& teacher,
              const RunContext& context);

// How long a fit is, whatever it starts at and stops after.
struct FitLength {
  std::int64_t epoch_steps = 0;
  std::int64_t steps = 0;  // in all
};
// Throws Error(kUsage) as fit does.
FitLength length_of_fit(const graph::Network& network, const data::Dataset& train,
                        const FitOptions& options);

// Batch-norm statistics measured anew on the data (cumulative average over `batches`), nothing
// else changed. The network itself if it has no batch norm.
graph::Network recalibrate_batch_norms(const graph::Network& network, const data::Dataset& data,
                                       std::int64_t batches, std::int64_t batch_size,
                                       const RunContext& context);

}  // namespace gcompress::train
