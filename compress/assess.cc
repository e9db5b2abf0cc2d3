// Measuring the networks of a run.
#include "gcompress/compress/assess.h"

#include "gcompress/compress/eval_command.h"
#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/measuring/energy.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/execute/evaluate.h"
#include "gcompress/core/execute/life.h"
#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

struct Candidate {
  measure::Role role;
  std::string name;
  const graph::Network* network;
  const Rival* rival = nullptr;
};

std::vector<Candidate> candidates_of(const StageState& state) {
  std::vector<Candidate> candidates;
  if (state.before) candidates.push_back({measure::Role::kBefore, "before", &*state.before});
  candidates.push_back({measure::Role::kAfter, "after", &state.network});
  for (const Step& step : state.steps) {
    candidates.push_back({measure::Role::kStage, step.name, &step.network});
  }
  for (const Rival& rival : state.rivals) {
    candidates.push_back({measure::Role::kRival, rival.name, &rival.network, &rival});
  }
  return candidates;
}

graph::NetworkCost cost_of(const graph::Network& network, const StageState& state) {
  return graph::cost(network, graph::find_weights(network),
                     shapes_of_one_sample(network, state.data ? &state.data->test : nullptr));
}

measure::Sizes sizes_of(const graph::Network& network, const graph::NetworkCost& cost,
                        const StageState& state, const fs::path& scratch) {
  const fs::path file = scratch / "sizes.gcz";
  const auto packed = static_cast<std::int64_t>(packed::write(network, file).bytes);
  fs::remove(file);
  return {.parameters = cost.parameters,
          .parameters_nonzero = cost.nonzero_parameters,
          .parameters_outside = state.parameters_outside,
          .dense_bytes = cost.dense_bytes,
          .packed_bytes = packed,
          .flops = cost.flops,
          .flops_nonzero = cost.nonzero_flops};
}

// The file that the network before came from; others are made during the run.
void name_file(const graph::Network& network, measure::ModelReport& model) {
  std::error_code ignored;
  if (model.role != measure::Role::kBefore || !fs::is_regular_file(network.source, ignored)) return;
  model.path = network.source.string();
  model.sha256 = sha256_of_file(network.source);
}

void judge(execute::Executor& executor, execute::Executor* reference, const StageState& state,
           const StageContext& context, measure::ModelReport& model) {
  execute::EvaluateOptions options;
  options.work = "evaluate " + model.name;
  if (state.data->life_steps == 1) {
    model.neighbourhoods_right =
        execute::neighbourhoods_right(executor, state.task.outputs_are_probabilities);
  }
  if (state.task.kind != execute::TaskKind::kUnlabelled) {
    execute::Score score =
        execute::evaluate(executor, state.data->test, state.task, options, context.run);
    model.accuracy = measure::accuracy_of(score);
    model.per_sample = std::move(score.per_sample);
    model.answers = std::move(score.answers);
    model.labels = std::move(score.labels);
    model.detail = std::move(score.detail);
  } else if (reference != nullptr && reference != &executor) {
    execute::Agreement agreement =
        execute::compare_outputs(executor, *reference, state.data->test, options, context.run);
    model.agreement = agreement.same_answer;
    model.relative_distance = agreement.relative_distance;
    model.per_sample = std::move(agreement.per_sample);
  }
}

void run_networks(const std::vector<Candidate>& candidates,
                  const std::vector<graph::NetworkCost>& costs, const StageState& state,
                  const StageContext& context, const MeasuringTools& tools,
                  measure::Report& report) {
  std::vector<std::unique_ptr<execute::Executor>> executors;
  for (const Candidate& candidate : candidates) {
    const bool own = candidate.rival != nullptr && candidate.rival->make_executor;
    const auto& make = own ? candidate.rival->make_executor : context.make_executor;
    executors.push_back(make(*candidate.network));
  }
  execute::Executor* reference =
      candidates.front().role == measure::Role::kBefore ? executors.front().get() : nullptr;
  std::vector<Measured> networks;
  for (std::size_t i = 0; i < executors.size(); ++i) {
    judge(*executors[i], reference, state, context, report.models[i]);
    networks.push_back({.report = &report.models[i],
                        .network = candidates[i].network,
                        .executor = executors[i].get(),
                        .cost = &costs[i],
                        .executor_text = {}});
    if (candidates[i].rival != nullptr)
      networks.back().executor_text = candidates[i].rival->executor;
  }
  if (context.common.flag("latency") && state.data->test.size() > 0) {
    measure_networks(networks, state.data->test, context, tools, report);
  }
}

}  // namespace

measure::Report assess(const StageState& state, const StageContext& context,
                       const MeasuringTools& tools) {
  context.begin_part("measure");
  measure::Report report;
  report.seed = context.run.seed;
  report.host = measure::this_host();
  if (context.common.flag("energy")) {
    report.host.gpus = measure::record_gpus(context.common.text("nvml"));
  }
  report.layers = state.layers;
  report.notes = state.notes;
  const std::vector<Candidate> candidates = candidates_of(state);
  std::vector<graph::NetworkCost> costs;
  for (const Candidate& candidate : candidates) {
    costs.push_back(cost_of(*candidate.network, state));
    report.models.push_back(
        {.role = candidate.role,
         .name = candidate.name,
         .sizes = sizes_of(*candidate.network, costs.back(), state, tools.scratch)});
    name_file(*candidate.network, report.models.back());
  }
  if (state.data && context.make_executor) {
    run_networks(candidates, costs, state, context, tools, report);
  }
  if (const std::string& command = context.common.text("eval"); !command.empty()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      report.models[i].accuracy =
          run_eval_command(command, *candidates[i].network, tools.scratch, context.run);
    }
  }
  if (context.costs != nullptr) {
    context.costs->end();
    report.stages = state.earlier_stages;
    const std::vector<measure::StageCost>& own = context.costs->costs();
    report.stages.insert(report.stages.end(), own.begin(), own.end());
  }
  report.trials = state.trials;
  if (report.trials) measure::summarize(report.models, *report.trials);
  compare_networks(context.common, report);
  add_footprint(context.common, report);
  return report;
}

}  // namespace gcompress::compress
