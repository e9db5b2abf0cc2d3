// The stage "measure".
#include "gcompress/compress/measure_stage.h"

#include <algorithm>

#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/measure/report_read.h"

namespace gcompress::compress {
namespace {

bool may_be_equal(const graph::Value& a, const graph::Value& b) {
  if (a.name != b.name || a.dtype != b.dtype) return false;
  if (!a.shape || !b.shape) return true;  // undeclared: only running tells
  if (a.shape->size() != b.shape->size()) return false;
  for (std::size_t i = 0; i < a.shape->size(); ++i) {
    const graph::Dimension& x = (*a.shape)[i];
    const graph::Dimension& y = (*b.shape)[i];
    if (x.known() && y.known() && x.size != y.size) return false;
  }
  return true;
}

std::string shown(const std::vector<graph::Value>& inputs) {
  std::string text;
  for (const graph::Value& input : inputs) {
    text += (text.empty() ? "" : ", ") + name_of(input.dtype) + " " + execute::shown(input);
  }
  return text.empty() ? "none" : text;
}

void check_same_inputs(const graph::Network& before, const graph::Network& after) {
  const std::vector<graph::Value> first = graph::runtime_inputs(before.graph);
  const std::vector<graph::Value> second = graph::runtime_inputs(after.graph);
  if (std::ranges::equal(first, second, may_be_equal)) return;
  throw_input("its inputs (" + shown(second) + ") are not those of the network before (" +
                  shown(first) + ")",
              {.file = after.source.string()}, "compare two versions of the same network");
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
    for (const measure::StageCost& stage : report.stages) {
      if (stage.name != "measure") costs.push_back(stage);
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
