// Walking the stages.
#include "gcompress/compress/chain/walk.h"

#include <filesystem>
#include <string>

#include "gcompress/compress/chain/record.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

// What is before the stages that compress, and what lies between them.
void keep_network_before(const Recipe& recipe, std::size_t stage, const Tables& tables,
                         StageState& state) {
  const StageRow& row = tables.stage(recipe.stages[stage].name);
  if (!row.compresses) return;
  if (!state.before) {
    if (row.before != nullptr) state.before = row.before(recipe.stages[stage].settings);
    if (!state.before) state.before = state.network;
    return;
  }
  state.steps.push_back({.name = std::to_string(stage) + " " + recipe.stages[stage - 1].name,
                         .network = state.network});
}

}  // namespace

void walk(Recipe& recipe, const Tables& tables, StageState& state, const StageContext& base) {
  const bool records = !base.checkpoints.empty() && recipe.stages.size() > 1;
  const Recipe given = recipe;
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    RecipeStage& stage = recipe.stages[i];
    const StageRow& row = tables.stage(stage.name);
    keep_network_before(recipe, i, tables, state);
    StageContext context = base;
    if (!base.checkpoints.empty()) {
      context.checkpoints = base.checkpoints / (std::to_string(i) + "-" + row.name);
    }
    const fs::path record = context.checkpoints.string() + ".done";
    const std::string made_by = records ? way_to(given, i) : std::string();
    if (records && base.resume && fs::is_directory(record)) {
      read_record(record, made_by, tables, stage, state, base.costs);
      context.run.say(row.name + " was finished before; going on behind it");
      continue;
    }
    context.run.check_cancelled();
    context.begin_part(row.name);
    RecordWriter writer(state, context);
    row.run(stage.settings, state, context);
    if (records) writer.write(record, made_by, stage, state);
  }
}

}  // namespace gcompress::compress
