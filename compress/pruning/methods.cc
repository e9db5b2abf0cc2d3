// The table of the ways of pruning.
#include "gcompress/compress/pruning/methods.h"

#include <algorithm>
#include <array>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

const std::array<PruneMethod, 7> kMethods = {{
    {.name = "one-shot", .summary = "score the network as it is, cut once"},
    {.name = "gradual",
     .summary = "cut along a cubic schedule while training",
     .needs_data = true,
     .trains = true},
    {.name = "backtracking",
     .summary = "cut, train, and take back what does not recover: tiny networks",
     .needs_data = true,
     .trains = true},
    {.name = "reconstruct",
     .summary = "cut once, then fit what is left of each layer to the dense one's outputs",
     .needs_data = true},
    {.name = "iterative",
     .summary = "rounds of cutting and training, with rewinding",
     .needs_data = true,
     .trains = true},
    {.name = "surgery",
     .summary = "the same, but what is cut keeps learning and may come back",
     .needs_data = true,
     .trains = true},
    {.name = "rigging",
     .summary = "sparse from the first step, connections exchanged while training",
     .needs_data = true,
     .trains = true},
}};

}  // namespace

std::span<const PruneMethod> prune_methods() { return kMethods; }

const PruneMethod& prune_method(const Settings& settings, const Settings& common) {
  std::string name = settings.text("method");
  const bool can_train = !common.text("data").empty() && settings.integer("epochs") > 0;
  if (name == "auto") name = can_train ? "gradual" : "one-shot";
  const auto found = std::ranges::find(kMethods, name, &PruneMethod::name);
  GCOMPRESS_CHECK(found != kMethods.end());  // the option's choices are these
  return *found;
}

}  // namespace gcompress::compress
