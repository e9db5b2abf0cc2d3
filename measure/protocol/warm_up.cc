// Warming up.
#include "gcompress/measure/protocol/warm_up.h"

#include <cmath>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

// Watts, or inferences a second where no counter tells.
double rate_of(const Window& window) {
  return window.joules ? *window.joules / window.seconds
                       : static_cast<double>(window.inferences) / window.seconds;
}

bool alike(const Window& earlier, const Window& later, const WarmUpOptions& options) {
  if (!earlier.rejected.empty() || !later.rejected.empty()) return false;
  if (earlier.joules.has_value() != later.joules.has_value()) return false;
  const double apart = later.begin + later.seconds / 2 - earlier.begin - earlier.seconds / 2;
  const double slope = std::abs(rate_of(later) / rate_of(earlier) - 1) * 10 / apart;
  const bool warmer =
      earlier.temperature && later.temperature &&
      std::abs(*later.temperature - *earlier.temperature) >= options.temperature_change;
  return slope < options.slope_per_10_seconds && !warmer;
}

}  // namespace

std::int64_t run_for(const Probes& probes, const Workload& workload, double seconds) {
  // Portions of a fiftieth or so: the clock is looked at rarely, the end is not missed by much.
  const double portion_seconds = seconds / 50;
  const double begin = probes.clock();
  std::int64_t done = 0;
  std::int64_t portion = 1;
  for (double now = begin; now - begin < seconds;) {
    workload(portion);
    done += portion;
    const double after = probes.clock();
    if (after - now < portion_seconds) portion *= 2;
    now = after;
  }
  return done;
}

WarmUp warm_up(const Probes& probes, const Workload& workload, Side side, double slice_seconds,
               const WarmUpOptions& options, const RunContext& context) {
  GCOMPRESS_CHECK(slice_seconds > 0);
  WarmUp result;
  const WindowLimits limits = {.wants_energy = static_cast<bool>(probes.energy)};
  const double begin = probes.clock();
  const auto elapsed = [&] { return probes.clock() - begin; };
  do {
    context.check_cancelled();
    std::int64_t done = 0;
    Window window = measure_window({.kind = WindowKind::kWarmUp, .side = side}, probes, limits,
                                   [&] { done = run_for(probes, workload, slice_seconds); });
    window.inferences = done;
    result.steady = !result.windows.empty() && alike(result.windows.back(), window, options);
    result.windows.push_back(window);
  } while (elapsed() < options.least_seconds ||
           (!result.steady && elapsed() < options.most_seconds));
  const Window& last = result.windows.back();
  result.inferences_per_second = static_cast<double>(last.inferences) / last.seconds;
  return result;
}

}  // namespace gcompress::measure
