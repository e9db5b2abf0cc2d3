// The beginning of every run: the network, the data, and the task between them.
#pragma once

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"
#include "gcompress/core/base/run_context.h"

namespace gcompress::compress {

// Whether that is a built-in network's name (with options), and no file.
bool names_built_in(const std::string& model);

// Reads .onnx or .gcz by the file's name.
graph::Network load_network(const std::filesystem::path& file);

// Opens the data if any is named, reads the network or makes the built-in one of that name, and
// finds the task. Preprocessing that travels with the network replaces the data's default.
StageState load(const Settings& common, const RunContext& context);

}  // namespace gcompress::compress
