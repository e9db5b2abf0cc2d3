// Taking a pruned network into the state.
#pragma once

#include "gcompress/compress/stage.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

// With its layers and what there is to say.
void accept(prune::PruneResult result, const prune::Plan& plan, StageState& state,
            const RunContext& context);

}  // namespace gcompress::compress
