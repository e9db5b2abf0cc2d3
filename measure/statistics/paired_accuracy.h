// What per-sample results of two networks on the same samples say: a verdict under a margin,
// McNemar's p, counts by class, and which samples changed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/intervals.h"

namespace gcompress::measure {

enum class AccuracyVerdict { kEquivalent, kBetter, kWorse, kUndecided };
std::string name_of(AccuracyVerdict verdict);  // "equivalent", ...

// Reads a 95% interval of after - before (higher is better) under a margin > 0:
//   equivalent  wholly inside (-margin, margin): two one-sided tests, each at 2.5% (Schuirmann
//   1987) better      wholly above 0, and not equivalent worse       wholly below 0, and not
//   equivalent; perhaps by less than the margin undecided   everything else
AccuracyVerdict margin_verdict(const Interval& difference, double margin);

// Whether a loss of the margin or more is ruled out; true also where the verdict is undecided
// between equivalent and better.
bool not_worse(const Interval& difference, double margin);

// McNemar's exact two-sided p (McNemar 1947; binomial on the samples that changed): how surprising
// the changes would be if losses and gains were as likely. 1 where nothing changed. A large p never
// proves equality; margin_verdict is for that.
double mcnemar_p(const PairedCounts& counts);

// Counts of each class, 0 to classes - 1; samples with other labels belong to none.
std::vector<PairedCounts> count_pairs_by_class(std::span<const float> before,
                                               std::span<const float> after,
                                               std::span<const std::int64_t> labels,
                                               std::int64_t classes);

// Numbers of the samples that one network got right and the other wrong, ascending.
struct ChangedSamples {
  std::vector<std::int64_t> lost;  // right before, wrong after
  std::vector<std::int64_t> won;
};
ChangedSamples changed_samples(std::span<const float> before, std::span<const float> after);

}  // namespace gcompress::measure
