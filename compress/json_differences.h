// Where two JSON texts differ, as a verification lists it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "gcompress/compress/verify.h"

namespace gcompress::compress {

// Adds a finding for each leaf of `claimed` and `found` that differs. Numbers may differ by 1e-9 of
// their size: sums are taken in the same order, so that only printing could round.
void add_differences(const nlohmann::ordered_json& claimed, const nlohmann::ordered_json& found,
                     const std::string& entry, std::vector<Finding>& findings);

}  // namespace gcompress::compress
