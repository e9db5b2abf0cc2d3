// Parts of a stage's record.
#include "gcompress/compress/chain/record_json.h"

#include <nlohmann/json.hpp>

#include "gcompress/compress/json_file.h"
#include "gcompress/core/base/error.h"
#include "gcompress/measure/figure_json.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLayers = 100'000;
constexpr std::size_t kMostPoints = 1000;
constexpr std::size_t kMostCosts = 1000;
constexpr double kLeast = -1e18;

measure::Figure figure_in(const nlohmann::json& object, const std::string& key,
                          const fs::path& file) {
  const nlohmann::json& json = object_in(object, key, file);
  measure::Figure figure{.value = std::nullopt, .unit = text_in(json, "unit", file)};
  if (json.contains("value") && !json["value"].is_null()) {
    figure.value = number_in(json, "value", kLeast, file);
  }
  if (json.contains("interval") && !json["interval"].is_null()) {
    const nlohmann::json& ends = array_in(json, "interval", 2, file);
    if (ends.size() != 2 || !ends[0].is_number() || !ends[1].is_number()) {
      throw_input("an interval has two ends", {.file = file.string(), .node = {}, .value = key});
    }
    figure.interval = measure::Interval{ends[0].get<double>(), ends[1].get<double>()};
  }
  const std::string provenance = text_in(json, "provenance", file);
  figure.provenance = provenance == "measured"    ? measure::Provenance::kMeasured
                      : provenance == "estimated" ? measure::Provenance::kEstimated
                                                  : measure::Provenance::kQuoted;
  return figure;
}

}  // namespace

nlohmann::ordered_json to_json(const std::vector<measure::LayerReport>& layers) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const measure::LayerReport& layer : layers) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const measure::LayerSensitivity& point : layer.sensitivity) {
      points.push_back({{"density", point.density}, {"loss", point.loss}});
    }
    list.push_back({{"layer", layer.layer},
                    {"tensor", layer.tensor},
                    {"role", layer.role},
                    {"size", layer.size},
                    {"kept", layer.kept},
                    {"floored", layer.floored},
                    {"outside", layer.outside},
                    {"sensitivity", points}});
  }
  return list;
}

nlohmann::ordered_json to_json(const std::vector<measure::StageCost>& costs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const measure::StageCost& cost : costs) {
    list.push_back({{"name", cost.name},
                    {"seconds", measure::to_json_value(cost.seconds)},
                    {"energy", measure::to_json_value(cost.energy)}});
  }
  return list;
}

std::vector<measure::LayerReport> layers_in(const nlohmann::json& object, const std::string& key,
                                            const fs::path& file) {
  std::vector<measure::LayerReport> layers;
  for (const nlohmann::json& json : array_in(object, key, kMostLayers, file)) {
    measure::LayerReport layer{.layer = text_in(json, "layer", file),
                               .tensor = text_in(json, "tensor", file),
                               .role = text_in(json, "role", file),
                               .size = static_cast<std::int64_t>(number_in(json, "size", 0, file)),
                               .kept = static_cast<std::int64_t>(number_in(json, "kept", 0, file)),
                               .floored = flag_in(json, "floored", file),
                               .outside = flag_in(json, "outside", file),
                               .sensitivity = {}};
    for (const nlohmann::json& point : array_in(json, "sensitivity", kMostPoints, file)) {
      layer.sensitivity.push_back({.density = number_in(point, "density", 0, file),
                                   .loss = number_in(point, "loss", 0, file)});
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::vector<measure::StageCost> costs_in(const nlohmann::json& object, const std::string& key,
                                         const fs::path& file) {
  std::vector<measure::StageCost> costs;
  for (const nlohmann::json& json : array_in(object, key, kMostCosts, file)) {
    costs.push_back({.name = text_in(json, "name", file),
                     .seconds = figure_in(json, "seconds", file),
                     .energy = figure_in(json, "energy", file)});
  }
  return costs;
}

}  // namespace gcompress::compress
