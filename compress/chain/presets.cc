// The presets.
#include "gcompress/compress/chain/presets.h"

#include <algorithm>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

const std::vector<Preset> kPresets = {
    {.name = "fast",
     .summary = "half of the weights fitted layer by layer, int8; no training",
     .stages = {{"prune", {{"method", "reconstruct"}, {"target", "0.5"}}}, {"quantize", {}}}},
    {.name = "edge",
     .summary = "a tenth of the weights, taught by the dense network, int8",
     .stages = {{"prune", {{"target", "0.1"}, {"epochs", "10"}}},
                {"distill", {{"epochs", "3"}, {"learning-rate", "1e-4"}}},
                {"quantize", {}}}},
    {.name = "careful",
     .summary = "the same with three times the training",
     .stages = {{"prune", {{"target", "0.1"}, {"epochs", "30"}}},
                {"distill", {{"epochs", "10"}, {"learning-rate", "1e-4"}}},
                {"quantize", {}}}},
};

[[noreturn]] void refuse(const std::string& what, const std::string& given,
                         const std::vector<std::string>& names) {
  const std::string near = nearest(given, names);
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  throw_usage("there is no " + what + " '" + given + "'",
              near.empty() ? "there are " + all : "did you mean '" + near + "'?");
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 4 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::span<const Preset> presets() { return kPresets; }

Recipe recipe_of_preset(const std::string& name, const Tables& tables) {
  const auto preset = std::ranges::find(kPresets, name, &Preset::name);
  if (preset == kPresets.end()) {
    std::vector<std::string> names;
    for (const Preset& each : kPresets) names.push_back(each.name);
    refuse("preset", name, names);
  }
  Recipe recipe{.common = Settings(common_options()), .stages = {}};
  for (const Preset::Stage& stage : preset->stages) {
    recipe.stages.push_back(make_stage(stage.name, stage.options, tables));
  }
  return recipe;
}

void set_in_stages(const std::string& assignment, const Tables& tables, Recipe& recipe) {
  const std::size_t equals = assignment.find('=');
  const std::size_t dot = assignment.rfind('.', equals);
  if (equals == std::string::npos || dot == std::string::npos || dot == 0) {
    throw_usage("'" + assignment + "' sets no option", "write it as prune.target=0.2");
  }
  const std::string place = assignment.substr(0, dot);
  const std::string option = assignment.substr(dot + 1, equals - dot - 1);
  std::vector<std::string> names;
  bool found = false;
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    RecipeStage& stage = recipe.stages[i];
    names.push_back(stage.name);
    if (is_number(place) ? std::stoul(place) != i + 1 : place != stage.name) continue;
    stage.settings.set(tables.stage(stage.name).options, option, assignment.substr(equals + 1));
    found = true;
  }
  if (!found) refuse("stage", place, names);
}

}  // namespace gcompress::compress
