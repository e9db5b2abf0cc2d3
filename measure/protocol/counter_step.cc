// Calibration of a counter's step.
#include "gcompress/measure/protocol/counter_step.h"

#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/intervals.h"

namespace gcompress::measure {

std::optional<CounterStep> calibrate_counter(const Probes& probes,
                                             const CalibrationOptions& options) {
  GCOMPRESS_CHECK(options.changes >= 2 && options.poll_seconds > 0);
  if (!probes.energy) return std::nullopt;
  std::optional<CounterReading> last = probes.energy();
  std::optional<double> last_change;  // the first change starts the watch
  std::vector<double> seconds;
  std::vector<double> joules;
  const double end = probes.clock() + options.seconds_at_most;
  while (seconds.size() + 1 < static_cast<std::size_t>(options.changes)) {
    if (!last || probes.clock() > end) return std::nullopt;
    probes.wait(options.poll_seconds);
    const std::optional<CounterReading> now = probes.energy();
    if (!now || now->joules < last->joules) return std::nullopt;
    if (now->joules == last->joules) continue;
    if (last_change) {
      seconds.push_back(now->seconds - *last_change);
      joules.push_back(now->joules - last->joules);
    }
    last_change = now->seconds;
    last = now;
  }
  return CounterStep{.seconds = quantile(seconds, 0.5).value,
                     .joules = quantile(joules, 0.5).value,
                     .changes = options.changes};
}

}  // namespace gcompress::measure
