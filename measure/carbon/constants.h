// Constants that turn energy into carbon and money. Those shipped come from constants.json beside
// this file, which is embedded; a user may replace it by a file of the same form (docs/formats.md).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace gcompress::measure {

struct Constant {
  double value = 0;
  std::string unit;
  std::string source;
  int year = 0;
};

struct FootprintConstants {
  std::map<std::string, Constant> grid;  // by region: g CO2e/kWh
  std::map<std::string, Constant> pue;   // by name: facility energy / equipment energy, at least 1
  std::map<std::string, Constant> tariff;  // by region: money/kWh; the unit names the currency
  Constant phone_charge;                   // kWh
  Constant car;                            // g CO2e/km
  Constant car_us;
};

FootprintConstants shipped_constants();

// Throws Error(kInput) naming `file` and the entry: not JSON, another schema, a missing or negative
// number, a constant without source or year.
FootprintConstants parse_constants(std::string_view json, const std::string& file);
FootprintConstants read_constants(const std::filesystem::path& file);

// A row of one of the tables. Throws Error(kUsage) that names the rows there are.
const Constant& find_constant(const std::map<std::string, Constant>& table, const std::string& what,
                              const std::string& name);

}  // namespace gcompress::measure
