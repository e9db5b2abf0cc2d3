// Taking a pruned network into the state.
#include "gcompress/compress/pruning/accept.h"

#include <fmt/format.h>

namespace gcompress::compress {

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
