// What every command that runs a recipe does: progress, hand-over, printing, exit code.
#pragma once

#include "gcompress/compress/recipe.h"
#include "gcompress/tools/command.h"

namespace gcompress::tools {

// A recipe of the given common options and stages (each a name and its given options).
struct GivenStage {
  std::string name;
  GivenOptions options;
};
compress::Recipe make_recipe(const GivenOptions& common, const std::vector<GivenStage>& stages);

// Runs it, or hands the whole command over to the program that trains. Prints the table (or JSON).
// Returns the exit code.
int run_recipe(compress::Recipe recipe, const GlobalOptions& options);

}  // namespace gcompress::tools
