// Running a recipe.
#include "gcompress/compress/run.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "gcompress/compress/artifacts.h"
#include "gcompress/compress/assess.h"
#include "gcompress/compress/chain/back_off.h"
#include "gcompress/compress/executors.h"
#include "gcompress/compress/load.h"
#include "gcompress/compress/measuring/options.h"
#include "gcompress/compress/measuring/rivals.h"
#include "gcompress/compress/work_folder.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/scratch_folder.h"
#include "gcompress/measure/energy_label.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

// Rivals belong to what compresses or is measured; training a network alone has none.
bool compares(const Recipe& recipe, const Tables& tables) {
  return std::ranges::any_of(
      recipe.stages, [&](const RecipeStage& stage) { return tables.stage(stage.name).compresses; });
}

// The network carries what the next command must know of its data.
void add_metadata(StageState& state) {
  if (!state.data) return;
  const data::Dataset& train = state.data->train;
  for (const auto& [key, value] : data::to_metadata(train.preprocessing, train.classes)) {
    state.network.set_metadata(key, value);
  }
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc);
  return text.data();
}

// The label of what an inference takes. One that came with the network stays only where the
// network stayed as it was.
void label(const measure::Report& report, bool only_measured, graph::Network& network) {
  const measure::ModelReport* after = report.find(measure::Role::kAfter);
  const auto text = measure::energy_label(*after, report.host, today());
  if (text) {
    network.set_metadata(measure::kEnergyLabelKey, *text);
  } else if (!only_measured) {
    std::erase_if(network.metadata,
                  [](const auto& entry) { return entry.first == measure::kEnergyLabelKey; });
  }
}

bool misses_goal(const measure::Report& report, double max_drop) {
  if (max_drop < 0 || !report.comparison) return false;
  const auto& difference = report.comparison->accuracy_difference;
  const measure::ModelReport* after = report.find(measure::Role::kAfter);
  if (difference.value) {
    const bool error = after->accuracy && after->accuracy->metric == "mean_squared_error";
    return (error ? -*difference.value : *difference.value) < -max_drop;
  }
  return after != nullptr && after->agreement && *after->agreement < 1 - max_drop;
}

}  // namespace

const StageRow& Tables::stage(const std::string& name) const {
  std::vector<std::string> names;
  for (const StageRow& row : stages) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  const std::string near = nearest(name, names);
  throw_usage("there is no stage '" + name + "'",
              near.empty() ? "--help lists the stages" : "did you mean '" + near + "'?");
}

void check(const Recipe& recipe, const Tables& tables) {
  for (const RecipeStage& stage : recipe.stages) {
    const StageRow& row = tables.stage(stage.name);
    if (row.validate != nullptr) row.validate(stage.settings, recipe.common);
  }
  check_back_off(recipe, tables);
  check_executor(recipe.common, tables);
  check_measuring(recipe.common);
}

RunOutcome run(Recipe recipe, const Tables& tables, const RunOptions& options,
               const RunContext& context) {
  check(recipe, tables);
  StageState state = load(recipe.common, context);
  std::optional<WorkFolder> folder;
  if (options.write) folder.emplace(recipe.common.text("out"), options.resume, options.fresh);
  const Settings common = recipe.common;
  const bool on_gpu = common.text("device").starts_with("cuda");
  measure::Metering metering(
      plan_metering(measure::find_sensors(sensor_environment(common)), on_gpu),
      measure::monotonic_clock());
  StageCosts costs(metering, power_assumptions(common));
  const StageContext base{
      .common = common,
      .run = context,
      .checkpoints = folder ? folder->checkpoints() : fs::path(),
      .resume = options.resume,
      .make_executor = executor_factory(common.text("executor"), tables, context),
      .costs = &costs};
  RunOutcome outcome;
  try {
    walk_to_goal(recipe, tables, state, base);
    add_metadata(state);
    if (compares(recipe, tables)) add_cheap_rivals(state, base, tables);
    const ScratchFolder files;
    const MeasuringTools tools{
        .metering = &metering, .worker_program = options.worker_program, .scratch = files.path()};
    outcome.report = assess(state, base, tools);
    const bool only_measured = std::ranges::all_of(
        recipe.stages, [](const RecipeStage& stage) { return stage.name == "measure"; });
    label(outcome.report, only_measured, state.network);
  } catch (const Error& error) {
    // What a stage finds wrong with a node or a value is wrong with the file that holds it.
    const bool in_network = !error.place().node.empty() || !error.place().value.empty();
    throw in_network ? error.in_file(common.text("model")) : error;
  }
  if (misses_goal(outcome.report, common.number("max-drop"))) {
    outcome.goal_missed = "the goal --max-drop";
  }
  if (state.target_missed) outcome.goal_missed = "the target";
  if (folder) {
    write_artifacts(state, recipe, outcome.report, folder->path());
    folder->commit();
    outcome.folder = common.text("out");
  }
  return outcome;
}

}  // namespace gcompress::compress
