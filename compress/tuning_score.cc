// Scores on the tuning split.
#include "gcompress/compress/tuning_score.h"

#include "gcompress/core/execute/evaluate.h"

namespace gcompress::compress {

double tuning_score(const graph::Network& network, const StageState& state,
                    const StageContext& context) {
  return tuning_score(network, *state.before, state, context);
}

double tuning_score(const graph::Network& network, const graph::Network& dense,
                    const StageState& state, const StageContext& context) {
  const auto executor = context.make_executor(network);
  execute::EvaluateOptions options;
  options.work = "tuning split";
  if (state.task.kind == execute::TaskKind::kUnlabelled) {
    const auto reference = context.make_executor(dense);
    return -execute::compare_outputs(*executor, *reference, state.data->tune, options, context.run)
                .relative_distance;
  }
  const double value =
      execute::evaluate(*executor, state.data->tune, state.task, options, context.run).value;
  return execute::higher_is_better(state.task.kind) ? value : -value;
}

}  // namespace gcompress::compress
