// The training loop.
#include "gcompress/core/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "gcompress/core/base/random.h"
#include "gcompress/core/data/loader.h"
#include "gcompress/core/train/schedule.h"

namespace gcompress::train {
namespace {

constexpr double kSecondsBetweenReports = 0.02;
// A younger checkpoint than this saves less work than writing another costs.
constexpr double kSecondsBetweenEpochCheckpoints = 2;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

const Teacher* pointer_to(const std::optional<Teacher>& teacher) {
  return teacher ? &*teacher : nullptr;
}

bool lays_out_channels_last(const FitRequest& request) {
  return request.options.channels_last && has_convolutions(request.network);
}

// The last step up to `latest` before which masks are due; -1 where there is none.
std::int64_t last_masks_due(const FitHooks& hooks, std::int64_t latest, std::int64_t total_steps) {
  if (!hooks.masks_due || !hooks.masks_at) return -1;
  while (latest >= 0 && !hooks.masks_due(latest, total_steps)) --latest;
  return latest;
}

// The weights' average in their place while this lives, whatever is thrown.
class AverageInUse {
 public:
  explicit AverageInUse(Learner& learner) : learner_(learner) { learner_.swap_average(); }
  ~AverageInUse() { learner_.swap_average(); }
  AverageInUse(const AverageInUse&) = delete;
  AverageInUse& operator=(const AverageInUse&) = delete;

 private:
  Learner& learner_;
};

}  // namespace

std::int64_t fixed_batch(const graph::Network& network) {
  for (const graph::Value& input : graph::runtime_inputs(network.graph)) {
    if (input.shape && !input.shape->empty() && input.shape->front().known()) {
      return input.shape->front().size;
    }
  }
  return 0;
}

bool drops_last_batch(const graph::Network& network, const data::Dataset& train,
                      const FitOptions& options) {
  // A batch of one sample has no variance for batch norm to measure.
  return train.size() > options.batch_size &&
         (train.size() % options.batch_size == 1 || fixed_batch(network) > 0);
}

FitLength length_of(const graph::Network& network, const data::Dataset& train,
                    const FitOptions& options) {
  const std::int64_t whole = train.size() / options.batch_size;
  const bool part = train.size() % options.batch_size > 0;
  FitLength length;
  length.epoch_steps = whole + (part && !drops_last_batch(network, train, options) ? 1 : 0);
  length.steps = options.max_steps > 0 ? options.max_steps : options.epochs * length.epoch_steps;
  return length;
}

Trainer::Trainer(const FitRequest& request)
    : request_(request),
      options_(request.options),
      settings_(request.context),
      device_(torch_device(request.context)),
      learner_(request.network, options_, request.hooks.loss.get(), device_),
      objective_(request.network, request.train, request.task, options_,
                 {pointer_to(request.teacher), request.hooks.loss.get()}, device_,
                 lays_out_channels_last(request)),
      tuning_(learner_.program(), request.network, request.tune, request.task,
              pointer_to(request.teacher),
              {.device = device_, .channels_last = lays_out_channels_last(request)}) {
  drop_last_ = drops_last_batch(request.network, request.train, options_);
  const FitLength length = length_of(request.network, request.train, options_);
  batches_ = length.epoch_steps;
  total_steps_ = length.steps;
  position_.step = std::min(options_.start_at, total_steps_);
  position_.epoch = position_.step / batches_;
  position_.batch = position_.step < total_steps_ ? position_.step % batches_ : 0;
  const bool changes_masks = request.hooks.masks_due && request.hooks.masks_at;
  masks_freeze_ =
      changes_masks
          ? std::max<std::int64_t>(last_masks_due(request.hooks, total_steps_ - 1, total_steps_), 0)
          : total_steps_;
  last_masks_ = last_masks_due(request.hooks, total_steps_, total_steps_);
  last_step_ = options_.stop_after > 0 ? std::min(options_.stop_after, total_steps_) : total_steps_;
  learner_.set_masks(request.initial_masks);
}

FitResult Trainer::run() {
  if (!options_.checkpoint_folder.empty()) {
    identity_ = identify(request_.network, request_.train, request_.tune, request_.task, options_,
                         request_.initial_masks, request_.teacher, request_.hooks.identity,
                         request_.context.seed);
    remove_partial_checkpoints(options_.checkpoint_folder);
    if (options_.resume) resume();
  }
  try {
    while (!finished()) {
      if (epoch_complete()) {
        end_epoch();
        report_epoch();
        if (request_.hooks.on_epoch) request_.hooks.on_epoch(epochs_.back());
        save_if_due(true);
      } else {
        train_epoch();
      }
    }
  } catch (const Error& error) {
    // Nothing throws this in the middle of a step: what is saved is whole.
    if (error.kind() != ErrorKind::kInterrupted || options_.checkpoint_folder.empty()) throw;
    save();
    throw Error(ErrorKind::kInterrupted,
                "interrupted at step " + std::to_string(position_.step) + " of " +
                    std::to_string(total_steps_),
                {}, "--resume goes on from here");
  }
  return result();
}

bool Trainer::finished() const {
  if (position_.stopped_early) return true;
  return position_.step >= last_step_ && position_.batch == 0;
}

bool Trainer::epoch_complete() const {
  return position_.batch == batches_ || (position_.step >= last_step_ && position_.batch > 0);
}

void Trainer::train_epoch() {
  const data::LoaderOptions loader_options{.batch_size = options_.batch_size,
                                           .shuffle = true,
                                           .drop_last = drop_last_,
                                           .augmentation = options_.augmentation};
  data::Loader loader(request_.train, loader_options, request_.context.seed,
                      static_cast<std::uint64_t>(position_.epoch), position_.batch);
  GCOMPRESS_CHECK(loader.batches() == batches_);
  learner_.program().set_training(!options_.freeze_statistics);
  epoch_start_ = Clock::now();
  while (!epoch_complete()) {
    request_.context.check_cancelled();
    ask_for_masks();
    const std::optional<data::Batch> batch = loader.next();
    GCOMPRESS_CHECK(batch.has_value());
    train_step(*batch);
    report();
    save_if_due(false);
  }
  if (position_.step >= last_step_) ask_for_masks();
}

void Trainer::train_step(const data::Batch& batch) {
  // Dropout's numbers come from the step alone, so resuming draws the same ones.
  RandomStream dropout(request_.context.seed, "dropout", 0,
                       static_cast<std::uint64_t>(position_.step));
  const std::uint64_t drawn = dropout();
  const auto loss = [&] {
    torch::manual_seed(drawn);
    return objective_.loss(learner_.program(), batch);
  };
  const StepOptions step{
      .learning_rate = learning_rate_at(options_, position_.step, total_steps_),
      .l1 = position_.step < masks_freeze_ ? options_.l1 : 0,
      .keep_gradients = request_.hooks.wants_gradients && masks_are_due(position_.step + 1)};
  try {
    running_.loss_sum += learner_.descend(loss, step);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput || !error.place().value.empty()) throw;
    throw_input(error.message() + " at step " + std::to_string(position_.step) + " of " +
                    std::to_string(total_steps_),
                {},
                "try a learning rate below " + std::to_string(options_.learning_rate) +
                    ", a longer warm-up, or clip the gradient");
  }
  ++running_.steps;
  ++position_.step;
  ++position_.batch;
}

bool Trainer::masks_are_due(std::int64_t step) const {
  const FitHooks& hooks = request_.hooks;
  return hooks.masks_due && hooks.masks_at && hooks.masks_due(step, total_steps_);
}

void Trainer::ask_for_masks() {
  if (position_.masks_asked == position_.step) return;
  if (masks_are_due(position_.step)) {
    const auto masks =
        request_.hooks.masks_at(position_.step, total_steps_, learner_.weight_state());
    if (masks) learner_.set_masks(*masks);
  }
  position_.masks_asked = position_.step;
}

void Trainer::end_epoch() {
  const AverageInUse average(learner_);
  EpochResult ended;
  ended.epoch = position_.epoch;
  ended.train_loss =
      running_.loss_sum / static_cast<double>(std::max<std::int64_t>(running_.steps, 1));
  ended.tune_value = tuning_.value(request_.context);
  ended.steps = position_.step;
  ended.seconds = running_.seconds + seconds_since(epoch_start_);
  last_tune_value_ = ended.tune_value;
  epochs_.push_back(ended);
  select(ended.tune_value);
  ++position_.epoch;
  position_.batch = 0;
  running_ = {};
}

void Trainer::select(double tune_value) {
  const double share = static_cast<double>(position_.step) / static_cast<double>(total_steps_);
  // An epoch may end just before the last masks are set: it is no candidate yet.
  const bool masks_are_final = position_.masks_asked >= last_masks_;
  if (!tuning_.possible() || share < options_.select_after || !masks_are_final) return;
  if (!best_.seen || std::isnan(best_.value) || tuning_.better(tune_value, best_.value)) {
    best_.seen = true;
    best_.value = tune_value;
    best_.epoch = position_.epoch;
    best_.epochs_since = 0;
    if (options_.restore_best) best_.state = learner_.state();
    return;
  }
  ++best_.epochs_since;
  position_.stopped_early = options_.patience > 0 && best_.epochs_since >= options_.patience &&
                            position_.step < total_steps_;
}

void Trainer::report() {
  if (position_.step < total_steps_ && seconds_since(last_report_) < kSecondsBetweenReports) return;
  last_report_ = Clock::now();
  Progress progress{options_.work, position_.step, total_steps_, {}};
  progress.values.push_back({"loss", running_.loss_sum / static_cast<double>(running_.steps)});
  if (!std::isnan(last_tune_value_)) progress.values.push_back({"tune", last_tune_value_});
  request_.context.report(progress);
}

void Trainer::report_epoch() {
  Progress progress{options_.work, position_.step, total_steps_, {}};
  progress.values.push_back({"loss", epochs_.back().train_loss});
  if (!std::isnan(last_tune_value_)) progress.values.push_back({"tune", last_tune_value_});
  progress.values.push_back({"epoch", static_cast<double>(epochs_.back().epoch + 1)});
  request_.context.report(progress);
}

void Trainer::save_if_due(bool epoch_ended) {
  if (options_.checkpoint_folder.empty()) return;
  const double age = seconds_since(last_save_);
  const std::int64_t every = options_.checkpoint_every_steps;
  const bool by_steps = every > 0 && !epoch_ended && position_.step % every == 0;
  const bool by_time =
      options_.checkpoint_every_seconds > 0 && age >= options_.checkpoint_every_seconds;
  const bool by_epoch = epoch_ended && (finished() || age >= kSecondsBetweenEpochCheckpoints);
  if (by_steps || by_time || by_epoch) save();
}

void Trainer::save() {
  EpochSoFar running = running_;
  if (position_.batch > 0) running.seconds += seconds_since(epoch_start_);
  write_checkpoint(options_.checkpoint_folder,
                   {identity_, settings_.threads(), position_, running, learner_.state(),
                    learner_.moments(), learner_.aside(), best_, epochs_});
  last_save_ = Clock::now();
}

void Trainer::resume() {
  std::optional<Checkpoint> checkpoint = read_checkpoint(options_.checkpoint_folder);
  if (!checkpoint) return;
  const std::string different = differences(checkpoint->identity, identity_);
  if (!different.empty()) {
    throw_input("the checkpoint belongs to another run: " + different + " changed",
                {.file = checkpoint_file(options_.checkpoint_folder).string()},
                "repeat that run's options, or run without --resume");
  }
  if (checkpoint->threads != settings_.threads()) {
    request_.context.say("the checkpoint was made with " + std::to_string(checkpoint->threads) +
                         " threads, this run has " + std::to_string(settings_.threads()) +
                         ": results may differ by rounding");
  }
  position_ = checkpoint->position;
  running_ = checkpoint->running;
  best_ = std::move(checkpoint->best);
  epochs_ = std::move(checkpoint->epochs);
  if (!epochs_.empty()) last_tune_value_ = epochs_.back().tune_value;
  learner_.set_state(checkpoint->live);
  learner_.set_moments(checkpoint->moments);
  learner_.set_aside(checkpoint->aside);
  if (request_.hooks.on_resume) request_.hooks.on_resume(learner_.masks());
}

FitResult Trainer::result() {
  FitResult result;
  result.best_epoch = epochs_.empty() ? 0 : epochs_.back().epoch;
  if (best_.state) {
    learner_.set_state(*best_.state);
    result.best_epoch = best_.epoch;
  } else if (position_.step > options_.start_at) {
    learner_.swap_average();
  }
  result.network = learner_.program().network();
  result.masks = learner_.masks();
  result.epochs = epochs_;
  result.stopped_early = position_.stopped_early;
  return result;
}

}  // namespace gcompress::train
