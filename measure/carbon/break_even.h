// After how many inferences the saving has paid for the compression.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

// A number of joules with its 95% interval; an interval of no width where it is taken as known.
struct Joules {
  double value = 0;
  Interval interval;
};
Joules known_joules(double value);

// Joules that one inference saves, before x (1 - after / before), from the paired ratio: the
// interval holds every product of a value in `before`'s and one in the ratio's, so it covers at
// least 90% (Bonferroni), and 95% where the joules before are taken as known.
Joules saving_of(const Joules& before, double ratio, const Interval& ratio_interval);

enum class BreakEvenVerdict {
  kAfter,       // at `inferences`
  kNeverShown,  // the saving's interval includes 0: no saving was shown
  kNever,       // an inference costs more than before
};

struct BreakEven {
  BreakEvenVerdict verdict = BreakEvenVerdict::kNeverShown;
  std::optional<double> inferences;  // N* = spent / saving
  std::optional<Interval> interval;
  std::string sentence;  // "after 592.57 million inferences [..., ...]", "never shown: ..."
};

// spent: all of the compression, E_prune + E_distil + E_tune + E_trials, failed trials included,
// and not negative. Energies of one kind (total or marginal, measured or estimated) on both sides.
BreakEven break_even(const Joules& spent, const Joules& saving);

}  // namespace gcompress::measure
