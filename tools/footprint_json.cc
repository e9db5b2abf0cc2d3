// The findings of gcompress footprint, for programs. docs/formats.md describes it.
#include <nlohmann/json.hpp>

#include "gcompress/measure/figure_json.h"
#include "gcompress/tools/footprint_findings.h"

namespace gcompress::tools {
namespace {

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

std::string printed(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
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
                  {"lines", lines},
                  {"notes", findings.campaign.notes},
                  {"constants", constants_list(constants_used(findings))}});
}

std::string constants_json(const measure::FootprintConstants& constants) {
  return printed({{"schema", kSchema}, {"constants", constants_list(all_constants(constants))}});
}

}  // namespace gcompress::tools
