// The machine's own clock.
#include "gcompress/measure/protocol/probes.h"

#include <chrono>
#include <thread>

namespace gcompress::measure {

Probes system_probes() {
  Probes probes;
  probes.clock = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  probes.wait = [](double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  };
  return probes;
}

}  // namespace gcompress::measure
