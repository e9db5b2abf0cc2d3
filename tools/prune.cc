// gcompress prune MODEL: a one-stage recipe.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "gcompress/core/base/error.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct PruneArguments {
  std::string model;
  GivenOptions common;
  GivenOptions stage;
};

std::string default_out(const std::string& model) {
  return std::filesystem::path(model.substr(0, model.find(':'))).stem().string() + "-pruned";
}

}  // namespace

void setup_prune(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<PruneArguments>();
  app.add_option("model", given->model, "the trained network: .onnx or .gcz")->required();
  add_rows(app, program_tables().stage("prune").options, given->stage);
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    const auto named = [&](const char* name) {
      return std::ranges::any_of(given->stage,
                                 [&](const auto& option) { return option.first == name; });
    };
    if (named("time") && named("epochs")) {
      throw_usage("--time chooses the epochs, and --epochs is given", "leave one of them out");
    }
    given->common.insert(given->common.begin(),
                         {{"model", given->model}, {"out", default_out(given->model)}});
    exit_code = run_recipe(make_recipe(given->common, {{"prune", given->stage}}), options);
  });
}

}  // namespace gcompress::tools
