// The stage "measure".
#include "gcompress/compress/measure_stage.h"

#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

void check_same_inputs(const graph::Network& before, const graph::Network& after) {
  const auto names = [](const graph::Network& network) {
    std::vector<std::string> inputs;
    for (const graph::Value& input : graph::runtime_inputs(network.graph)) {
      inputs.push_back(input.name);
    }
    return inputs;
  };
  if (names(before) != names(after)) {
    throw_input("its inputs are not those of the network before", {.file = after.source.string()},
                "compare two versions of the same network");
  }
}

void run_measure(Settings& settings, StageState& state, const StageContext&) {
  const std::string& after = settings.text("after");
  if (after.empty()) {
    state.before.reset();  // a single network is measured alone
    return;
  }
  state.network = load_network(after);
  check_same_inputs(*state.before, state.network);
}

}  // namespace

StageRow measure_stage() {
  return {.name = "measure",
          .summary = "compare with another network",
          .options = {{.name = "after",
                       .fallback = std::string(),
                       .help = "the network to compare with; empty: none"}},
          .run = run_measure};
}

}  // namespace gcompress::compress
