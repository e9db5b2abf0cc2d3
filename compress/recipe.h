// A recipe: everything needed to repeat a run. Every command builds one; a file holds the same.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"

namespace gcompress::compress {

struct RecipeStage {
  std::string name;
  Settings settings;
};

struct Recipe {
  Settings common;  // common_options()
  std::vector<RecipeStage> stages;
};

// model, data, out, seed, threads, device, executor, splits, rivals, max-drop, ...
const std::vector<OptionRow>& common_options();

// A stage with these options by name, all others at their defaults. Throws Error(kUsage), with the
// nearest name, where the stage or an option is not there.
RecipeStage make_stage(const std::string& name,
                       const std::vector<std::pair<std::string, std::string>>& options,
                       const Tables& tables);

// YAML with defaults spelled out:
//   schema: gcompress-recipe/1
//   common: {model: lenet.onnx, ...}
//   stages: [{stage: prune, target: 0.1, ...}]
std::string to_yaml(const Recipe& recipe);
// Reads a recipe, checked as a whole against the tables: unknown stages and options are errors that
// name the nearest right one. Throws Error(kInput) naming the file and line.
Recipe read_recipe(const std::filesystem::path& file, const Tables& tables);
Recipe parse_recipe(const std::string& text, const Tables& tables);

// True if any stage, or the executor it asks for, needs libtorch.
bool needs_training(const Recipe& recipe, const Tables& tables);

}  // namespace gcompress::compress
