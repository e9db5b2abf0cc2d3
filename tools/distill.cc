// gcompress distill STUDENT --teacher TEACHER: a one-stage recipe.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/distill_features.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct DistillArguments {
  std::string student;
  double depth = 1;
  bool list_features = false;
  GivenOptions common;
  GivenOptions stage;
};

std::string default_out(const std::string& model) {
  return std::filesystem::path(model.substr(0, model.find(':'))).stem().string() + "-distilled";
}

// The text of an option that was given, taken out of them where `take` says so.
std::optional<std::string> given_text(GivenOptions& options, const std::string& name, bool take) {
  const auto found =
      std::ranges::find_if(options, [&](const auto& option) { return option.first == name; });
  if (found == options.end()) return std::nullopt;
  std::string text = found->second;
  if (take) options.erase(found);
  return text;
}

// A built-in network takes width and depth as its own options: "resnet-44:width=0.5,depth=0.5".
void take_sizes(DistillArguments& given) {
  if (!compress::names_built_in(given.student)) {
    if (given.depth != 1) {
      throw_usage("--depth is for built-in networks, and the student is the file " + given.student,
                  "give a network of train --help, or --width alone");
    }
    return;
  }
  const auto append = [&](const std::string& option) {
    given.student += (given.student.find(':') == std::string::npos ? ":" : ",") + option;
  };
  if (const auto width = given_text(given.stage, "width", true)) append("width=" + *width);
  if (given.depth != 1) append("depth=" + compress::to_string(compress::SettingValue(given.depth)));
}

}  // namespace

void setup_distill(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<DistillArguments>();
  app.add_option("student", given->student,
                 "the network that learns: .onnx or .gcz, or a built-in one (train --help)")
      ->required();
  add_rows(app, program_tables().stage("distill").options, given->stage);
  app.add_option("--depth", given->depth, "of a built-in ResNet: keep this share of its blocks")
      ->check(CLI::Range(0.01, 4.0));
  app.add_flag("--list-features", given->list_features,
               "print the values inside both networks that --features can name, and exit");
  add_rows(app, compress::common_options(), given->common, {"model"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    const std::string out = default_out(given->student);
    take_sizes(*given);
    const auto teacher = given_text(given->stage, "teacher", false);
    if (!teacher && !given_text(given->stage, "width", false)) {
      throw_usage("distilling needs a teacher",
                  "add --teacher, a trained .onnx or .gcz, or --width to narrow the network given");
    }
    given->common.insert(given->common.begin(), {{"model", given->student}, {"out", out}});
    compress::Recipe recipe = make_recipe(given->common, {{"distill", given->stage}});
    if (given->list_features) {
      list_features(recipe);
      return;
    }
    exit_code = run_recipe(std::move(recipe), options);
  });
}

}  // namespace gcompress::tools
