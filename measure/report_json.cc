// The JSON of a report, schema gcompress-report/1.
#include <nlohmann/json.hpp>

#include "gcompress/measure/experiment_json.h"
#include "gcompress/measure/figure_json.h"
#include "gcompress/measure/report.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::ordered_json;

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

Json to_json_value(const LatencyResult& latency) {
  return {{"executor", latency.executor},
          {"version", text_or_null(latency.runtime.version)},
          {"precision", text_or_null(latency.runtime.precision)},
          {"batch", latency.batch},
          {"threads", latency.threads},
          {"runs", latency.runs},
          {"median", to_json_value(latency.median)},
          {"p90", to_json_value(latency.p90)},
          {"p99", to_json_value(latency.p99)},
          {"throughput", to_json_value(latency.throughput)}};
}

Json to_json_value(const MemoryResult& memory) {
  return {{"peak", to_json_value(memory.peak)}, {"cold_start", to_json_value(memory.cold_start)}};
}

Json to_json_value(const ModelEnergy& energy) {
  Json estimates = Json::array();
  for (const NamedEstimate& estimate : energy.estimates) {
    estimates.push_back({{"model", estimate.model},
                         {"per_inference", to_json_value(estimate.per_inference)},
                         {"assumptions", estimate.assumptions}});
  }
  Json beside = Json::object();
  for (const auto& [name, figure] : energy.beside) beside[name] = to_json_value(figure);
  return {{"per_inference", to_json_value(energy.per_inference)},
          {"marginal", to_json_value(energy.marginal)},
          {"idle_power", to_json_value(energy.idle_power)},
          {"seconds", to_json_value(energy.seconds)},
          {"sensors", energy.sensors},
          {"beside", beside},
          {"estimates", estimates}};
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
               {"latency", latency},
               {"memory", model.memory ? to_json_value(*model.memory) : Json(nullptr)},
               {"energy", model.energy ? to_json_value(*model.energy) : Json(nullptr)}};
  if (model.neighbourhoods_right) json["neighbourhoods_right"] = *model.neighbourhoods_right;
  if (model.agreement) {
    json["agreement"] = {{"same_answer", *model.agreement},
                         {"relative_distance", or_null(model.relative_distance)}};
  }
  return json;
}

Json to_json_value(const PaidBack& paid) {
  return {{"spent", to_json_value(paid.spent)},
          {"saving", to_json_value(paid.saving)},
          {"inferences", to_json_value(paid.inferences)},
          {"sentence", paid.sentence}};
}

Json per_class_json(const std::vector<ClassCounts>& classes) {
  Json rows = Json::array();
  for (const auto& [label, counts] : classes) {
    rows.push_back({{"class", label},
                    {"total", counts.total()},
                    {"before_right", counts.both_right + counts.only_before},
                    {"after_right", counts.both_right + counts.only_after}});
  }
  return rows;
}

Json to_json_value(const Comparison& comparison) {
  const auto& verdict = comparison.accuracy_verdict;
  const auto& paid = comparison.break_even;
  Json json = {{"accuracy_difference", to_json_value(comparison.accuracy_difference)},
               {"accuracy_verdict", verdict ? Json(name_of(*verdict)) : Json(nullptr)},
               {"margin", comparison.margin},
               {"mcnemar_p", or_null(comparison.mcnemar_p)},
               {"latency_ratio", to_json_value(comparison.latency_ratio)},
               {"energy_ratio", to_json_value(comparison.energy_ratio)},
               {"marginal_energy_ratio", to_json_value(comparison.marginal_energy_ratio)},
               {"break_even", paid ? to_json_value(*paid) : Json(nullptr)},
               {"verdict", comparison.verdict}};
  if (comparison.changed) {
    json["changed_samples"] = {{"only_before_right", comparison.changed->only_before},
                               {"only_after_right", comparison.changed->only_after}};
  }
  json["per_class"] = per_class_json(comparison.per_class);
  return json;
}

Json constant_json(const std::string& name, const Constant& constant) {
  return {{"name", name},
          {"value", constant.value},
          {"unit", constant.unit},
          {"source", constant.source},
          {"year", constant.year}};
}

Json to_json_value(const CompressionFootprint& footprint) {
  return {{"kwh", to_json_value(footprint.kwh)},
          {"grams_co2e", to_json_value(footprint.grams_co2e)},
          {"phone_charges", to_json_value(footprint.phone_charges)},
          {"car_km", to_json_value(footprint.car_km)},
          {"money", footprint.money ? to_json_value(*footprint.money) : Json(nullptr)}};
}

Json to_json_value(const FootprintReport& footprint) {
  Json inference = Json::array();
  for (const InferenceFootprint& row : footprint.inference) {
    inference.push_back({{"role", row.role},
                         {"name", row.name},
                         {"watt_hours_per_1000", to_json_value(row.watt_hours)},
                         {"grams_co2e_per_1000", to_json_value(row.grams_co2e)}});
  }
  Json grid = Json::object();
  Json constants = Json::array();
  for (const auto& [region, constant] : footprint.constants.grid) {
    grid[region] = constant.value;
    constants.push_back(constant_json("grid " + region, constant));
  }
  for (const auto& [name, constant] : footprint.constants.pue) {
    constants.push_back(constant_json("PUE " + name, constant));
  }
  for (const auto& [name, constant] : footprint.constants.tariff) {
    constants.push_back(constant_json("tariff " + name, constant));
  }
  constants.push_back(constant_json("phone charge", footprint.constants.phone_charge));
  constants.push_back(constant_json("car", footprint.constants.car));
  const auto& compression = footprint.compression;
  return {{"region", footprint.options.region},
          {"pue", footprint.options.pue},
          {"tariff", text_or_null(footprint.options.tariff)},
          {"inference", inference},
          {"compression", compression ? to_json_value(*compression) : Json(nullptr)},
          {"grid", grid},
          {"constants", constants}};
}

Json to_json_value(const HostGpu& gpu) {
  return {{"name", gpu.name},
          {"bus_id", gpu.bus_id},
          {"driver", text_or_null(gpu.driver)},
          {"power_limit_watts", or_null(gpu.power_limit_watts)},
          {"sm_megahertz", or_null(gpu.sm_megahertz)},
          {"memory_megahertz", or_null(gpu.memory_megahertz)},
          {"temperature_celsius", or_null(gpu.temperature_celsius)},
          {"slowed_by", gpu.slowed_by}};
}

Json to_json_value(const Host& host) {
  Json gpus = Json::array();
  for (const HostGpu& gpu : host.gpus) gpus.push_back(to_json_value(gpu));
  return {{"processor", host.processor},
          {"instruction_sets", host.instruction_sets},
          {"cores", host.cores},
          {"system", host.system},
          {"governor", text_or_null(host.governor)},
          {"virtual", or_null(host.is_virtual)},
          {"gpus", gpus}};
}

Json to_json_value(const Trials& trials) {
  Json arms = Json::array();
  for (const TrialArm& arm : trials.arms) {
    arms.push_back({{"name", arm.name},
                    {"models", arm.models},
                    {"mean", to_json_value(arm.mean)},
                    {"deviation", to_json_value(arm.deviation)}});
  }
  Json differences = Json::array();
  for (const TrialDifference& one : trials.differences) {
    differences.push_back({{"name", one.name}, {"figure", to_json_value(one.figure)}});
  }
  return {{"subject", trials.subject},
          {"arms", arms},
          {"differences", differences},
          {"verdict", trials.verdict}};
}

Json to_json_value(const LayerReport& layer) {
  Json json = {
      {"layer", layer.layer},           {"tensor", layer.tensor}, {"role", layer.role},
      {"parameters", layer.size},       {"kept", layer.kept},     {"floored", layer.floored},
      {"outside_target", layer.outside}};
  if (!layer.sensitivity.empty()) {
    Json points = Json::array();
    for (const LayerSensitivity& point : layer.sensitivity) {
      points.push_back({{"density", point.density}, {"loss", point.loss}});
    }
    json["sensitivity"] = std::move(points);
  }
  return json;
}

}  // namespace

std::string to_json(const Report& report) {
  Json models = Json::array();
  for (const ModelReport& model : report.models) models.push_back(to_json_value(model));
  Json layers = Json::array();
  for (const LayerReport& layer : report.layers) layers.push_back(to_json_value(layer));
  Json experiments = Json::array();
  for (const Experiment& experiment : report.experiments) {
    experiments.push_back(to_json_value(experiment));
  }
  Json stages = Json::array();
  for (const StageCost& stage : report.stages) {
    stages.push_back({{"name", stage.name},
                      {"seconds", to_json_value(stage.seconds)},
                      {"energy", to_json_value(stage.energy)}});
  }
  Json json = {
      {"schema", "gcompress-report/1"},
      {"seed", report.seed},
      {"host", to_json_value(report.host)},
      {"models", models},
      {"comparison", report.comparison ? to_json_value(*report.comparison) : Json(nullptr)},
      {"experiments", experiments},
      {"stages", stages},
      {"footprint", report.footprint ? to_json_value(*report.footprint) : Json(nullptr)},
      {"layers", layers},
      {"notes", report.notes}};
  if (report.trials) json["trials"] = to_json_value(*report.trials);
  // Names from a foreign file need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gcompress::measure
