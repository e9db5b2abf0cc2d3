// The stage "prune" where whole channels go, and removing what other patterns left dead.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/compress/pruning/methods.h"
#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"
#include "gcompress/prune/channels.h"

namespace gcompress::compress {

std::vector<OptionRow> channel_options();

bool prunes_channels(const Settings& settings);
// Throws Error(kUsage) for what does not go with whole channels.
void check_channel_options(const Settings& settings, const PruneMethod& method);
// Whether channels are removed physically: by default where whole channels are pruned.
bool shrinks(const Settings& settings);

// What one attempt needs: which channels can go, and how many of them.
struct ChannelJob {
  prune::Plan plan;
  prune::ChannelPlan channels;
};
ChannelJob channel_job(const Settings& settings, const StageState& state,
                       const prune::PruneOptions& options);

// The scores that widths are chosen by: the criterion's, or folded magnitudes where it works only
// while the network trains.
prune::ChannelCriterion channel_criterion(const graph::Network& network, const prune::Plan& plan,
                                          const prune::PruneOptions& options, bool training,
                                          prune::ScoreInputs evidence);

// The result with its note: how many channels of each group stay.
prune::PruneResult with_note(const ChannelJob& job, prune::ChannelResult result);

// Prunes channels in one shot.
prune::PruneResult prune_channels_once(const Settings& settings, const ChannelJob& job,
                                       const StageState& state, const prune::PruneOptions& options,
                                       prune::ScoreInputs evidence);

// Removes channels that an unstructured mask left dead, and says so.
void shrink_dead(const prune::Plan& plan, StageState& state, const RunContext& context);

}  // namespace gcompress::compress
