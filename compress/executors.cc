// The table of executors.
#include "gcompress/compress/executors.h"

#include <filesystem>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/scratch_folder.h"
#include "gcompress/core/engine/cuda/device_text.h"
#include "gcompress/core/engine/cuda/executor.h"
#include "gcompress/core/engine/executor.h"
#include "gcompress/core/execute/command/executor.h"
#include "gcompress/core/execute/onnxruntime/executor.h"
#include "gcompress/core/onnx/onnx.h"

namespace gcompress::compress {
namespace {

// protobuf's limit is 2 GiB for the whole message; what is not tensors gets the rest.
constexpr std::size_t kLargestMessage = std::size_t{1900} << 20;

std::size_t tensor_bytes(const graph::Network& network) {
  std::size_t bytes = 0;
  graph::for_each_graph(network.graph, [&bytes](const std::string&, const graph::Graph& graph) {
    for (const graph::Initializer& tensor : graph.initializers) bytes += tensor.value.byte_size();
  });
  return bytes;
}

std::unique_ptr<execute::Executor> make_onnxruntime(const graph::Network& network,
                                                    const std::string& library,
                                                    const RunContext& context) {
  execute::SerializedNetwork serialized;
  const ScratchFolder scratch;
  if (tensor_bytes(network) <= kLargestMessage) {
    serialized.message = onnx::write_bytes(network);
  } else {
    serialized.file = scratch.path() / "model.onnx";
    onnx::write(network, serialized.file);
  }
  return execute::make_onnxruntime_executor(library, network, serialized, context);
}

ExecutorRow onnxruntime_row() {
  return {.name = "onnxruntime",
          .argument = "LIBRARY",
          .cpu_only = true,
          .check = [](const std::string& library) { execute::onnxruntime_version(library); },
          .make = make_onnxruntime};
}

std::unique_ptr<execute::Executor> make_command(const graph::Network& network,
                                                const std::string& command,
                                                const RunContext& context) {
  const auto write = [&network](const std::filesystem::path& file) { onnx::write(network, file); };
  return execute::make_command_executor(command, network, write, context);
}

ExecutorRow command_row() {
  return {.name = "command", .argument = "PROGRAM", .make = make_command};
}

// Throws Error(kUsage) where the GPU that is asked for is not there, or the CPU cannot do it.
engine::GpuChoice gpu_for(engine::GpuPrecision precision, const std::string& device) {
  engine::GpuChoice gpu = engine::choose_gpu(device);
  if (precision == engine::GpuPrecision::kHalf && !gpu.device && device != "auto") {
    throw_usage("--executor engine-fp16 rounds to fp16 on a GPU only",
                "give --device cuda, or --executor engine");
  }
  return gpu;
}

template <engine::GpuPrecision kPrecision>
std::unique_ptr<execute::Executor> make_engine(const graph::Network& network, const std::string&,
                                               const RunContext& context) {
  const engine::GpuChoice gpu = gpu_for(kPrecision, context.device);
  if (!gpu.remark.empty()) context.say(gpu.remark);
  if (!gpu.device) return engine::make_engine_executor(network, context);
  return engine::make_cuda_executor(network, context, *gpu.device, kPrecision);
}

constexpr ExecutorRow::Make kMakeEngine = make_engine<engine::GpuPrecision::kFloat>;
constexpr ExecutorRow::Make kMakeEngineFp16 = make_engine<engine::GpuPrecision::kHalf>;

std::string shown(const ExecutorRow& row) {
  return row.name + (row.argument.empty() ? "" : ":" + row.argument);
}

}  // namespace

std::vector<ExecutorRow> executors(ExecutorRow::Make make_torch,
                                   ExecutorRow::Make make_torch_bf16) {
  return {{.name = "torch", .needs_training = true, .make = make_torch},
          {.name = "engine", .make = kMakeEngine},
          onnxruntime_row(),
          command_row(),
          {.name = kTorchBf16, .needs_training = true, .make = make_torch_bf16},
          {.name = "engine-fp16", .make = kMakeEngineFp16}};
}

ChosenExecutor choose_executor(const std::string& text, const Tables& tables) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string argument = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string all;
  for (const ExecutorRow& row : tables.executors) {
    all += (all.empty() ? "" : ", ") + shown(row);
    if (row.name != name) continue;
    if (row.argument.empty() != argument.empty()) {
      throw_usage("'" + text + "' is no value for --executor", "give " + shown(row));
    }
    return {&row, argument};
  }
  throw_usage("there is no executor '" + name + "'", "choose one of " + all);
}

void check_executor(const Settings& common, const Tables& tables) {
  const auto [row, argument] = choose_executor(common.text("executor"), tables);
  const std::string& device = common.text("device");
  engine::gpu::parse_device(device);
  if (row->cpu_only && device != "cpu" && device != "auto") {
    throw_usage("--executor " + row->name + " runs networks on the CPU only",
                "give --device cpu or auto");
  }
  if (row->check != nullptr) row->check(argument);
  if (row->make == kMakeEngine) gpu_for(engine::GpuPrecision::kFloat, device);
  if (row->make == kMakeEngineFp16) gpu_for(engine::GpuPrecision::kHalf, device);
}

execute::ExecutorFactory executor_factory(const std::string& text, const Tables& tables,
                                          const RunContext& context) {
  const ChosenExecutor chosen = choose_executor(text, tables);
  if (chosen.row->make == nullptr) return {};
  return [make = chosen.row->make, argument = chosen.argument,
          context](const graph::Network& network) {
    try {
      return make(network, argument, context);
    } catch (const Error& error) {
      // A device that is not there is no fault of the file.
      const bool of_file = error.kind() != ErrorKind::kUsage && !network.source.empty();
      throw of_file ? error.in_file(network.source.string()) : error;
    }
  };
}

}  // namespace gcompress::compress
