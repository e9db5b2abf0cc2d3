// The stage "measure".
#include "gcompress/compress/measure_stage.h"

#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/measure/report_read.h"

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

// Where the network lies in the output folder that it was made in, that folder's report says what
// making it took. A report that is damaged, or of another network, says nothing.
std::vector<measure::StageCost> costs_of_making(const std::filesystem::path& network) {
  std::vector<measure::StageCost> costs;
  const std::filesystem::path file = network.parent_path() / "report.json";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return costs;
  try {
    const measure::StoredReport report = measure::read_report(file);
    const measure::StoredModel* made = report.find(measure::Role::kAfter);
    if (made == nullptr || made->sha256 != sha256_of_file(network)) return costs;
    for (const measure::StoredStage& stage : report.stages) {
      if (stage.name == "measure") continue;
      measure::StageCost cost;
      cost.name = stage.name;
      cost.seconds = stage.seconds;
      cost.energy = stage.joules;
      costs.push_back(std::move(cost));
    }
  } catch (const Error&) {
    costs.clear();
  }
  return costs;
}

void run_measure(Settings& settings, StageState& state, const StageContext&) {
  const std::string& after = settings.text("after");
  if (after.empty()) {
    state.before.reset();  // a single network is measured alone
    return;
  }
  state.network = load_network(after);
  check_same_inputs(*state.before, state.network);
  state.earlier_stages = costs_of_making(after);
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
