// Calibrating the step of a sensor.
#include "gcompress/measure/energy/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gcompress/measure/intervals.h"

namespace gcompress::measure {
SensorStep calibrate_step(const Sensor& sensor, const Clock& clock, const StepOptions& options) {
  SensorStep step;
  std::vector<double> seconds;
  std::vector<double> sizes;
  std::optional<double> value;       // the last one seen
  std::optional<double> changed_at;  // when it became that
  const auto wanted = static_cast<std::size_t>(std::max(options.changes, 1));
  const double start = clock.now();
  while (seconds.size() < wanted && step.waited_seconds < options.seconds_at_most) {
    const Reading reading = sensor.read();
    if (!reading.value) {
      step.why_not = reading.why_not;
    } else if (value && *reading.value != *value) {
      if (changed_at) {
        seconds.push_back(reading.seconds - *changed_at);
        sizes.push_back(std::abs(*reading.value - *value));
      }
      changed_at = reading.seconds;
    }
    if (reading.value) value = reading.value;
    clock.sleep(options.pause_seconds);
    step.waited_seconds = clock.now() - start;
  }
  step.changes = static_cast<int>(seconds.size());
  if (seconds.size() < wanted) {
    step.why_not =
        fmt::format("{} of {} steps in {:.3g} s{}", seconds.size(), wanted, step.waited_seconds,
                    step.why_not.empty() ? "" : " (" + step.why_not + ")");
    return step;
  }
  step.why_not.clear();
  step.seconds = quantile(seconds, 0.5).value;
  step.size = quantile(sizes, 0.5).value;
  return step;
}

}  // namespace gcompress::measure
