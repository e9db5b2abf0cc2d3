// The stage "prune" with data: attempts, rivals that need training, statistics measured anew.
#include "gcompress/compress/training/pruning/run_prune.h"

#include <fmt/format.h>

#include "gcompress/compress/pruning/accept.h"
#include "gcompress/compress/pruning/channels.h"
#include "gcompress/compress/pruning/cost_models.h"
#include "gcompress/compress/pruning/methods.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/compress/pruning/prune_stage.h"
#include "gcompress/compress/training/pruning/methods.h"
#include "gcompress/compress/training/pruning/sensitivity.h"
#include "gcompress/compress/training/pruning/time_budget.h"
#include "gcompress/compress/training/recalibrate.h"
#include "gcompress/compress/tuning_score.h"

namespace gcompress::compress {
namespace {

// The best of the attempts on the tuning split; a perfect one ends the search.
prune::PruneResult best_of_restarts(const Settings& settings, const StageState& state,
                                    const StageContext& context, const prune::Plan& plan,
                                    RunPruneMethod run, std::vector<std::string>& notes) {
  const std::int64_t attempts = settings.integer("restarts");
  std::optional<prune::PruneResult> best;
  double best_score = 0;
  for (std::int64_t attempt = 0; attempt < attempts; ++attempt) {
    const std::uint64_t seed = context.run.seed + static_cast<std::uint64_t>(attempt);
    prune::PruneResult result = run({.settings = settings,
                                     .state = state,
                                     .context = context,
                                     .plan = plan,
                                     .options = prune_options_of(settings, seed),
                                     .name = "attempt-" + std::to_string(attempt)});
    if (attempts == 1) return result;
    const double score = tuning_score(result.network, state, context);
    context.run.say(
        fmt::format("attempt {} of {}: {:.4f} on the tuning split", attempt + 1, attempts, score));
    if (!best || score > best_score) {
      best = std::move(result);
      best_score = score;
    }
    if (best_score >= 1) {
      notes.push_back(fmt::format("Attempt {} was perfect on the tuning split.", attempt + 1));
      break;
    }
  }
  GCOMPRESS_CHECK(best.has_value());  // there is at least one attempt
  return std::move(*best);
}

graph::Network train_dense_on(const Settings& settings, const StageState& state,
                              const StageContext& context) {
  const train::FitOptions options = recovery_options_of(settings, context, "rival-dense");
  return train::fit(state.network, state.data->train, state.data->tune, state.task, options, {}, {},
                    teacher_of(settings, state), context.run)
      .network;
}

graph::Network prune_at_random(const Settings& settings, const StageState& state,
                               const StageContext& context, const prune::Plan& plan,
                               RunPruneMethod run) {
  prune::PruneOptions options = prune_options_of(settings, context.run.seed);
  options.criterion = "random";
  return run({.settings = settings,
              .state = state,
              .context = context,
              .plan = plan,
              .options = options,
              .name = "rival-random"})
      .network;
}

std::vector<Rival> train_rivals(const Settings& settings, const StageState& state,
                                const StageContext& context, const prune::Plan& plan,
                                RunPruneMethod run) {
  std::vector<Rival> rivals;
  rivals.push_back({"dense trained on", train_dense_on(settings, state, context)});
  rivals.push_back({"random mask", prune_at_random(settings, state, context, plan, run)});
  return rivals;
}

}  // namespace

void run_prune(Settings& settings, StageState& state, const StageContext& context) {
  if (!state.data) {
    run_prune_one_shot(settings, state, context);
    return;
  }
  const bool channels = prunes_channels(settings);
  const graph::Network dense = state.network;
  const prune::PruneOptions options = prune_options_of(settings, context.run.seed);
  prune::Plan plan = channels
                         ? channel_job(settings, state, options).plan
                         : prune::make_plan(state.network, options, cost_model_of(settings, state));
  if (prune::allocation(settings.text("allocation")).needs_sensitivity ||
      !settings.text("sensitivity").empty()) {
    plan.sensitivity = measure_sensitivity({.settings = settings,
                                            .state = state,
                                            .context = context,
                                            .plan = plan,
                                            .options = options,
                                            .name = {}});
  }
  spend_time(settings, state, context, plan);
  const PruneMethod& method = prune_method(settings, context.common);
  const RunPruneMethod run = channels ? run_channels : prune_method_runner(method.name);
  if (method.trains && context.common.text("rivals") == "full") {
    context.begin_part("rivals");
    state.rivals = train_rivals(settings, state, context, plan, run);
  }
  if (method.trains) context.begin_part("prune and recover");
  accept(best_of_restarts(settings, state, context, plan, run, state.notes), plan, state,
         context.run);
  if (shrinks(settings) && !channels) shrink_dead(plan, state, context.run);
  if (settings.flag("recalibrate")) {
    context.begin_part("recalibrate");
    state.network = recalibrate_if_better(state.network, dense, state, context, state.notes);
  }
}

}  // namespace gcompress::compress
