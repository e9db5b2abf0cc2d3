// gcompress run: what a recipe or a preset holds.
#include <fmt/format.h>

#include <memory>

#include "gcompress/compress/chain/presets.h"
#include "gcompress/core/base/error.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct RunArguments {
  std::string recipe;
  std::string preset;
  std::vector<std::string> assignments;
  GivenOptions common;
};

std::string preset_help() {
  std::string help = "a recipe that has a name, with --model:";
  for (const compress::Preset& preset : compress::presets()) {
    help += fmt::format("{} {} ({})", preset.name == compress::presets()[0].name ? "" : ",",
                        preset.name, preset.summary);
  }
  return help;
}

compress::Recipe recipe_of(const RunArguments& given) {
  if (given.recipe.empty() == given.preset.empty()) {
    throw_usage("give a recipe or a preset",
                "as in: gcompress run recipe.yaml, or: gcompress run --preset edge --model m.onnx "
                "--data mnist:mnist --out edge");
  }
  compress::Recipe recipe = given.preset.empty()
                                ? compress::read_recipe(given.recipe, program_tables())
                                : compress::recipe_of_preset(given.preset, program_tables());
  for (const auto& [name, text] : given.common) {
    recipe.common.set(compress::common_options(), name, text);
  }
  for (const std::string& assignment : given.assignments) {
    compress::set_in_stages(assignment, program_tables(), recipe);
  }
  return recipe;
}

}  // namespace

void setup_run(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<RunArguments>();
  app.add_option("recipe", given->recipe, "a recipe.yaml");
  app.add_option("--preset", given->preset, preset_help())->type_name("NAME");
  app.add_option("--set", given->assignments, "an option of a stage, as in prune.target=0.2")
      ->type_name("STAGE.OPTION=VALUE");
  add_rows(app, compress::common_options(), given->common);
  add_global_options(app, options, true);
  app.callback(
      [given, &options, &exit_code] { exit_code = run_recipe(recipe_of(*given), options); });
}

}  // namespace gcompress::tools
