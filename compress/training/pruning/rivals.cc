// Training the rivals.
#include "gcompress/compress/training/pruning/rivals.h"

#include <fmt/format.h>

#include "gcompress/compress/pruning/channels.h"
#include "gcompress/compress/pruning/options.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::compress {
namespace {

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

std::int64_t dense_bytes(const prune::Plan& plan) {
  std::int64_t bytes = 0;
  for (const graph::Weight& weight : plan.weights) {
    bytes += static_cast<std::int64_t>(weight.value.bytes().size());
  }
  return bytes;
}

// The settings of the run, with whole channels and a target of as many bytes.
Settings narrowing(const Settings& settings, double target) {
  Settings narrow = settings;
  narrow.resolve("pattern", std::string("channel"));
  narrow.resolve("target", target);
  narrow.resolve("target-of", std::string("params"));
  narrow.resolve("allocation", std::string("global"));
  narrow.resolve("sensitivity", std::string());
  narrow.resolve("criterion", std::string("magnitude"));
  narrow.resolve("method", std::string("gradual"));
  narrow.resolve("shrink", std::string("on"));
  return narrow;
}

}  // namespace

std::vector<Rival> rivals_of_pruning(const Settings& settings, const StageState& state,
                                     const StageContext& context, const prune::Plan& plan,
                                     RunPruneMethod run) {
  std::vector<Rival> rivals;
  rivals.push_back({"dense trained on", train_dense_on(settings, state, context)});
  rivals.push_back({"random mask", prune_at_random(settings, state, context, plan, run)});
  return rivals;
}

std::vector<Rival> narrow_rival(const Settings& settings, const StageState& state,
                                const graph::Network& pruned, const StageContext& context,
                                std::vector<std::string>& notes) {
  std::vector<Rival> rivals;
  try {
    const auto packed = static_cast<double>(packed::write_bytes(pruned).size());
    const prune::Plan whole =
        prune::make_plan(state.network, prune_options_of(settings, context.run.seed));
    const double share = packed / static_cast<double>(dense_bytes(whole));
    if (share >= 1) throw_usage("the pruned network packed is no smaller than the dense one");
    const Settings narrow = narrowing(settings, share);
    const prune::PruneOptions options = prune_options_of(narrow, context.run.seed);
    const ChannelJob job = channel_job(narrow, state, options);
    rivals.push_back({"dense, narrower", run_channels({.settings = narrow,
                                                       .state = state,
                                                       .context = context,
                                                       .plan = job.plan,
                                                       .options = options,
                                                       .name = "rival-narrow"})
                                             .network});
    notes.push_back(
        fmt::format("The rival 'dense, narrower' has whole channels pruned to {:.4g} of the "
                    "parameters: the bytes of the pruned network, packed.",
                    share));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted || error.kind() == ErrorKind::kBug) throw;
    notes.push_back(fmt::format("There is no narrower dense rival: {}.", error.what()));
  }
  return rivals;
}

}  // namespace gcompress::compress
