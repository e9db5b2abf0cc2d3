// The stage "measure": compares the network with another one, changing neither.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

StageRow measure_stage();

}  // namespace gcompress::compress
