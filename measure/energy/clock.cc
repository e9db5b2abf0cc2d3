// The system's monotonic clock.
#include "gcompress/measure/energy/clock.h"

#include <chrono>
#include <thread>

namespace gcompress::measure {

Clock monotonic_clock() {
  using Seconds = std::chrono::duration<double>;
  return {
      .now = [] { return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); },
      .sleep = [](double seconds) { std::this_thread::sleep_for(Seconds(seconds)); }};
}

}  // namespace gcompress::measure
