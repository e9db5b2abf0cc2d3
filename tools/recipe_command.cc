// Running a recipe from the command line.
#include "gcompress/tools/recipe_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "gcompress/core/base/file.h"
#include "gcompress/measure/report.h"
#include "gcompress/tools/handover.h"
#include "gcompress/tools/interrupt.h"
#include "gcompress/tools/progress.h"

namespace gcompress::tools {
namespace {

RunContext context_of(const compress::Recipe& recipe, ProgressPrinter& printer) {
  RunContext context;
  context.seed = static_cast<std::uint64_t>(recipe.common.integer("seed"));
  context.threads = static_cast<int>(recipe.common.integer("threads"));
  context.device = recipe.common.text("device");
  context.on_progress = [&printer](const Progress& progress) { printer.show(progress); };
  context.on_message = [&printer](const std::string& message) { printer.say(message); };
  context.cancel = &interrupt_flag();
  return context;
}

void print_folder(const compress::RunOutcome& outcome) {
  if (outcome.folder.empty()) return;
  std::cout
      << "Written to " << outcome.folder.string()
      << ": model.onnx, model.gcz, report.json, report.html, report.md, recipe.yaml, evidence\n";
}

void print_report(const compress::RunOutcome& outcome, const GlobalOptions& options) {
  if (options.json) {
    std::cout << measure::to_json(outcome.report);
    return;
  }
  if (options.markdown) {
    std::cout << measure::to_markdown(outcome.report);
    return;
  }
  if (outcome.report.layers.size() > 1) {
    std::cout << "\n" << measure::layers_table(outcome.report);
  }
  if (outcome.report.trials) {  // a column for each network would be too many
    std::cout << "\n" << measure::to_table(*outcome.report.trials) << "\n";
    for (const std::string& note : outcome.report.notes) std::cout << note << "\n";
    std::cout << outcome.report.trials->verdict << "\n";
    return print_folder(outcome);
  }
  std::cout << "\n" << measure::to_table(outcome.report) << "\n";
  std::cout << measure::changes_text(outcome.report);
  for (const std::string& note : outcome.report.notes) std::cout << note << "\n";
  if (outcome.report.comparison) std::cout << outcome.report.comparison->verdict << "\n";
  print_folder(outcome);
}

void print_plan(const compress::Recipe& recipe) {
  std::cout << "Nothing was run. This recipe would be:\n" << compress::to_yaml(recipe);
}

}  // namespace

compress::Recipe make_recipe(const GivenOptions& common, const std::vector<GivenStage>& stages) {
  compress::Recipe recipe{.common = compress::Settings(compress::common_options()), .stages = {}};
  for (const auto& [name, text] : common) {
    recipe.common.set(compress::common_options(), name, text);
  }
  for (const GivenStage& stage : stages) {
    recipe.stages.push_back(compress::make_stage(stage.name, stage.options, program_tables()));
  }
  return recipe;
}

int run_recipe(compress::Recipe recipe, const GlobalOptions& options) {
  if (!options.recipe_out.empty()) {
    write_file_atomically(options.recipe_out, compress::to_yaml(recipe));
  }
  if (options.dry_run) {
    compress::check(recipe, program_tables());
    print_plan(recipe);
    return 0;
  }
  if (compress::needs_training(recipe, program_tables()) && !program_trains()) {
    compress::check(recipe, program_tables());
    hand_over(options.arguments);
  }
  ProgressPrinter printer(options.quiet);
  const compress::RunOptions run_options{.resume = options.resume,
                                         .fresh = options.fresh,
                                         .write = !recipe.common.text("out").empty(),
                                         .worker_program = light_program().string()};
  const RunContext context = context_of(recipe, printer);
  const compress::RunOutcome outcome =
      compress::run(std::move(recipe), program_tables(), run_options, context);
  printer.finish();
  print_report(outcome, options);
  if (outcome.goal_missed.empty()) return 0;
  std::cerr << "gcompress: " << outcome.goal_missed
            << " was missed; the best network was written\n";
  return exit_code(ErrorKind::kGoalMissed);
}

}  // namespace gcompress::tools
