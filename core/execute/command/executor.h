// Runs a network in a program of the user's, which is started once and answers call by call.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::execute {

// Starts `command` by the shell, the network's path as its last argument, and waits until it is
// ready; docs/formats.md has the protocol. `write_network` writes the .onnx file. The time of a run
// contains passing the inputs and outputs through files. Not thread-safe. Throws Error(kInput)
// naming the command where it dies, hangs up or answers something else, then and when running.
std::unique_ptr<Executor> make_command_executor(
    const std::string& command, const graph::Network& network,
    const std::function<void(const std::filesystem::path&)>& write_network,
    const RunContext& context);

}  // namespace gcompress::execute
