// Recipes that have a name.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/compress/recipe.h"

namespace gcompress::compress {

struct Preset {
  struct Stage {
    std::string name;
    std::vector<std::pair<std::string, std::string>> options;  // what differs from the defaults
  };
  std::string name;
  std::string summary;
  std::vector<Stage> stages;
};
std::span<const Preset> presets();

// The stages of the preset, all options spelled out; common options at their defaults. Throws
// Error(kUsage), with the nearest name, where there is no such preset.
Recipe recipe_of_preset(const std::string& name, const Tables& tables);

// Sets an option of stages by "prune.target=0.2" (every stage of that name), or "2.epochs=5" (the
// second stage). Throws Error(kUsage) naming what would be right.
void set_in_stages(const std::string& assignment, const Tables& tables, Recipe& recipe);

}  // namespace gcompress::compress
