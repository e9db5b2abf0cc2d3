// Runs a network in ONNX Runtime, on the CPU, in a shared library opened at run time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::execute {

// A network as ONNX Runtime takes it: an ONNX message, or where that is too large for one, a file
// (with its external data beside it) that must stay until the executor is made.
struct SerializedNetwork {
  std::string message;
  std::filesystem::path file;  // used if the message is empty
};

// The version of the library, "1.31.1": a check that it can be used. Throws Error(kUsage) saying
// what works where it cannot.
std::string onnxruntime_version(const std::filesystem::path& library);

// All graph optimisations, context.threads threads within an operator (0: one for each processor),
// operators one after the other. Threads do not spin between runs. `network` is the one that was
// serialized; its declared inputs and outputs are checked and its types recorded. Not thread-safe.
// Throws Error(kUsage) as above, Error(kUnsupported) with ONNX Runtime's reason where it refuses
// the network; running throws Error(kInput) where it fails.
std::unique_ptr<Executor> make_onnxruntime_executor(const std::filesystem::path& library,
                                                    const graph::Network& network,
                                                    const SerializedNetwork& serialized,
                                                    const RunContext& context);

}  // namespace gcompress::execute
