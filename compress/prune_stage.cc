// The stage "prune" without training, and what both programs share of it.
#include "gcompress/compress/prune_stage.h"

#include <fmt/format.h>

#include "gcompress/compress/fit_options.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

template <typename Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

std::vector<OptionRow> selection_options() {
  return {
      {.name = "target",
       .fallback = 0.1,
       .help = "kept parameters / all parameters",
       .least = 1e-6,
       .most = 1},
      {.name = "method",
       .fallback = std::string("auto"),
       .help = "auto: gradual with data, one-shot without",
       .choices = {"auto", "one-shot", "gradual"}},
      {.name = "criterion",
       .fallback = std::string("magnitude"),
       .help = "how much a weight matters",
       .choices = names_of(prune::criteria())},
      {.name = "allocation",
       .fallback = std::string("global"),
       .help = "how the target is spread over layers",
       .choices = names_of(prune::allocations())},
      {.name = "floor",
       .fallback = std::int64_t{1},
       .help = "weights that every layer keeps",
       .least = 0,
       .most = 1e12},
      {.name = "floor-share",
       .fallback = 0.0,
       .help = "the same as a share of the layer",
       .least = 0,
       .most = 1},
      {.name = "only",
       .fallback = std::vector<std::string>{},
       .help = "prune only layers with these names or patterns (* and ?)"},
      {.name = "ignore",
       .fallback = std::vector<std::string>{},
       .help = "keep these layers whole; they count"},
      {.name = "exclude",
       .fallback = std::vector<std::string>{},
       .help = "leave these layers out of the target on both sides"},
      {.name = "include-fixed",
       .fallback = false,
       .help = "prune likely fixed filter banks like other weights"},
  };
}

std::vector<OptionRow> recovery_options() {
  return {
      {.name = "begin",
       .fallback = 0.1,
       .help = "share of the steps when pruning begins",
       .least = 0,
       .most = 1},
      {.name = "end",
       .fallback = 0.6,
       .help = "share of the steps when the target is reached",
       .least = 0,
       .most = 1},
      {.name = "every",
       .fallback = std::int64_t{50},
       .help = "steps between mask updates, fewer in a short run",
       .least = 1,
       .most = 1e9},
      {.name = "distill",
       .fallback = 0.7,
       .help = "weight of the dense network's answers in the loss; 0: labels only",
       .least = 0,
       .most = 1},
      {.name = "temperature",
       .fallback = 3.0,
       .help = "of those answers",
       .least = 0.1,
       .most = 100},
      {.name = "freeze-statistics",
       .fallback = false,
       .help = "recover with batch-norm statistics as they are, not by batches"},
      {.name = "recalibrate",
       .fallback = true,
       .help = "measure batch-norm statistics anew, kept where it helps"},
      {.name = "restarts",
       .fallback = std::int64_t{1},
       .help = "attempts with other seeds, the best on the tuning split kept",
       .least = 1,
       .most = 1000},
  };
}

}  // namespace

StageRow prune_stage() {
  StageRow row{.name = "prune", .summary = "prune to a target and recover"};
  for (auto& options : {selection_options(), recovery_options(), fit_options()}) {
    row.options.insert(row.options.end(), options.begin(), options.end());
  }
  set_default(row.options, "hold", 0.6);
  row.needs_training = [](const Settings& settings, const Settings& common) {
    const bool recalibrates = !common.text("data").empty() && settings.flag("recalibrate");
    return recalibrates || prune_recovers(settings, common);
  };
  row.validate = [](const Settings& settings, const Settings& common) {
    if (settings.text("method") == "gradual" && common.text("data").empty()) {
      throw_usage("gradual pruning trains, and no data is given",
                  "add --data, or --method one-shot");
    }
    if (settings.number("begin") > settings.number("end")) {
      throw_usage("--begin lies after --end", "give shares of the steps with begin <= end");
    }
    prune::criterion(settings.text("criterion"));
  };
  row.run = run_prune_one_shot;
  return row;
}

bool prune_recovers(const Settings& settings, const Settings& common) {
  return !common.text("data").empty() && settings.text("method") != "one-shot" &&
         settings.integer("epochs") > 0;
}

prune::PruneOptions prune_options_of(const Settings& settings, std::uint64_t seed) {
  return {.target = settings.number("target"),
          .criterion = settings.text("criterion"),
          .allocation = settings.text("allocation"),
          .floor_count = settings.integer("floor"),
          .floor_share = settings.number("floor-share"),
          .only = settings.list("only"),
          .ignore = settings.list("ignore"),
          .exclude = settings.list("exclude"),
          .include_fixed = settings.flag("include-fixed"),
          .seed = seed};
}

void run_prune_one_shot(Settings& settings, StageState& state, const StageContext& context) {
  const prune::PruneOptions options = prune_options_of(settings, context.run.seed);
  const prune::Plan plan = prune::make_plan(state.network, options);
  accept(prune::prune_one_shot(state.network, plan, options), plan, state, context.run);
  if (!state.data && context.common.text("eval").empty()) {
    state.notes.emplace_back(
        "Pruned in one shot without data: accuracy is unknown, and at a tenth it is likely poor "
        "without recovery. --data lets gcompress recover it and measure.");
  }
}

void accept(prune::PruneResult result, const prune::Plan& plan, StageState& state,
            const RunContext& context) {
  state.network = std::move(result.network);
  state.masks = std::move(result.masks);
  state.parameters_outside = plan.parameters_all - plan.parameters_counted;
  state.layers.clear();
  std::int64_t floored = 0;
  for (const prune::LayerKept& layer : result.layers) {
    state.layers.push_back({.layer = layer.layer,
                            .tensor = graph::to_string(layer.id),
                            .role = layer.role,
                            .size = layer.size,
                            .kept = layer.kept,
                            .floored = layer.floored,
                            .outside = layer.outside});
    floored += layer.floored ? 1 : 0;
  }
  std::string note = fmt::format("Kept {} of {} parameters; the target allows {}.", result.kept,
                                 plan.parameters_counted, plan.keep_at_most);
  if (result.kept > plan.keep_at_most) {
    state.target_missed = true;
    note += " That is more than the target: no channel was left that could be folded.";
  }
  if (result.dead_channels > 0) {
    note += fmt::format(" {} dead channels folded onward.", result.dead_channels);
  }
  if (floored > 0) note += fmt::format(" The floor held {} layers.", floored);
  if (state.parameters_outside > 0) {
    note += fmt::format(" {} parameters are fixed or excluded and on neither side of the target.",
                        state.parameters_outside);
  }
  context.say(note);
  state.notes.push_back(std::move(note));
}

}  // namespace gcompress::compress
