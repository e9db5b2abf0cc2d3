// A machine for tests of the protocol: a clock that only its own work and waiting move, and an
// energy counter that moves in steps. Joules are known exactly.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "gcompress/measure/protocol/probes.h"

namespace gcompress::testing {

struct FakeMachine {
  double idle_watts = 50;
  double step_seconds = 0.1;  // of the counter
  double warming_seconds =
      0;                    // busy power starts at half and nears its value with this time constant
  double counter_gain = 1;  // by how much the counter is off the integrated power

  double now = 0;
  double busy_seconds = 0;
  double joules = 0;          // true
  double counter_joules = 0;  // as of the counter's last step
  bool counter_works = true;
  std::string trouble;  // handed out once

  // A network: seconds and watts while it runs.
  measure::Workload network(double seconds_each, double watts) {
    return [this, seconds_each, watts](std::int64_t inferences) {
      const double seconds = seconds_each * static_cast<double>(inferences);
      const double cold = warming_seconds > 0 ? 0.5 * std::exp(-busy_seconds / warming_seconds) : 0;
      busy_seconds += seconds;
      advance(seconds, watts * (1 - cold));
    };
  }

  measure::Probes probes() {
    measure::Probes probes;
    probes.clock = [this] { return now; };
    probes.wait = [this](double seconds) { advance(seconds, idle_watts); };
    probes.energy = [this]() -> std::optional<measure::CounterReading> {
      if (!counter_works) return std::nullopt;
      return measure::CounterReading{.seconds = now, .joules = counter_joules * counter_gain};
    };
    probes.integrated_power = [this]() -> std::optional<measure::CounterReading> {
      return measure::CounterReading{.seconds = now, .joules = joules};
    };
    probes.trouble = [this] { return std::exchange(trouble, std::string()); };
    return probes;
  }

  void advance(double seconds, double watts) {
    const double end = now + seconds;
    const double last_step = std::floor(end / step_seconds) * step_seconds;
    if (last_step > now) counter_joules = joules + watts * (last_step - now);
    joules += watts * seconds;
    now = end;
  }
};

}  // namespace gcompress::testing
