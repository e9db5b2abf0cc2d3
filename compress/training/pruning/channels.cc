// Pruning whole channels where data is at hand: once, or gradually inside one fit.
#include "gcompress/compress/pruning/channels.h"

#include "gcompress/compress/pruning/methods.h"
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/fit_pruning.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {
namespace {

prune::ChannelCriterion present_criterion(const PruneAttempt& attempt,
                                          const train::WeightState& weights) {
  const graph::Network present = graph::with_weights(attempt.state.network, weights.values);
  return channel_criterion(present, attempt.plan, attempt.options, true,
                           evidence_of(attempt, weights));
}

prune::PruneResult run_gradually(const PruneAttempt& attempt, const ChannelJob& job) {
  const Settings& settings = attempt.settings;
  const StageState& state = attempt.state;
  const prune::CubicSchedule schedule = cubic_schedule_of(settings);
  // Widths come from the network as it is, so that a run that goes on chooses the same.
  const std::vector<double> scores =
      prune::channel_scores(job.channels, job.plan, {},
                            channel_criterion(state.network, job.plan, attempt.options, false,
                                              gather_evidence(attempt, state.network)));
  prune::GradualChannelPruner pruner(job.plan, job.channels,
                                     prune::choose_widths(job.channels, scores), schedule);
  const train::FitResult fitted = fit_pruning(
      attempt, pruner,
      {.select_after = schedule.end,
       .masks_at = [&](std::int64_t step, std::int64_t total, const train::WeightState& weights) {
         return pruner.masks_at(step, total, weights.values, present_criterion(attempt, weights));
       }});
  pruner.restore(fitted.masks);
  return with_note(job, prune::finish_channels(fitted.network, job.plan, job.channels,
                                               pruner.gone(), shrinks(settings)));
}

}  // namespace

prune::PruneResult run_channels(const PruneAttempt& attempt) {
  const ChannelJob job = channel_job(attempt.settings, attempt.state, attempt.options);
  if (prune_method(attempt.settings, attempt.context.common).trains) {
    return run_gradually(attempt, job);
  }
  return prune_channels_once(attempt.settings, job, attempt.state, attempt.options,
                             gather_evidence(attempt, attempt.state.network));
}

}  // namespace gcompress::compress
