// What else happens on the GPUs while a window runs: being slowed down, processes of others, and a
// division into instances, of which one meter sees all.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/energy/nvml.h"

namespace gcompress::measure {

// Thread-safe. The processes that use the GPUs when this is made count as ours (in a container the
// driver gives the ids of the host, by which none would): make it when the networks are resident.
class GpuWatch {
 public:
  explicit GpuWatch(std::vector<Gpu> gpus);

  // Looks once; what it finds stays until trouble() is asked. Call it some times a window, as
  // being slowed down comes and goes.
  void sample();
  // Why what happened since the last call must not count: "a GPU was slowed down: power cap"; empty
  // where nothing is known against it. Looks once more.
  std::string trouble();
  std::optional<double> temperature() const;  // Celsius, the hottest
  std::optional<double> megahertz() const;    // of the first GPU's multiprocessors

 private:
  std::vector<Gpu> gpus_;
  std::vector<std::vector<unsigned>> known_;  // processes by GPU
  std::mutex lock_;
  std::string found_;
};

}  // namespace gcompress::measure
