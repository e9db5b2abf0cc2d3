// Workers for the networks of a run: files for them, and the command line that starts them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "gcompress/compress/stage.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/measure/workers/worker.h"

namespace gcompress::compress {

// A network written for workers, which run it on real samples.
struct WorkerFiles {
  std::filesystem::path network;
  std::vector<std::filesystem::path> inputs;  // an .npz each, taken in turn
  std::int64_t batch = 1;                     // of the inputs; the network's own where it is fixed
};

// Writes the network as `NAME.onnx` below `folder`.
std::filesystem::path write_for_workers(const graph::Network& network, const std::string& name,
                                        const std::filesystem::path& folder);

// Writes up to eight batches of the data. `executor` knows what the network takes.
WorkerFiles write_inputs(execute::Executor& executor, const data::Dataset& data,
                         const std::filesystem::path& network, std::int64_t batch,
                         const std::filesystem::path& folder);

// The command line `PROGRAM worker ...` for these files, with threads and device of the run, and
// its executor unless another is named.
measure::WorkerCommand worker_command(const std::string& program, const WorkerFiles& files,
                                      const Settings& common, const std::string& executor);

// What `PROGRAM worker` does: loads the network, makes its executor, and answers on standard output
// until standard input ends. Whatever else prints goes to standard error. The exit code.
struct WorkerArguments {
  std::string network;
  std::vector<std::string> inputs;
  std::string executor;
};
int run_worker(const WorkerArguments& arguments, const Tables& tables, const RunContext& context);

}  // namespace gcompress::compress
