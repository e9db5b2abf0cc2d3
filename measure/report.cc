// Reports: from scores and stages to figures.
#include "gcompress/measure/report.h"

#include <algorithm>

#include "gcompress/measure/energy/estimate.h"
#include "gcompress/measure/intervals.h"

namespace gcompress::measure {

bool counts_right_answers(const Accuracy& accuracy) {
  return accuracy.metric != "mean_squared_error" && accuracy.metric != "eval";
}

std::string name_of(Role role) {
  switch (role) {
    case Role::kBefore:
      return "before";
    case Role::kAfter:
      return "after";
    case Role::kStage:
      return "stage";
    case Role::kRival:
      return "rival";
  }
  return "rival";
}

std::string label_of(const ModelReport& model) {
  const bool several = model.role == Role::kStage || model.role == Role::kRival;
  return several ? name_of(model.role) + ": " + model.name : name_of(model.role);
}

const ModelReport* Report::find(Role role) const {
  for (const ModelReport& model : models) {
    if (model.role == role) return &model;
  }
  return nullptr;
}

Accuracy accuracy_of(const execute::Score& score) {
  Accuracy accuracy;
  accuracy.metric = score.metric;
  accuracy.correct = score.correct;
  accuracy.total = score.total;
  accuracy.figure.value = score.value;
  if (counts_right_answers(accuracy)) {
    accuracy.figure.unit = "proportion";
    accuracy.figure.interval = proportion_interval(score.correct, score.total);
  } else {
    accuracy.figure.unit = score.metric;
  }
  if (score.top5 >= 0) accuracy.top5 = score.top5;
  if (score.cell_accuracy >= 0) accuracy.cell_accuracy = score.cell_accuracy;
  return accuracy;
}

void summarize_cold_starts(MemoryResult& memory) {
  if (memory.cold_starts.empty()) return;
  std::vector<double> sample = memory.cold_starts;
  const QuantileResult middle = quantile(sample, 0.5);
  memory.cold_start.value = middle.value;
  memory.cold_start.unit = "ms";
  memory.cold_start.interval = middle.interval;
}

Figure spent_on(const std::vector<StageCost>& stages) {
  std::vector<Figure> energies;
  for (const StageCost& stage : stages) {
    if (stage.name != "measure" && stage.name != "train") energies.push_back(stage.energy);
  }
  const bool alike = std::ranges::all_of(energies, [&](const Figure& energy) {
    return energy.provenance == energies.front().provenance;
  });
  if (energies.empty() || !alike) return {.value = std::nullopt, .unit = "J"};
  return total_joules(energies);
}

}  // namespace gcompress::measure
