// The program: finds the command, runs it, turns errors into sentences and exit codes.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>

#include "gcompress/core/base/error.h"
#include "gcompress/tools/command.h"
#include "gcompress/tools/interrupt.h"
#include "gcompress/version.h"

namespace gcompress::tools {
namespace {

int run(int argc, char** argv) {
  CLI::App app(
      "Takes a trained network down to a tenth of its size and proves that it still works.",
      "gcompress");
  app.set_version_flag("--version", std::string("gcompress ") + kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  GlobalOptions options;
  options.arguments.assign(argv, argv + argc);
  int code = 0;
  for (const CommandRow& row : commands()) {
    CLI::App* command = app.add_subcommand(row.name, row.summary);
    if (row.hidden) command->group("");
    command->footer("Example:\n  " + row.example);
    row.setup(*command, options, code);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code(ErrorKind::kUsage);
  }
  return code;
}

int run_and_explain(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    std::cerr << "gcompress: " << error.what() << "\n";
    return exit_code(error.kind());
  } catch (const std::bad_alloc&) {
    std::cerr << "gcompress: out of memory\n";
    return exit_code(ErrorKind::kInput);
  } catch (const std::exception& error) {
    std::cerr << "gcompress: internal error: " << error.what()
              << "; please report this with the command that led to it\n";
    return exit_code(ErrorKind::kBug);
  }
}

}  // namespace
}  // namespace gcompress::tools

int main(int argc, char** argv) {
  gcompress::tools::install_interrupt_handler();
  return gcompress::tools::run_and_explain(argc, argv);
}
