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

}  // namespace gcompress::measure
