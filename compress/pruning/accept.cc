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
    const auto curve = plan.sensitivity.find(layer.id);
    if (curve != plan.sensitivity.end()) {
      for (const auto& [density, loss] : curve->second) {
        state.layers.back().sensitivity.push_back({density, loss});
      }
    }
    floored += layer.floored ? 1 : 0;
  }
  std::string note = fmt::format("Kept {:.0f} of {:.0f} {}; the target allows {:.0f}.", result.cost,
                                 plan.cost_all, plan.cost.what, plan.budget);
  if (plan.cost.what != "parameters") {
    note +=
        fmt::format(" That is {:.4g} of them, with {:.4g} of the parameters ({} of {}).",
                    result.cost / plan.cost_all,
                    static_cast<double>(result.kept) / static_cast<double>(plan.parameters_counted),
                    result.kept, plan.parameters_counted);
  }
  if (result.cost > plan.budget) {
    state.target_missed = true;
    note += " That is more than the target: no channel was left that could be folded.";
  }
  if (result.dead_channels > 0) {
    note += fmt::format(" {} dead channels folded onward.", result.dead_channels);
  }
  if (!plan.misfits.empty()) {
    const auto& [index, why] = plan.misfits.front();
    note += fmt::format(" {} weights do not fit the pattern and stay whole (of {}, {}).",
                        plan.misfits.size(), plan.weights[index].layer, why);
  }
  if (floored > 0) note += fmt::format(" The floor held {} layers.", floored);
  if (state.parameters_outside > 0) {
    note += fmt::format(" {} parameters are fixed or excluded and on neither side of the target.",
                        state.parameters_outside);
  }
  result.notes.insert(result.notes.begin(), std::move(note));
  for (std::string& each : result.notes) {
    context.say(each);
    state.notes.push_back(std::move(each));
  }
}

}  // namespace gcompress::compress
