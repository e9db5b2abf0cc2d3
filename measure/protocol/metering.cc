// Metering.
#include "gcompress/measure/protocol/metering.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "gcompress/measure/energy/energy_total.h"

namespace gcompress::measure {
namespace {

bool any_of(const std::vector<Sensor>& sensors, Coverage coverage) {
  return std::ranges::find(sensors, coverage, &Sensor::coverage) != sensors.end();
}

void split(const SensorChoice& choice, const std::vector<Coverage>& wanted, MeteringPlan& plan) {
  for (const Sensor& sensor : choice.used) {
    const bool counted = std::ranges::find(wanted, sensor.coverage) != wanted.end();
    (counted ? plan.counted : plan.beside).push_back(sensor);
    if (counted) plan.gain_error = std::max(plan.gain_error, sensor.gain_error.value_or(0));
  }
}

// A cross-check needs a power sensor of every counted part.
std::vector<Sensor> checks_of(const SensorChoice& choice, const std::vector<Sensor>& counted) {
  std::vector<Sensor> checks;
  for (const Sensor& sensor : counted) {
    const auto spare = std::ranges::find_if(choice.spares, [&](const Sensor& other) {
      return other.part == sensor.part && other.kind == SensorKind::kPower;
    });
    if (spare == choice.spares.end()) return {};
    checks.push_back(*spare);
  }
  return checks;
}

}  // namespace

MeteringPlan plan_metering(const SensorSearch& search, bool on_gpu) {
  const SensorChoice choice = choose(search.found);
  MeteringPlan plan;
  std::vector<Coverage> wanted = {Coverage::kPackage};
  if (on_gpu) wanted.push_back(Coverage::kGpu);
  const bool complete =
      std::ranges::all_of(wanted, [&](Coverage coverage) { return is_complete(search, coverage); });
  if (any_of(choice.used, Coverage::kExternal)) {
    wanted = {Coverage::kExternal};
  } else if (!complete) {
    if (any_of(choice.used, Coverage::kPackage)) {
      plan.notes.emplace_back(
          "Not every part of the machine has a sensor that can be read, so their sum is not "
          "given.");
    }
    wanted = {Coverage::kBattery};
  }
  split(choice, wanted, plan);
  plan.checks = checks_of(choice, plan.counted);
  return plan;
}

struct Metering::State {
  State(MeteringPlan given, Clock its_clock) : plan(std::move(given)), clock(std::move(its_clock)) {
    for (const Sensor& sensor : plan.counted) counted.emplace_back(sensor);
    for (const Sensor& sensor : plan.checks) checks.emplace_back(sensor);
    for (const Sensor& sensor : plan.beside) beside.emplace_back(sensor);
  }

  void sample() {
    const std::lock_guard guard(lock);
    for (auto* totals : {&counted, &checks, &beside}) {
      for (EnergyTotal& total : *totals) total.sample();
    }
    if (gpus) gpus->sample();
  }

  // All or nothing: a sum that lacks a part is no sum.
  std::optional<CounterReading> sum_of(std::vector<EnergyTotal>& totals) {
    const std::lock_guard guard(lock);
    CounterReading sum;
    for (EnergyTotal& total : totals) {
      const Reading reading = total.sample();
      if (!reading.value) return std::nullopt;
      sum.joules += *reading.value;
      sum.seconds = std::max(sum.seconds, reading.seconds);
    }
    return sum;
  }

  std::map<std::string, double> besides() {
    const std::lock_guard guard(lock);
    std::map<std::string, double> result;
    for (EnergyTotal& total : beside) {
      const Reading reading = total.sample();
      if (reading.value) result[total.name()] = *reading.value;
    }
    return result;
  }

  MeteringPlan plan;
  Clock clock;
  std::mutex lock;  // of the totals
  std::vector<EnergyTotal> counted;
  std::vector<EnergyTotal> checks;
  std::vector<EnergyTotal> beside;
  std::shared_ptr<GpuWatch> gpus;
  std::condition_variable_any stopping;
  std::mutex sleep_lock;
  std::jthread thread;  // last: it stops before the rest goes
};

Metering::Metering(MeteringPlan plan, Clock clock)
    : state_(std::make_unique<State>(std::move(plan), std::move(clock))) {
  if (state_->counted.empty() && state_->beside.empty()) return;
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) {
    constexpr auto kPeriod = std::chrono::milliseconds(100);
    std::unique_lock guard(state->sleep_lock);
    while (!state->stopping.wait_for(guard, stop, kPeriod, [&] { return stop.stop_requested(); })) {
      state->sample();
    }
  });
}

Metering::~Metering() = default;

void Metering::sample() { state_->sample(); }

const MeteringPlan& Metering::plan() const { return state_->plan; }

// NOLINTNEXTLINE(performance-unnecessary-value-param): the probes keep them
Probes Metering::probes(std::shared_ptr<MachineWatch> watch, std::shared_ptr<GpuWatch> gpus) {
  State* state = state_.get();
  Probes probes{.clock = state->clock.now, .wait = state->clock.sleep};
  if (!state->counted.empty()) probes.energy = [state] { return state->sum_of(state->counted); };
  if (!state->checks.empty()) {
    probes.integrated_power = [state] { return state->sum_of(state->checks); };
  }
  if (!state->beside.empty()) probes.beside = [state] { return state->besides(); };
  if (watch) {
    probes.cpu_seconds = [watch] { return watch->cpu_seconds(); };
    probes.temperature = [watch] { return watch->temperature(); };
    probes.megahertz = [watch] { return watch->megahertz(); };
  }
  if (gpus) {
    const std::lock_guard guard(state->lock);
    state->gpus = gpus;
    probes.temperature = [gpus] { return gpus->temperature(); };
    probes.megahertz = [gpus] { return gpus->megahertz(); };
  }
  if (watch || gpus) {
    probes.trouble = [watch, gpus] {
      // Both are asked, so that neither keeps what happened before this window.
      const std::string machine = watch ? watch->trouble() : "";
      const std::string gpu = gpus ? gpus->trouble() : "";
      return gpu.empty() ? machine : gpu;
    };
  }
  return probes;
}

}  // namespace gcompress::measure
