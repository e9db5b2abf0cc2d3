// Energy from time and thermal design power.
#include "gcompress/measure/energy/power_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

// Thermal design power for each core that the data sheets of 2017 to 2024 give: 192-core servers
// have 2 W, desktops 8 W, few-core workstations more.
constexpr Interval kWattsPerCore = {2, 12};
// What an idle processor draws, as a share of its thermal design power.
constexpr Interval kIdleShare = {0.1, 0.5};

bool is_range(const Interval& range, double least, double most) {
  return std::isfinite(range.low) && std::isfinite(range.high) && range.low >= least &&
         range.low <= range.high && range.high <= most;
}

// "50 to 75", or "100" where both ends are the same.
std::string percent_text(const Interval& share) {
  if (share.low == share.high) return fmt::format("{:.0f}", 100 * share.low);
  return fmt::format("{:.0f} to {:.0f}", 100 * share.low, 100 * share.high);
}

void check(const ProcessorPower& power, double seconds, const Interval& utilization) {
  constexpr double kMostWatts = 1e6;
  if (!is_range(power.tdp_watts, 0, kMostWatts) || !is_range(power.idle_watts, 0, kMostWatts)) {
    throw_usage("the power of the processor is no range of watts", "give watts from 0 to 1e6");
  }
  if (!std::isfinite(seconds) || seconds < 0) {
    throw_usage(fmt::format("{} is no length of time", seconds), "give seconds from 0 on");
  }
  if (!is_range(utilization, 0, 1)) {
    throw_usage(fmt::format("utilization from {} to {}", utilization.low, utilization.high),
                "give a range within 0 to 1");
  }
}

}  // namespace

ProcessorPower guess_processor_power(const Machine& machine) {
  const bool is_virtual = machine.is_virtual.value_or(false);
  // A processor of a virtual machine is often one of the two threads of a core.
  const double share = is_virtual ? 0.5 : 1;
  const int counted = std::max(1, is_virtual ? machine.processors : machine.cores);
  ProcessorPower power;
  power.tdp_watts = {kWattsPerCore.low * share * counted, kWattsPerCore.high * counted};
  power.idle_watts = {power.tdp_watts.low * kIdleShare.low, power.tdp_watts.high * kIdleShare.high};
  power.assumptions.push_back(
      fmt::format("{} {} of {} to {} W of thermal design power", counted,
                  is_virtual ? "virtual processors (each a thread or a core)" : "cores",
                  kWattsPerCore.low * share, kWattsPerCore.high));
  power.assumptions.push_back(fmt::format("idle at {:.0f} to {:.0f}% of the thermal design power",
                                          100 * kIdleShare.low, 100 * kIdleShare.high));
  return power;
}

ProcessorPower processor_power_of_tdp(double tdp_watts) {
  ProcessorPower power;
  power.tdp_watts = {tdp_watts, tdp_watts};
  power.idle_watts = {tdp_watts * kIdleShare.low, tdp_watts * kIdleShare.high};
  power.assumptions.push_back(fmt::format("thermal design power {:g} W, as given", tdp_watts));
  power.assumptions.push_back(
      fmt::format("idle at {:.0f} to {:.0f}% of it", 100 * kIdleShare.low, 100 * kIdleShare.high));
  return power;
}

EnergyEstimate estimate_by_power(const ProcessorPower& power, double seconds,
                                 const Interval& utilization) {
  check(power, seconds, utilization);
  const auto watts = [](double idle, double tdp, double share) {
    return idle + share * (std::max(tdp, idle) - idle);
  };
  EnergyEstimate estimate;
  estimate.joules = {
      seconds * watts(power.idle_watts.low, power.tdp_watts.low, utilization.low),
      seconds * watts(power.idle_watts.high, power.tdp_watts.high, utilization.high)};
  estimate.assumptions = power.assumptions;
  estimate.assumptions.push_back(
      fmt::format("the processor {}% busy for {:.4g} s, power linear in that",
                  percent_text(utilization), seconds));
  estimate.assumptions.emplace_back("the processor only: no memory, disks, fans or power supply");
  return estimate;
}

}  // namespace gcompress::measure
