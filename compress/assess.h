// The end of every run: what each network costs and how well it answers, before against after.
#pragma once

#include "gcompress/compress/measuring/measurements.h"
#include "gcompress/compress/stage.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

// Measures the networks of the state: before (if any), after, rivals. This is where the test labels
// are opened.
measure::Report assess(const StageState& state, const StageContext& context,
                       const MeasuringTools& tools);

}  // namespace gcompress::compress
