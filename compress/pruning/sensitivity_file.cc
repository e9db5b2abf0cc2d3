// Sensitivities in JSON.
#include "gcompress/compress/pruning/sensitivity_file.h"

#include <nlohmann/json.hpp>

#include "gcompress/compress/json_file.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"

namespace gcompress::compress {
namespace {

constexpr const char* kSchema = "gcompress-sensitivity/1";
constexpr std::size_t kMostLayers = 100'000;
constexpr std::size_t kMostPoints = 1000;

}  // namespace

void write_sensitivity(const std::filesystem::path& file, const SensitivityStudy& study) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const auto& [id, curve] : study.curves) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const prune::SensitivityPoint& point : curve) {
      points.push_back({{"density", point.density}, {"loss", point.loss}});
    }
    layers.push_back({{"scope", id.scope}, {"tensor", id.tensor}, {"points", std::move(points)}});
  }
  const nlohmann::ordered_json json = {
      {"schema", kSchema}, {"identity", study.identity}, {"layers", std::move(layers)}};
  write_file_atomically(file, json.dump(2) + "\n");
}

SensitivityStudy read_sensitivity(const std::filesystem::path& file, const std::string& identity) {
  const nlohmann::json json = read_json_file(file, kSchema);
  SensitivityStudy study{.identity = text_in(json, "identity", file), .curves = {}};
  if (study.identity != identity) {
    throw_input("these sensitivities were measured of something else: " + study.identity,
                {.file = file.string(), .node = {}, .value = {}},
                "this run is " + identity + "; give another file name to measure anew");
  }
  for (const nlohmann::json& layer : array_in(json, "layers", kMostLayers, file)) {
    prune::SensitivityCurve curve;
    for (const nlohmann::json& point : array_in(layer, "points", kMostPoints, file)) {
      curve.push_back({.density = number_in(point, "density", 0, file),
                       .loss = number_in(point, "loss", 0, file)});
      const double above = curve.size() < 2 ? 1 : curve[curve.size() - 2].density;
      if (curve.back().density >= above) {
        throw_input("densities must fall, all below 1",
                    {.file = file.string(), .node = {}, .value = text_in(layer, "tensor", file)});
      }
    }
    study.curves[{text_in(layer, "scope", file), text_in(layer, "tensor", file)}] =
        std::move(curve);
  }
  return study;
}

}  // namespace gcompress::compress
