// gcompress measure BEFORE [AFTER]: a one-stage recipe that changes nothing.
#include <memory>

#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct MeasureArguments {
  std::string before;
  std::string after;
  GivenOptions common;
};

}  // namespace

void setup_measure(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<MeasureArguments>();
  app.add_option("before", given->before, "a network: .onnx or .gcz")->required();
  app.add_option("after", given->after, "its compressed version");
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, false);
  app.callback([given, &options, &exit_code] {
    given->common.emplace_back("model", given->before);
    exit_code =
        run_recipe(make_recipe(given->common, {{"measure", {{"after", given->after}}}}), options);
  });
}

}  // namespace gcompress::tools
