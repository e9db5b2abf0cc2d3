// gcompress quantize MODEL: a one-stage recipe.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "gcompress/core/execute/onnxruntime/find.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct QuantizeArguments {
  std::string model;
  GivenOptions common;
  GivenOptions stage;
};

// Where ONNX Runtime is at hand it runs the networks: it has the integer operators, libtorch
// computes them in float.
GivenOptions defaults_of(const QuantizeArguments& given) {
  GivenOptions defaults = {{"model", given.model},
                           {"out", std::filesystem::path(given.model).stem().string() + "-int8"}};
  const std::filesystem::path library = execute::find_onnxruntime();
  if (!library.empty()) defaults.emplace_back("executor", "onnxruntime:" + library.string());
  return defaults;
}

}  // namespace

void setup_quantize(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<QuantizeArguments>();
  app.add_option("model", given->model, "the trained float network: .onnx or .gcz")->required();
  add_rows(app, program_tables().stage("quantize").options, given->stage);
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    const GivenOptions defaults = defaults_of(*given);
    given->common.insert(given->common.begin(), defaults.begin(), defaults.end());
    exit_code = run_recipe(make_recipe(given->common, {{"quantize", given->stage}}), options);
  });
}

}  // namespace gcompress::tools
