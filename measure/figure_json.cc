// A figure in JSON.
#include "gcompress/measure/figure_json.h"

#include <nlohmann/json.hpp>

namespace gcompress::measure {

nlohmann::ordered_json to_json_value(const Figure& figure) {
  using Json = nlohmann::ordered_json;
  Json interval = nullptr;
  if (figure.interval) interval = Json::array({figure.interval->low, figure.interval->high});
  return {{"value", figure.value ? Json(*figure.value) : Json(nullptr)},
          {"unit", figure.unit},
          {"interval", interval},
          {"provenance", name_of(figure.provenance)}};
}

nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

}  // namespace gcompress::measure
