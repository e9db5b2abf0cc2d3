// Channel pruning without training, and what both programs share of it.
#include "gcompress/compress/pruning/channels.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/compress/input_shapes.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/core/graph/shrink.h"

namespace gcompress::compress {

std::vector<OptionRow> channel_options() {
  return {
      {.name = "channel-multiple",
       .fallback = std::int64_t{1},
       .help = "channels stay in multiples of it: 8 or 16 suit runtimes",
       .least = 1,
       .most = 4096},
      {.name = "shrink",
       .fallback = std::string("auto"),
       .help = "remove dead channels physically; auto: with --pattern channel",
       .choices = {"auto", "on", "off"}},
  };
}

bool prunes_channels(const Settings& settings) {
  return graph::parse_pattern(settings.text("pattern")).kind == graph::Pattern::Kind::kChannel;
}

void check_channel_options(const Settings& settings, const PruneMethod& method) {
  if (method.name != "one-shot" && method.name != "gradual") {
    throw_usage("the method '" + method.name + "' does not prune whole channels",
                "choose gradual or one-shot");
  }
  if (settings.text("allocation") != "global") {
    throw_usage("--allocation " + settings.text("allocation") +
                    " spreads single weights, and whole channels go by what they save",
                "leave it out");
  }
  if (!settings.text("sensitivity").empty()) {
    throw_usage("--sensitivity is measured of single layers, not of channels that go together",
                "leave it out, or choose another pattern");
  }
  const std::string& what = settings.text("target-of");
  if (what != "params" && what != "flops") {
    throw_usage("a target of " + what + " is not counted for whole channels",
                "choose --target-of params or flops");
  }
}

bool shrinks(const Settings& settings) {
  const std::string& shrink = settings.text("shrink");
  return shrink == "on" || (shrink == "auto" && prunes_channels(settings));
}

ChannelJob channel_job(const Settings& settings, const StageState& state,
                       const prune::PruneOptions& options) {
  const bool flops = settings.text("target-of") == "flops";
  prune::PruneOptions all = options;  // the target is the channels' own
  all.target = 1;
  ChannelJob job{.plan = prune::make_plan(state.network, all), .channels = {}};
  job.channels = prune::plan_channels(
      state.network, job.plan, options,
      {.target = options.target,
       .of = flops ? prune::ChannelTarget::kFlops : prune::ChannelTarget::kParameters,
       .multiple = settings.integer("channel-multiple"),
       .floor_count = options.floor_count,
       .floor_share = options.floor_share},
      shapes_of_one_sample(state.network, state.data ? &state.data->test : nullptr));
  if (flops) job.plan.cost.what = "FLOPs";
  job.plan.cost_all = job.channels.all;
  job.plan.budget = job.channels.budget;
  return job;
}

prune::ChannelCriterion channel_criterion(const graph::Network& network, const prune::Plan& plan,
                                          const prune::PruneOptions& options, bool training,
                                          prune::ScoreInputs evidence) {
  const prune::CriterionRow* row = &prune::criterion(options.criterion);
  if (!training && prune::looks_at_training(*row)) row = &prune::criterion("folded-magnitude");
  evidence.output_factors = graph::batch_norm_factors(network, plan.weights);
  evidence.seed = options.seed;
  return {.score = row->make(evidence), .scores_add_up = row->scores_add_up};
}

namespace {

std::string channel_note(const ChannelJob& job, const graph::ChannelSet& gone) {
  std::string widths;
  for (const graph::ChannelGroup& group : job.channels.groups.groups) {
    if (!group.removable()) continue;
    const auto begin = gone.begin() + group.first;
    const auto removed = std::count(begin, begin + group.channels, true);
    if (removed == 0) continue;
    widths += fmt::format("{}{} {} of {}", widths.empty() ? " What stays: " : ", ", group.name,
                          group.channels - removed, group.channels);
  }
  return fmt::format("{} of {} channels go.{}{}", std::ranges::count(gone, true), gone.size(),
                     widths, widths.empty() ? "" : ".");
}

}  // namespace

prune::PruneResult with_note(const ChannelJob& job, prune::ChannelResult result) {
  result.pruned.notes.push_back(channel_note(job, result.gone));
  const graph::ChannelCost cost = job.channels.costs->without(result.gone);
  const bool flops = job.channels.options.of == prune::ChannelTarget::kFlops;
  result.pruned.cost = static_cast<double>(flops ? cost.flops : cost.parameters);
  return std::move(result.pruned);
}

prune::PruneResult prune_channels_once(const Settings& settings, const ChannelJob& job,
                                       const StageState& state, const prune::PruneOptions& options,
                                       prune::ScoreInputs evidence) {
  return with_note(
      job, prune::prune_channels_one_shot(
               state.network, job.plan, job.channels,
               channel_criterion(state.network, job.plan, options, false, std::move(evidence)),
               shrinks(settings)));
}

void shrink_dead(const prune::Plan& plan, StageState& state, const RunContext& context) {
  graph::ShrunkNetwork shrunk =
      graph::shrink_dead_channels(state.network, state.masks, prune::outside_of(plan));
  state.network = std::move(shrunk.network);
  state.masks = std::move(shrunk.masks);
  state.notes.push_back(
      fmt::format("Removed {} of {} channels, which the pruned weights left dead.",
                  shrunk.channels_removed, shrunk.channels_all));
  context.say(state.notes.back());
}

}  // namespace gcompress::compress
