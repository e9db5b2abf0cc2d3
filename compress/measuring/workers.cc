// Starting workers, and being one.
#include "gcompress/compress/measuring/workers.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <numeric>

#include "gcompress/compress/executors.h"
#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/data/npz.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/measure/workers/serve.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

// Enough that neither caches nor branches learn one sample by heart.
constexpr std::int64_t kVariants = 8;

// Writes lines to where standard output led, while standard output itself leads to standard error.
class PrivateOutput {
 public:
  PrivateOutput() : descriptor_(dup(STDOUT_FILENO)) {
    if (descriptor_ < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
      throw_usage("a worker needs standard output and standard error");
    }
  }
  ~PrivateOutput() { close(descriptor_); }
  PrivateOutput(const PrivateOutput&) = delete;
  PrivateOutput& operator=(const PrivateOutput&) = delete;

  void write_line(const std::string& line) const {
    const std::string text = line + "\n";
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t wrote = write(descriptor_, text.data() + done, text.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return;  // nobody listens; the end of the input is near
      done += static_cast<std::size_t>(wrote);
    }
  }

 private:
  int descriptor_;
};

std::vector<execute::Values> read_inputs(const std::vector<std::string>& files) {
  std::vector<execute::Values> inputs;
  inputs.reserve(files.size());
  for (const std::string& file : files) inputs.push_back(data::read_npz(file));
  return inputs;
}

}  // namespace

fs::path write_for_workers(const graph::Network& network, const std::string& name,
                           const fs::path& folder) {
  const fs::path file = folder / (name + ".onnx");
  onnx::write(network, file);
  return file;
}

WorkerFiles write_inputs(execute::Executor& executor, const data::Dataset& data,
                         const fs::path& network, std::int64_t batch, const fs::path& folder) {
  const execute::Feed feed(executor, data);
  WorkerFiles files{.network = network, .inputs = {}, .batch = feed.batch_size(batch)};
  const std::int64_t rows = std::min(files.batch, data.size());
  const std::int64_t variants = std::clamp<std::int64_t>(data.size() / rows, 1, kVariants);
  for (std::int64_t variant = 0; variant < variants; ++variant) {
    std::vector<std::int64_t> positions(static_cast<std::size_t>(rows));
    std::iota(positions.begin(), positions.end(), variant * rows);
    // A batch larger than the data repeats samples.
    for (std::size_t i = 0;
         files.batch > data.size() && positions.size() < static_cast<std::size_t>(files.batch);
         ++i) {
      positions.push_back(positions[i]);
    }
    files.inputs.push_back(folder / (network.stem().string() + "-" + std::to_string(files.batch) +
                                     "-" + std::to_string(variant) + ".npz"));
    data::write_npz(files.inputs.back(), feed.inputs_of(data.batch(positions)));
  }
  return files;
}

measure::WorkerCommand worker_command(const std::string& program, const WorkerFiles& files,
                                      const Settings& common, const std::string& executor) {
  measure::WorkerCommand command = {program,
                                    "worker",
                                    files.network.string(),
                                    "--executor",
                                    executor.empty() ? common.text("executor") : executor,
                                    "--threads",
                                    std::to_string(common.integer("threads")),
                                    "--device",
                                    common.text("device"),
                                    "--seed",
                                    std::to_string(common.integer("seed"))};
  for (const fs::path& file : files.inputs) {
    command.insert(command.end(), {"--inputs", file.string()});
  }
  return command;
}

int run_worker(const WorkerArguments& arguments, const Tables& tables, const RunContext& context) {
  const PrivateOutput output;
  const auto answer = [&](const std::string& line) { output.write_line(line); };
  try {
    const std::vector<execute::Values> inputs = read_inputs(arguments.inputs);
    const auto executor =
        executor_factory(arguments.executor, tables, context)(load_network(arguments.network));
    return measure::serve(*executor, inputs, std::cin, answer) ? 0 : exit_code(ErrorKind::kInput);
  } catch (const Error& error) {
    answer(std::string("error ") + error.what());
    return exit_code(error.kind());
  }
}

}  // namespace gcompress::compress
