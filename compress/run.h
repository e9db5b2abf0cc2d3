// Runs a recipe: loads, walks the stages, measures, writes the output folder.
#pragma once

#include <filesystem>
#include <string>

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/stage.h"
#include "gcompress/core/base/run_context.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

struct RunOptions {
  bool resume = false;  // go on from the checkpoints of an interrupted run
  bool fresh = false;   // throw an interrupted run away
  bool write = true;    // false: only the report (measure without --out)
  // What starts workers to measure in: a program with the command `worker`. Empty: no latency.
  std::string worker_program = {};
};

struct RunOutcome {
  measure::Report report;
  std::filesystem::path folder;  // empty when nothing was written
  std::string goal_missed;       // "the goal --max-drop": exit code 4; empty: nothing was missed
};

// Checks what can be checked before anything runs: stages and their settings. Throws Error(kUsage).
void check(const Recipe& recipe, const Tables& tables);

// Throws Error; whatever was finished lies in OUT.partial for --resume.
RunOutcome run(Recipe recipe, const Tables& tables, const RunOptions& options,
               const RunContext& context);

}  // namespace gcompress::compress
