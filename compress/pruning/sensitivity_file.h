// Measured sensitivities in a file, so that they are measured once.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "gcompress/core/graph/weights.h"
#include "gcompress/prune/allocate.h"

namespace gcompress::compress {

struct SensitivityStudy {
  // What was measured, in words: other networks, criteria and patterns have other curves.
  std::string identity;
  std::map<graph::WeightId, prune::SensitivityCurve> curves;
};

// Schema gcompress-sensitivity/1, docs/formats.md. Writing is atomic. Reading throws Error(kInput)
// for a damaged file, or one of another study (naming what differs).
void write_sensitivity(const std::filesystem::path& file, const SensitivityStudy& study);
SensitivityStudy read_sensitivity(const std::filesystem::path& file, const std::string& identity);

}  // namespace gcompress::compress
