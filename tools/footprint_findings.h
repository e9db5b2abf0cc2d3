// What gcompress footprint found out, and its two ways of saying it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/carbon/campaign.h"
#include "gcompress/measure/carbon/constants.h"
#include "gcompress/measure/energy/power_model.h"
#include "gcompress/measure/energy/sensor.h"
#include "gcompress/measure/energy/tracker.h"
#include "gcompress/measure/machine.h"

namespace gcompress::tools {

// A command or a process that was followed.
struct TrackFinding {
  std::vector<std::string> command;  // empty: a process
  int process = 0;
  std::optional<int> exit_code;  // of a command
  bool interrupted = false;      // the process went on; following it was ended
  measure::Machine machine;
  measure::ProcessorPower power;
  measure::SensorSearch search;
  measure::Tracked tracked;
};

struct FootprintFindings {
  std::string source;  // "hardware", "kwh", "report", "command", "process"
  measure::Campaign campaign;
  measure::Figure saving;  // joules an inference; no value: break-even was not asked for
  measure::FootprintOptions options;
  std::string pue_name;  // its row in the constants; empty: a number that was given
  bool pounds = false;   // in the text; the JSON has them always
  measure::FootprintConstants constants;
  std::optional<TrackFinding> track;
};

std::string footprint_text(const FootprintFindings& findings);
std::string footprint_json(const FootprintFindings& findings);

// The sensors' part of the text.
std::string track_text(const TrackFinding& track);
// Throws Error(kUsage) unless a JSON of ours can be written there: nothing is there yet, or such a
// JSON, in a folder that exists.
void check_footprint_out(const std::filesystem::path& file);

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
