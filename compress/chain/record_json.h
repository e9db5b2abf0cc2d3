// Parts of a stage's record in JSON: kept layers, and what stages took.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "gcompress/measure/report.h"

namespace gcompress::compress {

nlohmann::ordered_json to_json(const std::vector<measure::LayerReport>& layers);
nlohmann::ordered_json to_json(const std::vector<measure::StageCost>& costs);

// The reverse, under this key. Throw Error(kInput) naming file and entry.
std::vector<measure::LayerReport> layers_in(const nlohmann::json& object, const std::string& key,
                                            const std::filesystem::path& file);
std::vector<measure::StageCost> costs_in(const nlohmann::json& object, const std::string& key,
                                         const std::filesystem::path& file);

}  // namespace gcompress::compress
