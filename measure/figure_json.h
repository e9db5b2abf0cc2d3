// A figure as every JSON of ours writes it: {"value", "unit", "interval", "provenance"}.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

// null where there is no value or no interval.
nlohmann::ordered_json to_json_value(const Figure& figure);

}  // namespace gcompress::measure
