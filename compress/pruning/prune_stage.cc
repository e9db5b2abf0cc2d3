// The stage "prune" without training.
#include "gcompress/compress/pruning/prune_stage.h"

#include "gcompress/compress/pruning/accept.h"
#include "gcompress/compress/pruning/channels.h"
#include "gcompress/compress/pruning/cost_models.h"
#include "gcompress/compress/pruning/duration.h"
#include "gcompress/compress/pruning/methods.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/compress/pruning/rewind.h"
#include "gcompress/core/base/error.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {
namespace {

bool measures_sensitivity(const Settings& settings) {
  return prune::allocation(settings.text("allocation")).needs_sensitivity ||
         !settings.text("sensitivity").empty();
}

void check_rewinding(const Settings& settings, const PruneMethod& method) {
  parse_training_place("rewind-to", settings.text("rewind-to"));
  const bool weights = settings.text("rewind") == "weights";
  const bool iterative = method.name == "iterative";
  if (iterative && settings.integer("rounds") > settings.integer("epochs")) {
    throw_usage("--rounds " + std::to_string(settings.integer("rounds")) + " share --epochs " +
                    std::to_string(settings.integer("epochs")),
                "every round needs an epoch");
  }
  if (weights && !iterative) {
    throw_usage("--rewind weights goes with rounds, and the method is '" + method.name + "'",
                "add --method iterative");
  }
  if (weights && settings.text("start").empty()) {
    throw_usage("--rewind weights needs the weights to go back to",
                "give the network as it was when its training began with --start, or choose "
                "--rewind learning-rate");
  }
  if (!weights && !settings.text("start").empty()) {
    throw_usage(
        "--start is what weights go back to, and --rewind is '" + settings.text("rewind") + "'",
        "add --rewind weights");
  }
}

void validate(const Settings& settings, const Settings& common) {
  const PruneMethod& method = prune_method(settings, common);
  const bool has_data = !common.text("data").empty();
  if (method.needs_data && !has_data) {
    throw_usage("the method '" + method.name + "' needs data, and none is given",
                "add --data, or --method one-shot");
  }
  if (method.trains && settings.integer("epochs") == 0) {
    throw_usage("the method '" + method.name + "' trains, and --epochs is 0",
                "give epochs, or --method one-shot");
  }
  graph::parse_pattern(settings.text("pattern"));
  check_cost_model(settings);
  if (prunes_channels(settings)) check_channel_options(settings, method);
  if (measures_sensitivity(settings) && !has_data) {
    throw_usage("sensitivity is measured on data, and none is given",
                "add --data, or --allocation global");
  }
  if (method.name == "surgery" && settings.number("until") < settings.number("end")) {
    throw_usage("--until lies before --end", "weights are exchanged once the target is reached");
  }
  if (method.name == "rigging" && settings.text("pattern") != "unstructured") {
    throw_usage(
        "rigging exchanges single weights, and --pattern is '" + settings.text("pattern") + "'",
        "leave --pattern out, or choose --method gradual");
  }
  if (settings.number("begin") > settings.number("end")) {
    throw_usage("--begin lies after --end", "give shares of the steps with begin <= end");
  }
  check_rewinding(settings, method);
  if (!settings.text("time").empty()) {
    parse_duration("time", settings.text("time"));
    if (!method.trains || method.name == "backtracking") {
      throw_usage("--time is for one training, and the method is '" + method.name + "'",
                  "add --data, choose another method, or leave --time out");
    }
  }
  const prune::CriterionRow& criterion = prune::criterion(criterion_of(settings));
  if (prune::looks_at_data(criterion) && !has_data) {
    throw_usage("the criterion '" + criterion.name + "' looks at data, and none is given",
                "add --data, or --criterion magnitude");
  }
  const bool scores_in_training = method.name == "gradual" || method.name == "surgery";
  if (prune::looks_at_training(criterion) && !scores_in_training) {
    throw_usage("the criterion '" + criterion.name + "' works only while the network trains",
                "choose --method gradual or surgery, or --criterion magnitude");
  }
}

bool needs_training(const Settings& settings, const Settings& common) {
  if (common.text("data").empty()) return false;
  return settings.flag("recalibrate") || prune_method(settings, common).needs_data ||
         prune::looks_at_data(prune::criterion(criterion_of(settings))) ||
         measures_sensitivity(settings);
}

}  // namespace

StageRow prune_stage() {
  return {.name = "prune",
          .summary = "prune to a target and recover",
          .options = prune_options(),
          .compresses = true,
          .back_off = "target",
          .needs_training = needs_training,
          .validate = validate,
          .run = run_prune_one_shot};
}

void run_prune_one_shot(Settings& settings, StageState& state, const StageContext& context) {
  const prune::PruneOptions options = prune_options_of(settings, context.run.seed);
  if (prunes_channels(settings)) {
    const ChannelJob job = channel_job(settings, state, options);
    accept(prune_channels_once(settings, job, state, options, {}), job.plan, state, context.run);
  } else {
    const prune::Plan plan =
        prune::make_plan(state.network, options, cost_model_of(settings, state));
    accept(prune::prune_one_shot(state.network, plan, options), plan, state, context.run);
    if (shrinks(settings)) shrink_dead(plan, state, context.run);
  }
  if (!state.data && context.common.text("eval").empty()) {
    state.notes.emplace_back(
        "Pruned in one shot without data: accuracy is unknown, and at a tenth it is likely poor "
        "without recovery. --data lets gcompress recover it and measure.");
  }
}

}  // namespace gcompress::compress
