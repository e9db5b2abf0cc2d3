// The simulated machine: slices of a second, each with the slowdown of its moment.
#include "tests/measure/noisy_machine.h"

#include <algorithm>
#include <cmath>

namespace gcompress::testing {
namespace {

constexpr double kSlice = 1;
constexpr double kPi = 3.14159265358979323846;

constexpr double kCounterStep = 0.1;
constexpr double kClockTick = 1.0 / 64;

// What else differs from window to window, as a share.
double white_noise(Noise noise) {
  switch (noise) {
    case Noise::kDrift:
    case Noise::kBursts:
    case Noise::kThrottling:
      return 0.015;
    default:
      return 0.01;
  }
}

}  // namespace

const char* name_of(Noise noise) {
  switch (noise) {
    case Noise::kDrift:
      return "drift";
    case Noise::kCounterSteps:
      return "counter steps";
    case Noise::kBursts:
      return "bursts of foreign load";
    case Noise::kThrottling:
      return "throttling";
    case Noise::kAutocorrelation:
      return "autocorrelation";
    case Noise::kQuantizedClock:
      return "quantized clock";
  }
  return "";
}

NoisyMachine::NoisyMachine(Noise noise, unsigned seed) : noise_(noise), random_(seed) {
  now_ = uniform(0, 100);
  // The shortest windows that a protocol would allow, and no whole number of steps.
  if (noise_ == Noise::kCounterSteps) nominal_ = uniform(50, 100) * kCounterStep;
  if (noise_ == Noise::kQuantizedClock) nominal_ = uniform(50, 100) * kClockTick;
  slope_ = 0.003 / 60 * normal();  // 0.3% a minute, either way
  swing_ = uniform(0, 0.03);
  period_ = uniform(60, 900);
  phase_ = uniform(0, 2 * kPi);
  next_burst_ = now_ + std::exponential_distribution<double>(1.0 / 150)(random_);
  heat_ = uniform(30, 50);
  room_ = 4 * normal();
  state_ = 0.03 * normal();
}

double NoisyMachine::uniform(double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random_);
}

double NoisyMachine::slowdown() const {
  switch (noise_) {
    case Noise::kDrift:
      return std::exp(slope_ * now_ + swing_ * std::sin(2 * kPi * now_ / period_ + phase_) +
                      wander_);
    case Noise::kBursts:
      return now_ < burst_end_ ? burst_strength_ : 1;
    case Noise::kThrottling:
      return throttled_ ? 1.25 : 1;
    case Noise::kAutocorrelation:
      return std::exp(state_);
    default:
      return 1;
  }
}

void NoisyMachine::advance(double seconds, bool busy) {
  now_ += seconds;
  if (noise_ == Noise::kDrift) wander_ += 0.003 * std::sqrt(seconds / 60) * normal();
  if (noise_ == Noise::kBursts && now_ >= next_burst_) {
    burst_end_ = now_ + std::exponential_distribution<double>(1.0 / 6)(random_);
    burst_strength_ = uniform(1.05, 1.8);
    next_burst_ = burst_end_ + std::exponential_distribution<double>(1.0 / 150)(random_);
  }
  if (noise_ == Noise::kThrottling) {
    // The room's temperature wanders; the chip heats towards 50 degrees above it, less when slowed.
    room_ += -room_ * seconds / 600 + 4 * std::sqrt(2 * seconds / 600) * normal();
    const double goal = room_ + (!busy ? 0 : throttled_ ? 40 : 50);
    heat_ += (goal - heat_) * seconds / 30;
    if (heat_ > 52) throttled_ = true;
    if (heat_ < 48) throttled_ = false;
  }
  if (noise_ == Noise::kAutocorrelation) {
    const double kept = std::exp(-seconds / 60);
    state_ = kept * state_ + 0.03 * std::sqrt(1 - kept * kept) * normal();
  }
}

void NoisyMachine::idle(double seconds) {
  for (double left = seconds; left > 0; left -= kSlice) advance(std::min(left, kSlice), false);
}

// Seconds that the work takes; it proceeds at 1 / slowdown.
double NoisyMachine::run_to_end(double work) {
  const double begin = now_;
  while (work > 0) {
    const double speed = 1 / slowdown();
    const double slice = std::min(kSlice, work / speed);
    work -= slice * speed;
    advance(slice, true);
  }
  return now_ - begin;
}

std::optional<double> NoisyMachine::window(double cost) {
  const double begin = now_;
  const double work = nominal_ * cost * std::exp(white_noise(noise_) * normal());
  const double seconds = run_to_end(work);
  if (throttled_) return std::nullopt;
  const double step = resolution() * nominal_;
  if (step == 0) return seconds / nominal_;
  // At constant power an energy counter moves like a clock.
  return (std::floor((begin + seconds) / step) - std::floor(begin / step)) * step / nominal_;
}

double NoisyMachine::resolution() const {
  if (noise_ == Noise::kCounterSteps) return kCounterStep / nominal_;
  if (noise_ == Noise::kQuantizedClock) return kClockTick / nominal_;
  return 0;
}

}  // namespace gcompress::testing
