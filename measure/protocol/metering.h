// From sensors to the protocol's probes: which of them count, which stand beside, and the thread
// that reads them often enough.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gcompress/measure/energy/sensors.h"
#include "gcompress/measure/protocol/gpu_watch.h"
#include "gcompress/measure/protocol/machine_watch.h"
#include "gcompress/measure/protocol/probes.h"

namespace gcompress::measure {

// What enters the headline. Parts are summed once; memory, the battery and a second meter stand
// beside and are summed with nothing.
struct MeteringPlan {
  std::vector<Sensor> counted;  // their sum is the energy; empty: there is no measured energy
  std::vector<Sensor> checks;   // power sensors of the same parts, all or none of them: cross-check
  std::vector<Sensor> beside;
  double gain_error = 0;           // of the sum: the largest of the boards'; 0 where none is known
  std::vector<std::string> notes;  // sentences: what was left out of the headline, and why
};

// An external meter is counted where there is one, as it sees the whole machine; else the packages,
// and the GPUs too where `on_gpu`, if every part that is known to be there can be read; else the
// battery.
MeteringPlan plan_metering(const SensorSearch& search, bool on_gpu);

// Reads sensors from a thread of its own ten times a second, so that power is integrated and no
// counter wraps unseen, and whenever a probe is asked. The probes stay valid as long as this.
class Metering {
 public:
  Metering(MeteringPlan plan, Clock clock);
  ~Metering();
  Metering(const Metering&) = delete;
  Metering& operator=(const Metering&) = delete;

  // Both may be null: then nothing is known of what else the machine, or its GPUs, do. With GPUs,
  // temperature and clock are theirs.
  Probes probes(std::shared_ptr<MachineWatch> watch = nullptr,
                std::shared_ptr<GpuWatch> gpus = nullptr);
  // A round of the thread, for tests without one.
  void sample();
  const MeteringPlan& plan() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::measure
