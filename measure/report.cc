// Reports: from scores to figures, differences and the verdict.
#include "gcompress/measure/report.h"

#include <fmt/format.h>

#include <cmath>

namespace gcompress::measure {
namespace {

// True for metrics that are a share of right answers; others are errors or a user's own score.
bool counts_right_answers(const Accuracy& accuracy) {
  return accuracy.metric != "mean_squared_error" && accuracy.metric != "eval";
}

// "10.0% of the parameters, 12.3% of the bytes"
std::string size_clause(const ModelReport& before, const ModelReport& after) {
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  };
  const std::int64_t outside = before.sizes.parameters_outside;
  std::string clause = fmt::format(
      "{:.1f}% of the parameters",
      share(after.sizes.parameters_nonzero - outside, before.sizes.parameters - outside));
  if (after.sizes.packed_bytes) {
    clause += fmt::format(" in {:.1f}% of the bytes",
                          share(*after.sizes.packed_bytes, before.sizes.dense_bytes));
  }
  return clause;
}

std::string accuracy_clause(const Comparison& comparison, double max_drop) {
  const double points = 100 * *comparison.accuracy_difference.value;
  const Interval& interval = *comparison.accuracy_difference.interval;
  const std::string range = fmt::format("{:+.2f} points [{:+.2f}, {:+.2f}]", points,
                                        100 * interval.low, 100 * interval.high);
  if (interval.low > 0) return "is more accurate: " + range;
  if (interval.low >= -max_drop) {
    return fmt::format("is as accurate within {:.4g} points: {}", 100 * max_drop, range);
  }
  if (interval.high < -max_drop) return "is less accurate: " + range;
  return fmt::format("may lose more than {:.4g} points, undecided on so few samples: {}",
                     100 * max_drop, range);
}

std::string verdict_of(const ModelReport& before, const ModelReport& after,
                       const Comparison& comparison, double max_drop) {
  const std::string network = "The network with " + size_clause(before, after) + " ";
  const bool points = before.accuracy && counts_right_answers(*before.accuracy);
  if (comparison.accuracy_difference.value && points) {
    return network + accuracy_clause(comparison, max_drop) + ".";
  }
  if (comparison.accuracy_difference.value) {
    return network + fmt::format("changes the {} by {:+.4g}.", before.accuracy->metric,
                                 *comparison.accuracy_difference.value);
  }
  if (after.agreement) {
    return network + fmt::format("gives the answer of the dense one on {:.1f}% of the samples.",
                                 100 * *after.agreement);
  }
  return network +
         "has unknown accuracy: no data was given. At a tenth without recovery it is likely poor.";
}

void compare_accuracy(const ModelReport& before, const ModelReport& after, Comparison& result) {
  if (!before.accuracy || !after.accuracy) return;
  if (before.per_sample.size() != after.per_sample.size()) return;
  if (before.per_sample.empty()) {
    result.accuracy_difference.unit = before.accuracy->metric;
    result.accuracy_difference.value =
        *after.accuracy->figure.value - *before.accuracy->figure.value;
  } else if (counts_right_answers(*before.accuracy)) {
    const PairedCounts counts = count_pairs(before.per_sample, after.per_sample);
    result.changed = counts;
    result.accuracy_difference.unit = "proportion";
    result.accuracy_difference.value =
        *after.accuracy->figure.value - *before.accuracy->figure.value;
    result.accuracy_difference.interval = paired_difference_interval(counts);
  } else {
    const MeanDifference difference = mean_difference(before.per_sample, after.per_sample);
    result.accuracy_difference.unit = before.accuracy->metric;
    result.accuracy_difference.value = difference.mean;
    result.accuracy_difference.interval = difference.interval;
  }
}

}  // namespace

std::string name_of(Role role) {
  switch (role) {
    case Role::kBefore:
      return "before";
    case Role::kAfter:
      return "after";
    case Role::kRival:
      return "rival";
  }
  return "rival";
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

Comparison compare(const ModelReport& before, const ModelReport& after, double max_drop) {
  Comparison result;
  compare_accuracy(before, after, result);
  result.latency_ratio.unit = "after / before";
  if (!before.latency.empty() && !after.latency.empty() && before.latency[0].median.value &&
      after.latency[0].median.value && *before.latency[0].median.value > 0) {
    result.latency_ratio.value = *after.latency[0].median.value / *before.latency[0].median.value;
  }
  result.verdict = verdict_of(before, after, result, max_drop);
  return result;
}

}  // namespace gcompress::measure
