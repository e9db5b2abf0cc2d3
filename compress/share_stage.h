// The stage "share": weights that take one of a few values (quantize/share_weights.h).
#pragma once

#include <string>

#include "gcompress/compress/stage.h"
#include "gcompress/quantize/share_weights.h"

namespace gcompress::compress {

// Its row, without fine-tuning.
StageRow share_stage();

// Shares the values of the state's weights and notes what that did.
quantize::Shared share_once(const Settings& settings, StageState& state,
                            const StageContext& context);

}  // namespace gcompress::compress
