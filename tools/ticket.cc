// gcompress ticket NETWORK|MODEL: a one-stage recipe.
#include <filesystem>
#include <memory>

#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct TicketArguments {
  std::string model;
  GivenOptions common;
  GivenOptions stage;
};

std::string default_out(const std::string& model) {
  return std::filesystem::path(model.substr(0, model.find(':'))).stem().string() + "-ticket";
}

}  // namespace

void setup_ticket(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<TicketArguments>();
  app.add_option("network", given->model,
                 "a built-in network (train --help lists them), or an .onnx with first weights")
      ->required();
  add_rows(app, program_tables().stage("ticket").options, given->stage);
  add_rows(app, compress::common_options(), given->common, {"model", "rivals", "max-drop"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    // Many networks, of one shape: accuracy is what they are compared by.
    given->common.insert(given->common.begin(), {{"model", given->model},
                                                 {"out", default_out(given->model)},
                                                 {"rivals", "none"},
                                                 {"latency", "false"}});
    exit_code = run_recipe(make_recipe(given->common, {{"ticket", given->stage}}), options);
  });
}

}  // namespace gcompress::tools
