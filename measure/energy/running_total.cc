// Wraps, resets, jumps and counters that stand still.
#include "gcompress/measure/energy/running_total.h"

#include <fmt/format.h>

#include <cmath>

namespace gcompress::measure {
namespace {

// Counters move in steps, so a change may be seen up to this long after it was earned.
constexpr double kLongestStepSeconds = 1;

}  // namespace

double longest_gap_seconds(const CounterLimits& limits) {
  return limits.wraps_at_joules ? *limits.wraps_at_joules / limits.most_watts : 0;
}

// Why a step of so many joules in so many seconds cannot be believed; "" if it can.
std::string RunningTotal::fault_of(double step, double elapsed) const {
  if (limits_.wraps_at_joules && elapsed > longest_gap_seconds(limits_)) {
    return fmt::format("not read for {:.0f} s, in which the counter may have wrapped unseen",
                       elapsed);
  }
  if (step < 0) return fmt::format("the counter went back by {:.6g} J: it was reset", -step);
  if (step > limits_.most_watts * (elapsed + kLongestStepSeconds)) {
    return fmt::format("the counter jumped by {:.6g} J in {:.3g} s: it was reset or is faulty",
                       step, elapsed);
  }
  return {};
}

Reading RunningTotal::add(double joules, double seconds) {
  Reading reading{.seconds = seconds, .value = std::nullopt, .why_not = {}};
  const bool in_range = std::isfinite(joules) && joules >= 0 &&
                        (!limits_.wraps_at_joules || joules <= *limits_.wraps_at_joules);
  if (broken_.empty() && !in_range) {
    reading.why_not = fmt::format("the counter says {:.6g} J, which is out of its range", joules);
    return reading;
  }
  if (!last_) {
    last_ = {joules, seconds};
    moved_at_ = seconds;
  }
  if (broken_.empty()) {
    double step = joules - last_->joules;
    if (step < 0 && limits_.wraps_at_joules) step += *limits_.wraps_at_joules;
    broken_ = fault_of(step, seconds - last_->seconds);
    if (broken_.empty()) {
      if (step > 0) moved_at_ = seconds;
      total_ += step;
      last_ = {joules, seconds};
    }
  }
  reading.why_not = broken_;
  if (!broken_.empty()) return reading;
  if (seconds - moved_at_ > limits_.stuck_after_seconds) {
    reading.why_not = fmt::format("the counter has not moved for {:.0f} s", seconds - moved_at_);
    return reading;
  }
  reading.value = total_;
  return reading;
}

}  // namespace gcompress::measure
