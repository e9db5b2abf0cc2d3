// The constants of gcompress footprint by name.
#include "gcompress/tools/footprint_findings.h"

namespace gcompress::tools {
namespace {

using Table = std::map<std::string, measure::Constant>;

void append(std::vector<NamedConstant>& list, const std::string& kind, const Table& table) {
  for (const auto& [name, constant] : table) list.push_back({kind + " " + name, constant});
}

}  // namespace

std::vector<NamedConstant> all_constants(const measure::FootprintConstants& constants) {
  std::vector<NamedConstant> list;
  append(list, "grid", constants.grid);
  append(list, "pue", constants.pue);
  append(list, "tariff", constants.tariff);
  list.push_back({"phone charge", constants.phone_charge});
  list.push_back({"car", constants.car});
  list.push_back({"car_us", constants.car_us});
  return list;
}

std::vector<NamedConstant> constants_used(const FootprintFindings& findings) {
  const measure::FootprintOptions& options = findings.options;
  const measure::FootprintConstants& constants = findings.constants;
  std::vector<NamedConstant> list;
  list.push_back(
      {"grid " + options.region, measure::find_constant(constants.grid, "region", options.region)});
  if (!findings.pue_name.empty()) {
    list.push_back({"pue " + findings.pue_name,
                    measure::find_constant(constants.pue, "PUE", findings.pue_name)});
  }
  if (!options.tariff.empty()) {
    list.push_back({"tariff " + options.tariff,
                    measure::find_constant(constants.tariff, "tariff", options.tariff)});
  }
  list.push_back({"phone charge", constants.phone_charge});
  list.push_back({"car", constants.car});
  return list;
}

}  // namespace gcompress::tools
