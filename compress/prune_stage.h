// The stage "prune": to a target, one-shot, or with recovery where there is data.
#pragma once

#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

// The row for programs without training: prunes in one shot.
StageRow prune_stage();

// True if the stage trains: there is data and the method is not one-shot.
bool prune_recovers(const Settings& settings, const Settings& common);

prune::PruneOptions prune_options_of(const Settings& settings, std::uint64_t seed);

// Prunes in one shot, no data looked at.
void run_prune_one_shot(Settings& settings, StageState& state, const StageContext& context);

// Takes a pruned network into the state, with its layers and what there is to say.
void accept(prune::PruneResult result, const prune::Plan& plan, StageState& state,
            const RunContext& context);

}  // namespace gcompress::compress
