// What gcompress footprint found out, and its two ways of saying it.
#pragma once

#include <string>

#include "gcompress/measure/carbon/campaign.h"
#include "gcompress/measure/carbon/constants.h"

namespace gcompress::tools {

struct FootprintFindings {
  std::string source;  // "hardware", "kwh", "report"
  measure::Campaign campaign;
  measure::Figure saving;  // joules an inference; no value: break-even was not asked for
  measure::FootprintOptions options;
  std::string pue_name;  // its row in the constants; empty: a number that was given
  bool pounds = false;   // in the text; the JSON has them always
  measure::FootprintConstants constants;
};

std::string footprint_text(const FootprintFindings& findings);
std::string footprint_json(const FootprintFindings& findings);

// All constants there are.
std::string constants_text(const measure::FootprintConstants& constants);
std::string constants_json(const measure::FootprintConstants& constants);

// Those that turn energy into the figures above, each with its name: "grid DE".
struct NamedConstant {
  std::string name;
  measure::Constant constant;
};
std::vector<NamedConstant> constants_used(const FootprintFindings& findings);
std::vector<NamedConstant> all_constants(const measure::FootprintConstants& constants);

}  // namespace gcompress::tools
