// gcompress share MODEL: a one-stage recipe.
#include <filesystem>
#include <memory>

#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct ShareArguments {
  std::string model;
  GivenOptions common;
  GivenOptions stage;
};

}  // namespace

void setup_share(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<ShareArguments>();
  app.add_option("model", given->model, "the network, pruned or not: .onnx or .gcz")->required();
  add_rows(app, program_tables().stage("share").options, given->stage);
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    const std::string out = std::filesystem::path(given->model).stem().string() + "-shared";
    given->common.insert(given->common.begin(), {{"model", given->model}, {"out", out}});
    exit_code = run_recipe(make_recipe(given->common, {{"share", given->stage}}), options);
  });
}

}  // namespace gcompress::tools
