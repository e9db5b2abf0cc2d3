// gcompress footprint --track and --track-pid: a training of any framework under the sensors.
#pragma once

#include <string>
#include <vector>

#include "gcompress/tools/footprint_findings.h"
#include "gcompress/tools/sensor_options.h"

namespace gcompress::tools {

// Runs the command and returns when it has ended. Its exit code is in the finding.
TrackFinding track_command(const std::vector<std::string>& command, const SensorArguments& given);
// Until the process ends, or Ctrl-C ends the following. Throws Error(kUsage) if there is none.
TrackFinding track_process(int process, const SensorArguments& given);

// Its energy as lines.
measure::Campaign campaign_of(const TrackFinding& finding);

}  // namespace gcompress::tools
