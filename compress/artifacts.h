// The files of an output folder.
#pragma once

#include <filesystem>

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/stage.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

// Writes model.onnx, model.gcz, report.json, report.html, recipe.yaml and evidence/ into `folder`,
// and fills in the paths and hashes of the report's network "after".
void write_artifacts(const StageState& state, const Recipe& recipe, measure::Report& report,
                     const std::filesystem::path& folder);

}  // namespace gcompress::compress
