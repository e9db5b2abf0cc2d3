// Energy that nobody measured: a range with the assumptions it stands on. Its figures are marked as
// estimated and never sum with measured ones.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/figure.h"

namespace gcompress::measure {

struct EnergyEstimate {
  Interval joules;  // lowest and highest under the assumptions; not a confidence interval
  std::vector<std::string> assumptions = {};  // sentences
};

// The middle of the range as value, the range as interval, provenance "estimated".
Figure figure_of(const EnergyEstimate& estimate);

// The sum of figures in joules, intervals by their ends; nullopt where a value or interval is
// missing in some. Figures of different provenance do not sum: that is a bug of the caller.
Figure total_joules(std::span<const Figure> figures);

}  // namespace gcompress::measure
