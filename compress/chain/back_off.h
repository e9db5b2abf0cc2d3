// Reaching the goal --max-drop: where the network misses it, a stage backs off and the chain is
// walked again.
#pragma once

#include <vector>

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// The common options "back-off" and "back-off-minutes".
std::vector<OptionRow> back_off_options();

// Throws Error(kUsage) where the options make no sense together.
void check_back_off(const Recipe& recipe, const Tables& tables);

// Walks the recipe. With --back-off N and a network that loses more than --max-drop on the tuning
// split, the first stage that can back off (StageRow::back_off) gets another value, found by
// bisection in the logarithm between what was asked for and 1, and the whole is walked again, N
// times at most and as long as --back-off-minutes last. The smallest network that holds is kept, or
// the most accurate where none does; the recipe gets its value and the notes say what was tried.
// What failed trials took stays counted.
void walk_to_goal(Recipe& recipe, const Tables& tables, StageState& state,
                  const StageContext& base);

}  // namespace gcompress::compress
