// Data for distilling where there is none: inputs that the teacher's batch norms would believe.
#pragma once

#include <vector>

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// Unlabelled parts: an eighth for tuning, nothing to test on.
data::DataParts generate_data(const graph::Network& teacher, const Settings& settings,
                              const RunContext& context);

}  // namespace gcompress::compress
