// The row of the stage "train": its options. What it does lies in compress/training.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// `run` is null where the program cannot train.
StageRow train_stage(void (*run)(Settings&, StageState&, const StageContext&));

}  // namespace gcompress::compress
