// gcompress demo: a two-stage recipe on generated data. Trains a network that plays the Game of
// Life with 253 parameters, of which at most 25 stay.
#include <iostream>
#include <memory>

#include "gcompress/tools/commands.h"
#include "gcompress/tools/recipe_command.h"

namespace gcompress::tools {
namespace {

struct DemoArguments {
  GivenOptions common;
  GivenOptions prune;
};

}  // namespace

void setup_demo(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<DemoArguments>();
  add_rows(app, program_tables().stage("prune").options, given->prune);
  add_rows(app, compress::common_options(), given->common,
           {"model", "data", "task", "executor", "eval", "train-limit", "test-limit",
            "tune-samples", "max-drop"});
  add_global_options(app, options, true);
  app.callback([given, &options, &exit_code] {
    given->common.insert(given->common.begin(),
                         {{"model", "life:n=1,m=7"},
                          {"data", "life:size=8,steps=1,count=12000,density=0.5"},
                          {"threads", "1"},  // more only get in each other's way
                          {"out", "demo"}});
    const GivenOptions train = {{"epochs", "16"}, {"batch-size", "64"}, {"learning-rate", "3e-3"}};
    GivenOptions prune = {{"target", "0.1"},
                          {"criterion", "curvature"},
                          {"epochs", "32"},
                          {"batch-size", "64"},
                          {"learning-rate", "3e-3"},
                          {"l1", "3e-4"},
                          {"begin", "0"},
                          {"end", "0.67"},
                          {"hold", "0"},
                          {"restarts", "8"}};
    prune.insert(prune.end(), given->prune.begin(), given->prune.end());
    if (program_trains())
      std::cerr << "Step 1 of 3: train a network of 253 parameters to play the Game of Life.\n"
                   "Step 2 of 3: prune it to at most 25 while it goes on learning.\n"
                   "Step 3 of 3: measure both on boards that neither has seen.\n";
    exit_code =
        run_recipe(make_recipe(given->common, {{"train", train}, {"prune", prune}}), options);
  });
}

}  // namespace gcompress::tools
