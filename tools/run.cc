// gcompress run RECIPE: repeats what a recipe holds.
#include <memory>

#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct RunArguments {
  std::string recipe;
  GivenOptions common;
};

}  // namespace

void setup_run(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<RunArguments>();
  app.add_option("recipe", given->recipe, "a recipe.yaml")->required();
  add_rows(app, compress::common_options(), given->common);
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    compress::Recipe recipe = compress::read_recipe(given->recipe, program_tables());
    for (const auto& [name, text] : given->common) {
      recipe.common.set(compress::common_options(), name, text);
    }
    exit_code = run_recipe(std::move(recipe), options);
  });
}

}  // namespace gcompress::tools
