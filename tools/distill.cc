// gcompress distill STUDENT --teacher TEACHER: a one-stage recipe.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "gcompress/core/base/error.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct DistillArguments {
  std::string student;
  GivenOptions common;
  GivenOptions stage;
};

std::string default_out(const std::string& model) {
  return std::filesystem::path(model.substr(0, model.find(':'))).stem().string() + "-distilled";
}

}  // namespace

void setup_distill(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<DistillArguments>();
  app.add_option("student", given->student,
                 "the network that learns: .onnx or .gcz, or a built-in one (train --help)")
      ->required();
  add_rows(app, program_tables().stage("distill").options, given->stage);
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    const bool teaches = std::ranges::any_of(
        given->stage, [](const auto& option) { return option.first == "teacher"; });
    if (!teaches) {
      throw_usage("distilling needs a teacher", "add --teacher, a trained .onnx or .gcz");
    }
    given->common.insert(given->common.begin(),
                         {{"model", given->student}, {"out", default_out(given->student)}});
    exit_code = run_recipe(make_recipe(given->common, {{"distill", given->stage}}), options);
  });
}

}  // namespace gcompress::tools
