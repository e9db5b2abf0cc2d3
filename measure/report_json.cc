// The JSON of a report, schema gcompress-report/1.
#include <nlohmann/json.hpp>

#include "gcompress/measure/figure_json.h"
#include "gcompress/measure/report.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json_value(const Sizes& sizes) {
  return {{"parameters", sizes.parameters},
          {"parameters_nonzero", sizes.parameters_nonzero},
          {"parameters_outside_target", sizes.parameters_outside},
          {"dense_bytes", sizes.dense_bytes},
          {"packed_bytes", or_null(sizes.packed_bytes)},
          {"flops", sizes.flops},
          {"flops_nonzero", sizes.flops_nonzero}};
}

Json to_json_value(const Accuracy& accuracy) {
  Json json = {{"metric", accuracy.metric},
               {"correct", accuracy.correct},
               {"total", accuracy.total},
               {"figure", to_json_value(accuracy.figure)}};
  if (accuracy.top5) json["top5"] = *accuracy.top5;
  if (accuracy.cell_accuracy) json["cell_accuracy"] = *accuracy.cell_accuracy;
  return json;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json to_json_value(const LatencyResult& latency) {
  return {{"executor", latency.executor},
          {"version", text_or_null(latency.runtime.version)},
          {"precision", text_or_null(latency.runtime.precision)},
          {"batch", latency.batch},
          {"threads", latency.threads},
          {"runs", latency.runs},
          {"median", to_json_value(latency.median)},
          {"p90", to_json_value(latency.p90)}};
}

Json to_json_value(const ModelReport& model) {
  Json latency = Json::array();
  for (const LatencyResult& result : model.latency) latency.push_back(to_json_value(result));
  Json json = {{"role", name_of(model.role)},
               {"name", model.name},
               {"path", model.path},
               {"sha256", model.sha256},
               {"sizes", to_json_value(model.sizes)},
               {"accuracy", model.accuracy ? to_json_value(*model.accuracy) : Json(nullptr)},
               {"latency", latency}};
  if (model.neighbourhoods_right) json["neighbourhoods_right"] = *model.neighbourhoods_right;
  if (model.agreement) {
    json["agreement"] = {{"same_answer", *model.agreement},
                         {"relative_distance", or_null(model.relative_distance)}};
  }
  return json;
}

Json to_json_value(const Comparison& comparison) {
  Json json = {{"accuracy_difference", to_json_value(comparison.accuracy_difference)},
               {"latency_ratio", to_json_value(comparison.latency_ratio)},
               {"verdict", comparison.verdict}};
  if (comparison.changed) {
    json["changed_samples"] = {{"only_before_right", comparison.changed->only_before},
                               {"only_after_right", comparison.changed->only_after}};
  }
  return json;
}

Json to_json_value(const Host& host) {
  return {{"processor", host.processor},
          {"instruction_sets", host.instruction_sets},
          {"cores", host.cores},
          {"system", host.system}};
}

Json to_json_value(const LayerReport& layer) {
  return {{"layer", layer.layer},           {"tensor", layer.tensor}, {"role", layer.role},
          {"parameters", layer.size},       {"kept", layer.kept},     {"floored", layer.floored},
          {"outside_target", layer.outside}};
}

}  // namespace

std::string to_json(const Report& report) {
  Json models = Json::array();
  for (const ModelReport& model : report.models) models.push_back(to_json_value(model));
  Json layers = Json::array();
  for (const LayerReport& layer : report.layers) layers.push_back(to_json_value(layer));
  const Json json = {
      {"schema", "gcompress-report/1"},
      {"seed", report.seed},
      {"host", to_json_value(report.host)},
      {"models", models},
      {"comparison", report.comparison ? to_json_value(*report.comparison) : Json(nullptr)},
      {"layers", layers},
      {"notes", report.notes}};
  // Names from a foreign file need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gcompress::measure
