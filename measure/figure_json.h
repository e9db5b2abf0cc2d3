// A figure as every JSON of ours writes it: {"value", "unit", "interval", "provenance"}.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

// null where there is no value or no interval.
nlohmann::ordered_json to_json_value(const Figure& figure);

// Null where there is nothing. For .cc files that include nlohmann/json.hpp.
template <typename T, typename Json = nlohmann::ordered_json>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
nlohmann::ordered_json text_or_null(const std::string& text);

}  // namespace gcompress::measure
