// The stage "share" with data.
#include "gcompress/compress/training/share_stage.h"

#include <optional>
#include <utility>

#include "gcompress/compress/share_stage.h"
#include "gcompress/compress/training/fit_settings.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::compress {
namespace {

train::Ties ties_of(const quantize::Shared& shared) {
  train::Ties ties;
  for (const auto& [id, weight] : shared.weights) {
    ties[id] = Tensor::from<std::int32_t>(weight.shape, weight.clusters.of_value);
  }
  return ties;
}

// Zeros stay zeros, and what earlier stages masked stays masked.
graph::Masks masks_of(const StageState& state) {
  graph::Masks masks = graph::masks_of_zeros(state.network);
  masks.insert(state.masks.begin(), state.masks.end());
  return masks;
}

}  // namespace

void run_share(Settings& settings, StageState& state, const StageContext& context) {
  const graph::Network unshared = state.network;
  const quantize::Shared shared = share_once(settings, state, context);
  if (!state.data || settings.integer("epochs") == 0) return;
  train::FitOptions options = fit_options_of(settings, context, "fit");
  options.work = "train shared values";
  options.freeze_statistics = settings.flag("freeze-statistics");
  options.ties = ties_of(shared);
  // The network that compression began with knows best.
  const graph::Network& teacher = state.before ? *state.before : unshared;
  train::FitResult result =
      train::fit(state.network, state.data->train, state.data->tune, state.task, options, {},
                 masks_of(state), teacher_of(settings, state.task, teacher), context.run);
  state.network = std::move(result.network);
  state.masks = std::move(result.masks);
}

}  // namespace gcompress::compress
