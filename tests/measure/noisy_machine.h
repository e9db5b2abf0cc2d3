// A simulated machine for tests of the statistics: it runs windows of work at a known cost and
// reports what sensors would say, under one of six kinds of noise. Shares no code with the library:
// random numbers, physics and time are its own.
#pragma once

#include <array>
#include <optional>
#include <random>

namespace gcompress::testing {

enum class Noise { kDrift, kCounterSteps, kBursts, kThrottling, kAutocorrelation, kQuantizedClock };
constexpr std::array<Noise, 6> kAllNoise = {Noise::kDrift,           Noise::kCounterSteps,
                                            Noise::kBursts,          Noise::kThrottling,
                                            Noise::kAutocorrelation, Noise::kQuantizedClock};
const char* name_of(Noise noise);

class NoisyMachine {
 public:
  NoisyMachine(Noise noise, unsigned seed);

  void idle(double seconds);
  // Runs a fixed number of inferences that would take the nominal seconds times `cost` on a quiet
  // machine; returns the measured cost of one. Nothing: the machine said that it was throttled,
  // which it notices at the end of a window only.
  std::optional<double> window(double cost);
  // For whoever designs the experiment.
  double uniform(double low, double high);
  double resolution() const;  // a step of the counter or clock as a share of a window, or 0

 private:
  void advance(double seconds, bool busy);
  double slowdown() const;
  double run_to_end(double work);
  double normal() { return normal_(random_); }

  Noise noise_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double now_ = 0;       // seconds
  double nominal_ = 10;  // seconds of a window
  // drift
  double slope_ = 0, swing_ = 0, period_ = 1, phase_ = 0, wander_ = 0;
  // bursts of foreign load
  double next_burst_ = 0, burst_end_ = 0, burst_strength_ = 1;
  // throttling
  double heat_ = 0, room_ = 0;
  bool throttled_ = false;
  // autocorrelation
  double state_ = 0;
};

}  // namespace gcompress::testing
