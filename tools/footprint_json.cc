// The findings of gcompress footprint, for programs. docs/formats.md describes it.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/measure/figure_json.h"
#include "gcompress/tools/footprint_findings.h"

namespace gcompress::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "gcompress-footprint/1";

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json figure_or_null(const measure::Figure& figure) {
  return figure.value ? to_json_value(figure) : Json(nullptr);
}

Json constants_list(const std::vector<NamedConstant>& constants) {
  Json list = Json::array();
  for (const NamedConstant& each : constants) {
    list.push_back({{"name", each.name},
                    {"value", each.constant.value},
                    {"unit", each.constant.unit},
                    {"source", each.constant.source},
                    {"year", each.constant.year}});
  }
  return list;
}

Json break_even_json(const measure::CampaignLine& line, const measure::Figure& saving) {
  if (!saving.value) return nullptr;
  const measure::LineBreakEven found = measure::break_even_of_line(line, saving);
  measure::Figure inferences{.value = {}, .unit = "inferences"};
  inferences.provenance = line.joules.provenance;
  if (found.result) {
    inferences.value = found.result->inferences;
    inferences.interval = found.result->interval;
  }
  return {{"saving", to_json_value(saving)},
          {"inferences", to_json_value(inferences)},
          {"sentence", found.sentence}};
}

Json line_json(const measure::CampaignLine& line, const FootprintFindings& findings) {
  const measure::LineFootprint footprint =
      measure::footprint_of_line(line, findings.options, findings.constants);
  return {{"covers", line.covers},
          {"energy", to_json_value(line.joules)},
          {"kwh", to_json_value(footprint.kwh)},
          {"kwh_facility", to_json_value(footprint.kwh_facility)},
          {"grams_co2e", to_json_value(footprint.grams_co2e)},
          {"pounds_co2e", to_json_value(footprint.pounds_co2e)},
          {"phone_charges", to_json_value(footprint.phone_charges)},
          {"car_km", to_json_value(footprint.car_km)},
          {"money", figure_or_null(footprint.money)},
          {"break_even", break_even_json(line, findings.saving)},
          {"assumptions", line.assumptions}};
}

Json sensor_json(const measure::SensorTotal& sensor) {
  return {{"name", sensor.name},
          {"part", sensor.part},
          {"coverage", name_of(sensor.coverage)},
          {"kind", name_of(sensor.kind)},
          {"joules", to_json_value(sensor.joules)},
          {"seconds", sensor.seconds},
          {"why_not", text_or_null(sensor.why_not)}};
}

Json missing_json(const measure::MissingSensor& missing) {
  return {{"name", missing.name},
          {"coverage", name_of(missing.coverage)},
          {"reason", missing.reason},
          {"remedy", text_or_null(missing.remedy)}};
}

Json track_json(const TrackFinding& track) {
  const measure::Tracked& tracked = track.tracked;
  Json sensors = Json::array();
  for (const measure::SensorTotal& sensor : tracked.sensors) sensors.push_back(sensor_json(sensor));
  Json totals = Json::array();
  for (const measure::CoverageTotal& total : totals_of(tracked)) {
    totals.push_back({{"coverage", name_of(total.coverage)},
                      {"parts", total.parts},
                      {"joules", to_json_value(total.joules)}});
  }
  Json missing = Json::array();
  for (const measure::MissingSensor& each : track.search.missing) {
    missing.push_back(missing_json(each));
  }
  return {{"command", track.command.empty() ? Json(nullptr) : Json(track.command)},
          {"process", track.process > 0 ? Json(track.process) : Json(nullptr)},
          {"exit_code", track.exit_code ? Json(*track.exit_code) : Json(nullptr)},
          {"interrupted", track.interrupted},
          {"seconds", tracked.seconds},
          {"processor_seconds",
           tracked.processor_seconds ? Json(*tracked.processor_seconds) : Json(nullptr)},
          {"processors", track.machine.processors},
          {"idle_subtracted", false},
          {"sensors", sensors},
          {"totals", totals},
          {"missing", missing}};
}

std::string printed(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool is_footprint(const fs::path& file) {
  std::error_code ignored;
  constexpr std::uintmax_t kMostBytes = 16 << 20;
  if (!fs::is_regular_file(file, ignored) || fs::file_size(file, ignored) > kMostBytes)
    return false;
  const Bytes bytes = map_file(file);
  const char* text = reinterpret_cast<const char*>(bytes.data());
  const Json json = Json::parse(text, text + bytes.size(), nullptr, false);
  return json.is_object() && json.value("schema", Json()) == kSchema;
}

}  // namespace

std::string footprint_json(const FootprintFindings& findings) {
  Json lines = Json::array();
  for (const measure::CampaignLine& line : findings.campaign.lines) {
    lines.push_back(line_json(line, findings));
  }
  return printed({{"schema", kSchema},
                  {"source", findings.source},
                  {"region", findings.options.region},
                  {"pue", findings.options.pue},
                  {"tariff", text_or_null(findings.options.tariff)},
                  {"tracked", findings.track ? track_json(*findings.track) : Json(nullptr)},
                  {"lines", lines},
                  {"notes", findings.campaign.notes},
                  {"constants", constants_list(constants_used(findings))}});
}

std::string constants_json(const measure::FootprintConstants& constants) {
  return printed({{"schema", kSchema}, {"constants", constants_list(all_constants(constants))}});
}

void check_footprint_out(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored) || access(folder.c_str(), W_OK) != 0) {
    throw_usage(folder.string() + " is no folder that can be written to", "name another --out");
  }
  if (!fs::exists(fs::symlink_status(file, ignored))) return;
  if (!is_footprint(file)) {
    throw_usage(file.string() + " is there and holds no footprint; it is not overwritten",
                "name another --out");
  }
}

}  // namespace gcompress::tools
