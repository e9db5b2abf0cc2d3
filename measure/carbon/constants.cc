// Constants from JSON.
#include "gcompress/measure/carbon/constants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "embedded/carbon_constants.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::json;

constexpr const char* kSchema = "gcompress-footprint-constants/1";

// Reads entries of one file; knows its name for errors.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  [[noreturn]] void fail(const std::string& entry, const std::string& message) const {
    throw_input(message, {.file = file_, .value = entry},
                fmt::format("write it as in measure/carbon/constants.json, schema {}", kSchema));
  }

  const Json& member(const Json& json, const std::string& entry, const char* key) const {
    if (!json.is_object() || !json.contains(key))
      fail(entry, fmt::format("\"{}\" is missing", key));
    return json.at(key);
  }

  // Source, year and unit, which a constant has beside its value and a table beside its rows.
  Constant origin(const Json& json, const std::string& entry) const {
    const Json& unit = member(json, entry, "unit");
    const Json& source = member(json, entry, "source");
    const Json& year = member(json, entry, "year");
    if (!unit.is_string()) fail(entry, "the unit is no text");
    if (!source.is_string() || source.get<std::string>().empty()) fail(entry, "no source is named");
    if (!year.is_number_integer()) fail(entry, "the year is no whole number");
    return {.value = 0,
            .unit = unit.get<std::string>(),
            .source = source.get<std::string>(),
            .year = year.get<int>()};
  }

  double number(const Json& json, const std::string& entry, double least) const {
    if (!json.is_number()) fail(entry, "this is no number");
    const auto value = json.get<double>();
    if (!std::isfinite(value) || value < least) fail(entry, fmt::format("less than {}", least));
    return value;
  }

  Constant constant(const Json& root, const char* entry) const {
    const Json& json = member(root, entry, entry);
    Constant constant = origin(json, entry);
    constant.value = number(member(json, entry, "value"), entry, 0);
    if (constant.value == 0) fail(entry, "zero would make its equivalents infinite");
    return constant;
  }

  std::map<std::string, Constant> table(const Json& root, const char* entry, double least) const {
    const Json& json = member(root, entry, entry);
    const Json& rows = member(json, entry, "rows");
    if (!rows.is_object()) fail(entry, "\"rows\" is no object of names and numbers");
    std::map<std::string, Constant> table;
    for (const auto& [name, value] : rows.items()) {
      Constant row = origin(json, entry);
      row.value = number(value, fmt::format("{} {}", entry, name), least);
      table.emplace(name, std::move(row));
    }
    return table;
  }

 private:
  std::string file_;
};

}  // namespace

FootprintConstants parse_constants(std::string_view text, const std::string& file) {
  const Reader reader(file);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) reader.fail("", "this is not JSON");
  const Json& schema = reader.member(json, "", "schema");
  if (schema != kSchema) reader.fail("schema", "another schema");
  return {.grid = reader.table(json, "grid", 0),
          .pue = reader.table(json, "pue", 1),
          .tariff = reader.table(json, "tariff", 0),
          .phone_charge = reader.constant(json, "phone_charge"),
          .car = reader.constant(json, "car"),
          .car_us = reader.constant(json, "car_us")};
}

FootprintConstants shipped_constants() {
  return parse_constants(embedded::carbon_constants, "constants.json");
}

FootprintConstants read_constants(const std::filesystem::path& file) {
  const Bytes bytes = map_file(file);
  return parse_constants(as_text(bytes), file.string());
}

const Constant& find_constant(const std::map<std::string, Constant>& table, const std::string& what,
                              const std::string& name) {
  const auto found = table.find(name);
  if (found != table.end()) return found->second;
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const auto& [row, constant] : table) names.push_back(row);
  throw_usage(fmt::format("there is no {} \"{}\"", what, name),
              fmt::format("use one of {}", fmt::join(names, ", ")));
}

}  // namespace gcompress::measure
