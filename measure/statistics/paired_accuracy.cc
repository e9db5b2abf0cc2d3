// Verdicts and counts on paired results.
#include "gcompress/measure/statistics/paired_accuracy.h"

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/statistics/distributions.h"

namespace gcompress::measure {
namespace {

bool is_right(float result) { return result > 0.5F; }

}  // namespace

std::string name_of(AccuracyVerdict verdict) {
  switch (verdict) {
    case AccuracyVerdict::kEquivalent:
      return "equivalent";
    case AccuracyVerdict::kBetter:
      return "better";
    case AccuracyVerdict::kWorse:
      return "worse";
    case AccuracyVerdict::kUndecided:
      return "undecided";
  }
  return "undecided";
}

AccuracyVerdict margin_verdict(const Interval& difference, double margin) {
  GCOMPRESS_CHECK(margin > 0 && difference.low <= difference.high);
  if (difference.low > -margin && difference.high < margin) return AccuracyVerdict::kEquivalent;
  if (difference.low > 0) return AccuracyVerdict::kBetter;
  if (difference.high < 0) return AccuracyVerdict::kWorse;
  return AccuracyVerdict::kUndecided;
}

bool not_worse(const Interval& difference, double margin) { return difference.low > -margin; }

double mcnemar_p(const PairedCounts& counts) {
  const std::int64_t changed = counts.only_before + counts.only_after;
  const std::int64_t fewer = std::min(counts.only_before, counts.only_after);
  return std::min(1.0, 2 * binomial_at_most(fewer, changed, 0.5));
}

std::vector<PairedCounts> count_pairs_by_class(std::span<const float> before,
                                               std::span<const float> after,
                                               std::span<const std::int64_t> labels,
                                               std::int64_t classes) {
  GCOMPRESS_CHECK(before.size() == after.size() && before.size() == labels.size() && classes >= 0);
  std::vector<PairedCounts> counts(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes) continue;
    PairedCounts& of_class = counts[static_cast<std::size_t>(labels[i])];
    const PairedCounts one = count_pairs(before.subspan(i, 1), after.subspan(i, 1));
    of_class.both_right += one.both_right;
    of_class.only_before += one.only_before;
    of_class.only_after += one.only_after;
    of_class.both_wrong += one.both_wrong;
  }
  return counts;
}

ChangedSamples changed_samples(std::span<const float> before, std::span<const float> after) {
  GCOMPRESS_CHECK(before.size() == after.size());
  ChangedSamples changed;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (is_right(before[i]) == is_right(after[i])) continue;
    (is_right(before[i]) ? changed.lost : changed.won).push_back(static_cast<std::int64_t>(i));
  }
  return changed;
}

}  // namespace gcompress::measure
