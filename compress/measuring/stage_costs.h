// What each part of a run takes, in time and energy.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/model_energy.h"
#include "gcompress/measure/protocol/metering.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

// A run is one part after the other, so beginning one ends the one before. Joules are measured
// where the metering counts any; else estimated by power and the processor time of this process
// and its finished children. Idle is not subtracted: a run occupies the machine.
class StageCosts {
 public:
  // `metering` must outlive this.
  StageCosts(measure::Metering& metering, measure::PowerAssumptions power);

  void begin(const std::string& name);
  void end();
  // Finished parts in order; parts of the same name are one.
  const std::vector<measure::StageCost>& costs() const { return costs_; }
  // Goes on behind these, of an interrupted run, in place of what was counted so far.
  void restore(std::vector<measure::StageCost> costs);

 private:
  struct Moment {
    double seconds = 0;
    double cpu_seconds = 0;
    std::optional<measure::CounterReading> energy;
  };
  Moment now() const;
  measure::Figure energy_between(const Moment& begin, const Moment& end) const;
  void add(const measure::StageCost& cost);

  measure::Probes probes_;
  double gain_error_;
  measure::PowerAssumptions power_;
  std::string name_;  // of the part that runs; empty: none
  Moment begin_;
  std::vector<measure::StageCost> costs_;
};

}  // namespace gcompress::compress
