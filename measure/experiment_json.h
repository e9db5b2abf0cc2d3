// Experiments in JSON, written and read: the raw windows that every figure of energy and paired
// time can be computed from again.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "gcompress/measure/model_energy.h"

namespace gcompress::measure {

// As report.json has it: the summary, the ratio of each block, and all windows.
nlohmann::ordered_json to_json_value(const Experiment& experiment);

// The evidence of an experiment as a file of its own, with the rule and the seed that its summary
// needs. Numbers are written so that they are read back bit for bit.
std::string evidence_to_json(const Experiment& experiment);
// Throws Error(kInput) naming `file` and the entry: not JSON, another schema, something missing.
// The result's summary is computed anew.
Experiment evidence_from_json(std::string_view json, const std::string& file);

}  // namespace gcompress::measure
