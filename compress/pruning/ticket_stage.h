// The stage "ticket": the lottery ticket hypothesis, tested (Frankle & Carbin 2019).
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// The row; `run` is null in programs without training.
StageRow ticket_stage(void (*run)(Settings&, StageState&, const StageContext&));

}  // namespace gcompress::compress
