// The row of the stage "distill": its options. What it does lies in compress/training.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// `run` is null where the program cannot train.
StageRow distill_stage(void (*run)(Settings&, StageState&, const StageContext&));

// --features: STUDENT=TEACHER. Throws Error(kUsage).
std::vector<std::pair<std::string, std::string>> parse_features(
    const std::vector<std::string>& texts);

}  // namespace gcompress::compress
