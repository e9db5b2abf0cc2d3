// Walking the stages of a recipe, one after the other.
#pragma once

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// Runs every stage on the state. With `base.checkpoints` each stage has a folder there for its own
// checkpoints, and each that is finished leaves a record (record.h): with `base.resume` those are
// read in place of running the stage again. Stages may resolve their settings in `recipe`.
void walk(Recipe& recipe, const Tables& tables, StageState& state, const StageContext& base);

}  // namespace gcompress::compress
