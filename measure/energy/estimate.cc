// Figures of estimates, and sums that keep measured and estimated apart.
#include "gcompress/measure/energy/estimate.h"

#include "gcompress/core/base/error.h"

namespace gcompress::measure {

Figure figure_of(const EnergyEstimate& estimate) {
  return {.value = (estimate.joules.low + estimate.joules.high) / 2,
          .unit = "J",
          .interval = estimate.joules,
          .provenance = Provenance::kEstimated};
}

Figure total_joules(std::span<const Figure> figures) {
  GCOMPRESS_CHECK(!figures.empty());
  Figure total{.value = 0, .unit = "J", .interval = Interval{}};
  total.provenance = figures.front().provenance;
  for (const Figure& figure : figures) {
    GCOMPRESS_CHECK(figure.provenance == total.provenance && figure.unit == "J");
    if (!figure.value) total.value.reset();
    if (!figure.interval) total.interval.reset();
    if (total.value) *total.value += *figure.value;
    if (!total.interval) continue;
    total.interval->low += figure.interval->low;
    total.interval->high += figure.interval->high;
  }
  return total;
}

}  // namespace gcompress::measure
