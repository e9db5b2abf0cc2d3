// --eval COMMAND: the user's own program judges a network. It is run by the shell with the path of
// the .onnx file as its last argument, and the last line it prints is the score.
#pragma once

#include <filesystem>
#include <string>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

// Throws Error(kInput) naming the command when it fails or prints no number.
measure::Accuracy run_eval_command(const std::string& command, const graph::Network& network,
                                   const std::filesystem::path& scratch, const RunContext& context);

}  // namespace gcompress::compress
