// The clock that sensors and calibration read; injectable, so that no test waits.
#pragma once

#include <functional>

namespace gcompress::measure {

struct Clock {
  std::function<double()> now;        // seconds since some moment; never goes back
  std::function<void(double)> sleep;  // for so many seconds
};

// CLOCK_MONOTONIC. Thread-safe.
Clock monotonic_clock();

}  // namespace gcompress::measure
