// A command of the program: its options, its example, what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/run.h"
#include "gcompress/core/base/run_context.h"

namespace gcompress::tools {

// What was given on the command line besides a command's own options.
struct GlobalOptions {
  bool json = false;
  bool markdown = false;
  bool quiet = false;
  bool dry_run = false;
  bool resume = false;
  bool fresh = false;
  std::string recipe_out;
  std::vector<std::string> arguments;  // argv, to hand over to the program that trains
};

// Options given for a table of rows: name and text, in the order given.
using GivenOptions = std::vector<std::pair<std::string, std::string>>;

// Adds --json, --quiet, --dry-run, --recipe-out (and --resume, --fresh where work is long).
void add_global_options(CLI::App& app, GlobalOptions& options, bool long_work);
// Adds one --option for each row, leaving out those named in `without`.
void add_rows(CLI::App& app, const std::vector<compress::OptionRow>& rows, GivenOptions& given,
              const std::vector<std::string>& without = {});

// One row of the list of commands.
struct CommandRow {
  std::string name;
  std::string summary;
  std::string example;
  // Adds the command's options to its subcommand and sets what runs; the exit code comes back
  // through `exit_code`.
  void (*setup)(CLI::App& app, GlobalOptions& options, int& exit_code);
  bool hidden = false;  // --help does not list it
};

const std::vector<CommandRow>& commands();

// Stages and executors of this program; defined twice, in tools/training and tools/no_training.
const compress::Tables& program_tables();
bool program_trains();

}  // namespace gcompress::tools
