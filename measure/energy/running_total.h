// Turns the values of a counter that wraps, resets or stands still into joules since the first one,
// or says why they cannot be trusted.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct CounterLimits {
  // The counter goes from here back to 0; nullopt: it should never go back.
  std::optional<double> wraps_at_joules = {};
  // No part draws more; a change that would need more is a reset or nonsense.
  double most_watts = 2000;
  // A powered part always draws something: a counter that stands still for longer is not counting.
  double stuck_after_seconds = 10;
};

// The longest time between two readings in which a counter cannot wrap twice; 0: any time will do.
double longest_gap_seconds(const CounterLimits& limits);

class RunningTotal {
 public:
  explicit RunningTotal(const CounterLimits& limits) : limits_(limits) {}

  // The total at `seconds`, when the counter says `joules`. After a reset, a jump, or a gap in
  // which a wrap may have been missed there is no way back: every later reading gives the same
  // reason. A single value out of range, or a counter that stands still, only spoils its own
  // reading.
  Reading add(double joules, double seconds);

 private:
  struct Point {
    double joules = 0;
    double seconds = 0;
  };
  std::string fault_of(double step, double elapsed) const;

  CounterLimits limits_;
  std::optional<Point> last_;
  double moved_at_ = 0;  // when the counter last changed
  double total_ = 0;
  std::string broken_;
};

}  // namespace gcompress::measure
