// Rounds of cutting and training, each from where --rewind says (Renda et al. 2020): "none" trains
// on at a low rate, "learning-rate" keeps the weights and repeats the schedule, "weights" goes back
// to those of an early step and repeats the schedule from there.
#include <string>

#include "gcompress/compress/load.h"
#include "gcompress/compress/pruning/rewind.h"
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/methods.h"
#include "gcompress/compress/training/pruning/rounds.h"

namespace gcompress::compress {
namespace {

// Fine-tuning: of the rate that trained the network.
constexpr double kFineTuneRate = 0.1;

train::FitOptions round_options(const PruneAttempt& attempt, std::int64_t round) {
  const Settings& settings = attempt.settings;
  const std::int64_t rounds = settings.integer("rounds");
  train::FitOptions options = recovery_options_of(settings, attempt.context,
                                                  attempt.name + "/round-" + std::to_string(round));
  options.work = "round " + std::to_string(round) + " of " + std::to_string(rounds);
  // --epochs is all there is; the last rounds, which lose most, get what does not divide.
  options.epochs = (settings.integer("epochs") + round - 1) / rounds;
  if (settings.text("rewind") == "none") {
    options.schedule = train::ScheduleKind::kConstant;
    options.learning_rate *= kFineTuneRate;
  }
  return options;
}

// The weights of --start, trained until --rewind-to.
RewindPoint rewind_point(const PruneAttempt& attempt) {
  const Settings& settings = attempt.settings;
  const StageState& state = attempt.state;
  const std::string& file = settings.text("start");
  RewindPoint point{.network = with_weights_of(state.network, load_network(file), file)};
  train::FitOptions options = round_options(attempt, settings.integer("rounds"));
  if (!options.checkpoint_folder.empty()) {
    options.checkpoint_folder = attempt.context.checkpoints / attempt.name / "rewind-point";
  }
  const train::FitLength length = train::length_of_fit(state.network, state.data->train, options);
  const TrainingPlace place = parse_training_place("rewind-to", settings.text("rewind-to"));
  point.step = place.step(length.epoch_steps, length.steps);
  if (point.step == 0) return point;
  options.work = "to step " + std::to_string(point.step);
  options.stop_after = point.step;
  options.restore_best = false;
  point.network = train::fit(point.network, state.data->train, state.data->tune, state.task,
                             options, {}, {}, teacher_of(settings, state), attempt.run())
                      .network;
  return point;
}

}  // namespace

prune::PruneResult run_iterative(const PruneAttempt& attempt) {
  std::optional<RewindPoint> rewind;
  if (attempt.settings.text("rewind") == "weights") rewind = rewind_point(attempt);
  const RoundsResult result = prune_in_rounds(
      attempt.state.network,
      {.state = attempt.state,
       .plan = attempt.plan,
       .options = attempt.options,
       .rounds = attempt.settings.integer("rounds"),
       .fit_options = [&](std::int64_t round) { return round_options(attempt, round); },
       .evidence = [&](const graph::Network& network) { return gather_evidence(attempt, network); },
       .rewind = std::move(rewind),
       .teacher = teacher_of(attempt.settings, attempt.state),
       .identity = way_of_pruning(attempt),
       .run = attempt.run()});
  return prune::finish(result.network, attempt.plan, result.masks, result.floored);
}

}  // namespace gcompress::compress
