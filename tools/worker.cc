// gcompress worker MODEL: a process that measuring starts, to hold one network.
#include <memory>

#include "gcompress/compress/executors.h"
#include "gcompress/compress/measuring/workers.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/handover.h"
#include "gcompress/tools/interrupt.h"

namespace gcompress::tools {
namespace {

struct WorkerOptions {
  compress::WorkerArguments arguments = {.network = {}, .inputs = {}, .executor = "torch"};
  RunContext context;
};

int start(WorkerOptions& given, const GlobalOptions& options) {
  const auto chosen = compress::choose_executor(given.arguments.executor, program_tables());
  if (chosen.row->needs_training && !program_trains()) hand_over(options.arguments);
  given.context.cancel = &interrupt_flag();
  return compress::run_worker(given.arguments, program_tables(), given.context);
}

}  // namespace

void setup_worker(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<WorkerOptions>();
  app.add_option("model", given->arguments.network, "a network: .onnx or .gcz")->required();
  app.add_option("--inputs", given->arguments.inputs, "an .npz whose keys are the input names")
      ->required();
  app.add_option("--executor", given->arguments.executor, "as in infer [torch]");
  app.add_option("--threads", given->context.threads, "0: as many as there are cores [0]");
  app.add_option("--device", given->context.device, "cpu, cuda or auto [cpu]");
  app.add_option("--seed", given->context.seed, "of every random choice [0]");
  app.callback([given, &options, &exit_code] { exit_code = start(*given, options); });
}

}  // namespace gcompress::tools
