// gcompress train NETWORK|MODEL: a one-stage recipe.
#include <filesystem>
#include <memory>

#include "gcompress/core/networks/networks.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct TrainArguments {
  std::string model;
  GivenOptions common;
  GivenOptions stage;
};

std::string built_in_networks() {
  std::string text = "a .onnx file, or one of";
  for (const auto& [name, summary] : networks::list()) text += "\n  " + name + ": " + summary;
  return text;
}

std::string default_out(const std::string& model) {
  return std::filesystem::path(model.substr(0, model.find(':'))).stem().string() + "-trained";
}

}  // namespace

void setup_train(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<TrainArguments>();
  app.add_option("network", given->model, built_in_networks())->required();
  add_rows(app, program_tables().stage("train").options, given->stage);
  add_rows(app, compress::common_options(), given->common, {"model", "rivals", "max-drop"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    given->common.insert(given->common.begin(),
                         {{"model", given->model}, {"out", default_out(given->model)}});
    exit_code = run_recipe(make_recipe(given->common, {{"train", given->stage}}), options);
  });
}

}  // namespace gcompress::tools
