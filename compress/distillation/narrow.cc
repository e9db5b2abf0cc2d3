// A student made of a trained network.
#include "gcompress/compress/distillation/narrow.h"

#include "gcompress/compress/pruning/accept.h"
#include "gcompress/compress/pruning/channels.h"
#include "gcompress/compress/pruning/options.h"

namespace gcompress::compress {

void narrow(double width, StageState& state, const RunContext& context) {
  const std::vector<OptionRow> rows = prune_options();
  Settings settings(rows);
  settings.set(rows, "pattern", "channel");
  settings.set(rows, "method", "one-shot");
  settings.resolve("target", width * width);
  const prune::PruneOptions options = prune_options_of(settings, context.seed);
  const ChannelJob job = channel_job(settings, state, options);
  accept(prune_channels_once(settings, job, state, options, {}), job.plan, state, context);
}

}  // namespace gcompress::compress
