// Integrating power.
#include "gcompress/measure/energy/energy_total.h"

#include <utility>

namespace gcompress::measure {

EnergyTotal::EnergyTotal(Sensor sensor, double longest_gap_seconds)
    : sensor_(std::move(sensor)), longest_gap_seconds_(longest_gap_seconds) {}

Reading EnergyTotal::sample() {
  const Reading reading = sensor_.read();
  return sensor_.kind == SensorKind::kEnergyCounter ? reading : integrate(reading);
}

Reading EnergyTotal::integrate(const Reading& power) {
  if (broken_.empty() && !power.value && last_) broken_ = power.why_not;
  if (!broken_.empty() || !power.value) {
    return {.seconds = power.seconds,
            .value = std::nullopt,
            .why_not = broken_.empty() ? power.why_not : broken_};
  }
  if (last_) {
    const double elapsed = power.seconds - last_->seconds;
    if (elapsed > longest_gap_seconds_) {
      broken_ = "the power was not read for too long";
      return integrate(power);
    }
    joules_ += elapsed * (*power.value + *last_->value) / 2;
  }
  last_ = power;
  return {.seconds = power.seconds, .value = joules_, .why_not = {}};
}

}  // namespace gcompress::measure
