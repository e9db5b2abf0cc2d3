// Comparing.
#include "gcompress/measure/comparison.h"

#include <algorithm>
#include <set>

#include "gcompress/measure/report.h"

namespace gcompress::measure {
namespace {

void compare_rights(const ModelReport& before, const ModelReport& after, Comparison& result) {
  const PairedCounts counts = count_pairs(before.per_sample, after.per_sample);
  result.changed = counts;
  result.accuracy_difference.unit = "proportion";
  result.accuracy_difference.value = *after.accuracy->figure.value - *before.accuracy->figure.value;
  result.accuracy_difference.interval = paired_difference_interval(counts);
  result.accuracy_verdict = margin_verdict(*result.accuracy_difference.interval, result.margin);
  result.mcnemar_p = mcnemar_p(counts);
  if (before.labels.size() != before.per_sample.size()) return;
  const std::set<std::int64_t> labels(before.labels.begin(), before.labels.end());
  constexpr std::int64_t kMostClasses = 10000;
  if (labels.empty() || *labels.begin() < 0 || *labels.rbegin() >= kMostClasses) return;
  const std::vector<PairedCounts> classes = count_pairs_by_class(
      before.per_sample, after.per_sample, before.labels, *labels.rbegin() + 1);
  for (const std::int64_t label : labels) {
    result.per_class.push_back({label, classes[static_cast<std::size_t>(label)]});
  }
}

void compare_accuracy(const ModelReport& before, const ModelReport& after, Comparison& result) {
  if (!before.accuracy || !after.accuracy) return;
  if (before.per_sample.size() != after.per_sample.size()) return;
  if (before.per_sample.empty()) {
    result.accuracy_difference.unit = before.accuracy->metric;
    result.accuracy_difference.value =
        *after.accuracy->figure.value - *before.accuracy->figure.value;
  } else if (counts_right_answers(*before.accuracy)) {
    compare_rights(before, after, result);
  } else {
    const MeanDifference difference = mean_difference(before.per_sample, after.per_sample);
    result.accuracy_difference.unit = before.accuracy->metric;
    result.accuracy_difference.value = difference.mean;
    result.accuracy_difference.interval = difference.interval;
  }
}

Figure no_ratio() { return {.value = std::nullopt, .unit = "after / before"}; }

}  // namespace

Comparison compare(const ModelReport& before, const ModelReport& after, double margin,
                   const Experiment* experiment) {
  Comparison result;
  result.margin = margin;
  compare_accuracy(before, after, result);
  result.latency_ratio = before.latency.empty() || after.latency.empty()
                             ? no_ratio()
                             : latency_ratio(before.latency[0], after.latency[0]);
  result.energy_ratio = no_ratio();
  result.marginal_energy_ratio = no_ratio();
  if (experiment == nullptr) return result;
  const ProtocolResult& paired = experiment->result;
  if (paired.seconds.ratio) result.latency_ratio = ratio_figure(paired.seconds);
  if (paired.joules) result.energy_ratio = ratio_figure(*paired.joules);
  if (paired.marginal_joules) result.marginal_energy_ratio = ratio_figure(*paired.marginal_joules);
  if (!paired.joules && paired.seconds.ratio) {
    // Under equal power the energies are as the times.
    result.energy_ratio = ratio_figure(paired.seconds);
    result.energy_ratio.provenance = Provenance::kEstimated;
  }
  return result;
}

std::optional<PaidBack> paid_back(const Figure& spent, const ModelReport& before,
                                  const Comparison& comparison) {
  if (!spent.value || !before.energy || !before.energy->per_inference.value) return std::nullopt;
  const Figure& each = before.energy->per_inference;
  const Figure& ratio = comparison.energy_ratio;
  if (!ratio.value || !ratio.interval) return std::nullopt;
  if (each.provenance != spent.provenance || each.provenance != ratio.provenance) {
    return std::nullopt;
  }
  // A gain of the board, or the assumed power, stands in `spent` and in the saving alike and
  // cancels; what stays uncertain is the ratio.
  const Joules saving = saving_of(known_joules(*each.value), *ratio.value, *ratio.interval);
  const BreakEven even = break_even(known_joules(*spent.value), saving);
  return PaidBack{.spent = spent,
                  .saving = {.value = saving.value,
                             .unit = "J",
                             .interval = saving.interval,
                             .provenance = each.provenance},
                  .inferences = {.value = even.inferences,
                                 .unit = "inferences",
                                 .interval = even.interval,
                                 .provenance = each.provenance},
                  .sentence = even.sentence};
}

}  // namespace gcompress::measure
