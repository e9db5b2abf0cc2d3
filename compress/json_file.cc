// Reading small JSON files.
#include "gcompress/compress/json_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"

namespace gcompress::compress {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kMostDepth = 16;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& entry,
                         const std::string& message) {
  throw_input(message, {.file = file.string(), .node = {}, .value = entry},
              "docs/formats.md says what belongs there");
}

const nlohmann::json& entry_in(const nlohmann::json& object, const std::string& key,
                               const std::filesystem::path& file) {
  if (!object.is_object() || !object.contains(key)) refuse(file, key, "this entry is missing");
  return object.at(key);
}

}  // namespace

nlohmann::json read_json_file(const std::filesystem::path& file, const std::string& schema) {
  const Bytes bytes = map_file(file);
  if (bytes.size() > kMostBytes) refuse(file, "", "the file is larger than 16 MB");
  const auto shallow = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kMostDepth) refuse(file, "", "the file is nested too deeply");
    return true;
  };
  try {
    nlohmann::json json = nlohmann::json::parse(as_text(bytes), shallow);
    if (text_in(json, "schema", file) != schema) {
      refuse(file, "schema", "this is no file of the schema " + schema);
    }
    return json;
  } catch (const nlohmann::json::exception& error) {
    refuse(file, "", std::string("the file is not JSON: ") + error.what());
  }
}

double number_in(const nlohmann::json& object, const std::string& key, double least,
                 const std::filesystem::path& file) {
  const nlohmann::json& entry = entry_in(object, key, file);
  const double value = entry.is_number() ? entry.get<double>() : NAN;
  if (!(value >= least && value <= 1e18)) refuse(file, key, "this is no number in its range");
  return value;
}

bool flag_in(const nlohmann::json& object, const std::string& key,
             const std::filesystem::path& file) {
  const nlohmann::json& entry = entry_in(object, key, file);
  if (!entry.is_boolean()) refuse(file, key, "this is neither true nor false");
  return entry.get<bool>();
}

const nlohmann::json& object_in(const nlohmann::json& object, const std::string& key,
                                const std::filesystem::path& file) {
  const nlohmann::json& entry = entry_in(object, key, file);
  if (!entry.is_object()) refuse(file, key, "this is no object");
  return entry;
}

std::string text_in(const nlohmann::json& object, const std::string& key,
                    const std::filesystem::path& file) {
  const nlohmann::json& entry = entry_in(object, key, file);
  if (!entry.is_string()) refuse(file, key, "this is no text");
  return entry.get<std::string>();
}

const nlohmann::json& array_in(const nlohmann::json& object, const std::string& key,
                               std::size_t most, const std::filesystem::path& file) {
  const nlohmann::json& entry = entry_in(object, key, file);
  if (!entry.is_array() || entry.size() > most) refuse(file, key, "this is no list, or too long");
  return entry;
}

}  // namespace gcompress::compress
