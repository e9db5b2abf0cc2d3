// Measuring the networks of a run.
#include "gcompress/compress/assess.h"

#include "gcompress/compress/eval_command.h"
#include "gcompress/compress/input_shapes.h"
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
};

std::vector<Candidate> candidates_of(const StageState& state) {
  std::vector<Candidate> candidates;
  if (state.before) candidates.push_back({measure::Role::kBefore, "before", &*state.before});
  candidates.push_back({measure::Role::kAfter, "after", &state.network});
  for (const Rival& rival : state.rivals) {
    candidates.push_back({measure::Role::kRival, rival.name, &rival.network});
  }
  return candidates;
}

measure::Sizes sizes_of(const graph::Network& network, const StageState& state,
                        const fs::path& scratch) {
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  const graph::NetworkCost cost = graph::cost(
      network, weights, shapes_of_one_sample(network, state.data ? &state.data->test : nullptr));
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
  } else if (reference != nullptr && reference != &executor) {
    execute::Agreement agreement =
        execute::compare_outputs(executor, *reference, state.data->test, options, context.run);
    model.agreement = agreement.same_answer;
    model.relative_distance = agreement.relative_distance;
    model.per_sample = std::move(agreement.per_sample);
  }
}

execute::Values latency_inputs(const StageState& state, const execute::Executor& executor) {
  const std::vector<std::int64_t> first = {0};
  execute::Values inputs;
  for (auto& [name, tensor] : state.data->test.batch(first).inputs) {
    inputs[name.empty() ? executor.inputs().front().name : name] = tensor;
  }
  return inputs;
}

void time_all(const std::vector<std::unique_ptr<execute::Executor>>& executors,
              const StageState& state, const StageContext& context, measure::Report& report) {
  std::vector<execute::Executor*> pointers;
  for (const auto& executor : executors) pointers.push_back(executor.get());
  const auto results = measure::measure_latency(pointers, latency_inputs(state, *pointers.front()),
                                                1, {}, context.run);
  for (std::size_t i = 0; i < results.size(); ++i) report.models[i].latency = {results[i]};
}

void run_networks(const std::vector<Candidate>& candidates, const StageState& state,
                  const StageContext& context, measure::Report& report) {
  std::vector<std::unique_ptr<execute::Executor>> executors;
  for (const Candidate& candidate : candidates) {
    executors.push_back(context.make_executor(*candidate.network));
  }
  execute::Executor* reference =
      candidates.front().role == measure::Role::kBefore ? executors.front().get() : nullptr;
  for (std::size_t i = 0; i < executors.size(); ++i) {
    judge(*executors[i], reference, state, context, report.models[i]);
  }
  if (context.common.flag("latency") && state.data->test.size() > 0) {
    time_all(executors, state, context, report);
    const std::string remark = executors.front()->runtime().remark;
    if (!remark.empty()) report.notes.push_back(remark);
  }
}

}  // namespace

measure::Report assess(const StageState& state, const StageContext& context,
                       const fs::path& scratch) {
  measure::Report report;
  report.seed = context.run.seed;
  report.host = measure::this_host();
  report.layers = state.layers;
  report.notes = state.notes;
  const std::vector<Candidate> candidates = candidates_of(state);
  for (const Candidate& candidate : candidates) {
    report.models.push_back({.role = candidate.role,
                             .name = candidate.name,
                             .sizes = sizes_of(*candidate.network, state, scratch)});
  }
  if (state.data && context.make_executor) run_networks(candidates, state, context, report);
  if (const std::string& command = context.common.text("eval"); !command.empty()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      report.models[i].accuracy =
          run_eval_command(command, *candidates[i].network, scratch, context.run);
    }
  }
  const measure::ModelReport* before = report.find(measure::Role::kBefore);
  const measure::ModelReport* after = report.find(measure::Role::kAfter);
  if (before != nullptr && after != nullptr) {
    constexpr double kDefaultDrop = 0.01;
    const double max_drop = context.common.number("max-drop");
    report.comparison = measure::compare(*before, *after, max_drop >= 0 ? max_drop : kDefaultDrop);
  }
  return report;
}

}  // namespace gcompress::compress
