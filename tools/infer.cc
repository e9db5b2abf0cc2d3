// gcompress infer MODEL: runs a network on inputs from an .npz.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "gcompress/compress/executors.h"
#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/data/npz.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/handover.h"
#include "gcompress/tools/interrupt.h"

namespace gcompress::tools {
namespace {

struct InferArguments {
  std::string model;
  std::string inputs;
  std::string outputs;
  std::string executor = "torch";
  std::string device = "cpu";
  int threads = 0;
};

int run_infer(const InferArguments& given, const GlobalOptions& options) {
  const compress::ChosenExecutor chosen =
      compress::choose_executor(given.executor, program_tables());
  if (chosen.row->needs_training && !program_trains()) hand_over(options.arguments);
  RunContext context;
  context.threads = given.threads;
  context.device = given.device;
  context.on_message = [](const std::string& message) { std::cerr << message << "\n"; };
  context.cancel = &interrupt_flag();
  const graph::Network network = compress::load_network(given.model);
  const execute::Values inputs = data::read_npz(given.inputs);
  const auto executor =
      compress::executor_factory(given.executor, program_tables(), context)(network);
  try {
    const execute::Values outputs = executor->run(inputs);
    data::write_npz(given.outputs, outputs);
    for (const auto& [name, value] : outputs) {
      std::cout << fmt::format("{}: {} {}\n", name, name_of(value.dtype()),
                               to_string(value.shape()));
    }
  } catch (const Error& error) {
    throw error.in_file(given.inputs);
  }
  return 0;
}

}  // namespace

void setup_infer(CLI::App& app, GlobalOptions& options, int& exit_code) {
  auto given = std::make_shared<InferArguments>();
  app.add_option("model", given->model, "a network: .onnx or .gcz")->required();
  app.add_option("--inputs", given->inputs, "an .npz whose keys are the input names")->required();
  app.add_option("--outputs", given->outputs, "the .npz to write, a key for each output")
      ->required();
  app.add_option(
      "--executor", given->executor,
      "torch, engine, engine-fp16, torch-bf16, onnxruntime:LIBRARY or command:PROGRAM [torch]");
  app.add_option("--device", given->device, "cpu, cuda, cuda:INDEX, cuda:PCI-ID or auto [cpu]");
  app.add_option("--threads", given->threads, "0: as many as there are cores [0]")
      ->check(CLI::Range(0, 1024));
  app.callback([given, &options, &exit_code] { exit_code = run_infer(*given, options); });
}

}  // namespace gcompress::tools
