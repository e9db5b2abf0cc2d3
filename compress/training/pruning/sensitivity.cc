// Measuring sensitivities layer by layer.
#include "gcompress/compress/training/pruning/sensitivity.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "gcompress/compress/pruning/sensitivity_file.h"
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/execute/evaluate.h"
#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/prune/search.h"

namespace gcompress::compress {
namespace {

constexpr std::array<double, 6> kDensities = {0.5, 0.3, 0.2, 0.1, 0.05, 0.02};
constexpr std::int64_t kMostSamples = 512;

data::Dataset first_samples(data::Dataset data) {
  if (data.size() > kMostSamples) data.indices.resize(static_cast<std::size_t>(kMostSamples));
  return data;
}

std::string identity_of(const PruneAttempt& attempt, const data::Dataset& samples) {
  std::uint64_t weights = 0;
  for (const std::size_t i : attempt.plan.pruned) {
    const graph::Weight& weight = attempt.plan.weights[i];
    weights = hash64(as_text(weight.value.bytes()), weights);
  }
  return "weights " + std::to_string(weights) + ", criterion " + attempt.options.criterion +
         ", pattern " + graph::to_string(attempt.options.pattern) + ", " +
         std::to_string(samples.size()) + " samples of " + samples.name + ", seed " +
         std::to_string(attempt.options.seed);
}

class Study {
 public:
  explicit Study(const PruneAttempt& attempt, const data::Dataset& samples)
      : attempt_(attempt),
        samples_(samples),
        dense_(attempt.context.make_executor(attempt.state.network)),
        evidence_(gather_evidence(attempt, attempt.state.network)) {
    evidence_.output_factors =
        graph::batch_norm_factors(attempt.state.network, attempt.plan.weights);
    evidence_.seed = attempt.options.seed;
    quiet_ = attempt.run();
    quiet_.on_progress = nullptr;
  }

  prune::SensitivityCurve curve(const graph::Weight& weight) {
    prune::AllocateInputs inputs;
    inputs.weights = {&weight};
    const prune::CriterionRow& criterion = prune::criterion(attempt_.options.criterion);
    inputs.score = criterion.make(evidence_);
    inputs.scores_add_up = criterion.scores_add_up;
    prune::PruneOptions options = attempt_.options;
    options.allocation = "global";  // of one layer
    const prune::PreparedAllocation prepared = prune::prepare(std::move(inputs), options, 0);
    prune::SensitivityCurve curve;
    for (const double density : kDensities) {
      if (density > graph::largest_density(options.pattern)) continue;
      const auto keep = static_cast<std::int64_t>(density * static_cast<double>(weight.size()));
      if (keep < 1) break;
      curve.push_back({density, loss(prepared.allocate(keep).masks)});
    }
    return curve;
  }

 private:
  double loss(const graph::Masks& masks) {
    const auto executor =
        attempt_.context.make_executor(graph::apply_masks(attempt_.state.network, masks));
    const double distance =
        execute::compare_outputs(*executor, *dense_, samples_, {}, quiet_).relative_distance;
    return distance * distance;
  }

  const PruneAttempt& attempt_;
  const data::Dataset& samples_;
  std::unique_ptr<execute::Executor> dense_;
  prune::ScoreInputs evidence_;
  RunContext quiet_;
};

}  // namespace

std::map<graph::WeightId, prune::SensitivityCurve> measure_sensitivity(
    const PruneAttempt& attempt) {
  const data::DataParts& parts = *attempt.state.data;
  const data::Dataset samples = first_samples(parts.tune.size() > 0 ? parts.tune : parts.train);
  SensitivityStudy result{.identity = identity_of(attempt, samples), .curves = {}};
  const std::string& file = attempt.settings.text("sensitivity");
  if (!file.empty() && std::filesystem::exists(file)) {
    return read_sensitivity(file, result.identity).curves;
  }
  Study study(attempt, samples);
  const auto layers = static_cast<std::int64_t>(attempt.plan.pruned.size());
  for (std::int64_t i = 0; i < layers; ++i) {
    attempt.context.run.check_cancelled();
    attempt.context.run.report({"sensitivity: layer", i, layers, {}});
    const std::size_t index = attempt.plan.pruned[static_cast<std::size_t>(i)];
    const graph::Weight& weight = attempt.plan.weights[index];
    result.curves[weight.id] = study.curve(weight);
  }
  if (!file.empty()) write_sensitivity(file, result);
  return result.curves;
}

}  // namespace gcompress::compress
