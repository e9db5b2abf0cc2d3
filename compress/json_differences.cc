// Comparing JSON.
#include "gcompress/compress/json_differences.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace gcompress::compress {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostFindings = 100;

std::string shown(const Json* json) {
  if (json == nullptr) return "nothing";
  constexpr std::size_t kLongest = 120;
  std::string text = json->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

bool same_number(const Json& a, const Json& b) {
  if (a.is_number_integer() && b.is_number_integer()) return a == b;
  const auto x = a.get<double>();
  const auto y = b.get<double>();
  return std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y));
}

bool same_leaf(const Json& a, const Json& b) {
  return a.is_number() && b.is_number() ? same_number(a, b) : a == b;
}

const Json* member(const Json& json, const std::string& key) {
  const auto at = json.find(key);
  return at == json.end() ? nullptr : &*at;
}

void add(const Json* claimed, const Json* found, const std::string& entry,
         std::vector<Finding>& findings) {
  if (findings.size() >= kMostFindings) return;
  if (claimed != nullptr && found != nullptr)
    return add_differences(*claimed, *found, entry, findings);
  findings.push_back({entry, shown(claimed), shown(found)});
}

}  // namespace

void add_differences(const Json& claimed, const Json& found, const std::string& entry,
                     std::vector<Finding>& findings) {
  if (claimed.is_object() && found.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : claimed.items()) keys.insert(key);
    for (const auto& [key, value] : found.items()) keys.insert(key);
    for (const std::string& key : keys) {
      std::string name = entry;
      name.append("/").append(key);
      add(member(claimed, key), member(found, key), name, findings);
    }
  } else if (claimed.is_array() && found.is_array()) {
    for (std::size_t i = 0; i < std::max(claimed.size(), found.size()); ++i) {
      add(i < claimed.size() ? &claimed[i] : nullptr, i < found.size() ? &found[i] : nullptr,
          entry + "/" + std::to_string(i), findings);
    }
  } else if (!same_leaf(claimed, found) && findings.size() < kMostFindings) {
    findings.push_back({entry, shown(&claimed), shown(&found)});
  }
}

}  // namespace gcompress::compress
