// The stage "prune" with data: attempts, rivals that need training, statistics measured anew.
#include "gcompress/compress/training/pruning/run_prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gcompress/compress/pruning/accept.h"
#include "gcompress/compress/pruning/channels.h"
#include "gcompress/compress/pruning/cost_models.h"
#include "gcompress/compress/pruning/methods.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/compress/pruning/prune_stage.h"
#include "gcompress/compress/training/pruning/methods.h"
#include "gcompress/compress/training/pruning/rivals.h"
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

}  // namespace

void run_prune(Settings& settings, StageState& state, const StageContext& context) {
  if (!state.data) {
    run_prune_one_shot(settings, state, context);
    return;
  }
  const bool channels = prunes_channels(settings);
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
  const StageState dense_state = state;
  if (method.trains) context.begin_part("prune and recover");
  accept(best_of_restarts(settings, state, context, plan, run, state.notes), plan, state,
         context.run);
  if (shrinks(settings) && !channels) shrink_dead(plan, state, context.run);
  if (settings.flag("recalibrate")) {
    context.begin_part("recalibrate");
    state.network =
        recalibrate_if_better(state.network, dense_state.network, state, context, state.notes);
  }
  // Of the first stage that prunes: a later one has no dense network to train on.
  if (method.trains && context.common.text("rivals") == "full" && state.rivals.empty()) {
    context.begin_part("rivals");
    const auto add = [&state](std::vector<Rival> rivals) {
      std::ranges::move(rivals, std::back_inserter(state.rivals));
    };
    add(rivals_of_pruning(settings, dense_state, context, plan, run));
    if (!channels) add(narrow_rival(settings, dense_state, state.network, context, state.notes));
  }
}

}  // namespace gcompress::compress
