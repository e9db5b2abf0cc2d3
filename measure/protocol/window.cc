// Measuring one window.
#include "gcompress/measure/protocol/window.h"

#include <fmt/format.h>

#include <cmath>

namespace gcompress::measure {
namespace {

std::optional<CounterReading> read(const EnergyCounter& counter) {
  return counter ? counter() : std::nullopt;
}

std::optional<double> difference(const std::optional<CounterReading>& begin,
                                 const std::optional<CounterReading>& end) {
  if (!begin || !end) return std::nullopt;
  return end->joules - begin->joules;
}

std::optional<double> ask(const std::function<std::optional<double>()>& probe) {
  return probe ? probe() : std::nullopt;
}

// What each sensor counted between two readings; one that vanished or went back has no entry.
std::map<std::string, double> differences(const std::map<std::string, double>& begin,
                                          const std::map<std::string, double>& end) {
  std::map<std::string, double> result;
  for (const auto& [name, joules] : end) {
    const auto first = begin.find(name);
    if (first != begin.end() && joules >= first->second) result[name] = joules - first->second;
  }
  return result;
}

std::string fault_of(const Window& window, const WindowLimits& limits) {
  if (window.seconds < limits.least_seconds) {
    return fmt::format("shorter than {:.3g} s", limits.least_seconds);
  }
  if (!limits.wants_energy) return "";
  if (!window.joules) return "energy counter unreadable";
  if (*window.joules < 0) return "energy counter went back";
  if (*window.joules == 0) return "energy counter stood still";
  return "";
}

bool disagree(const Window& window, const WindowLimits& limits) {
  if (!window.joules || !window.integrated_joules || *window.integrated_joules <= 0) return false;
  return std::abs(*window.joules / *window.integrated_joules - 1) > limits.counters_differ;
}

}  // namespace

std::string name_of(WindowKind kind) {
  switch (kind) {
    case WindowKind::kWarmUp:
      return "warm-up";
    case WindowKind::kIdle:
      return "idle";
    case WindowKind::kWork:
      return "work";
  }
  return "work";
}

Window measure_window(Window window, const Probes& probes, const WindowLimits& limits,
                      const std::function<void()>& body) {
  if (probes.trouble) probes.trouble();  // what happened before does not count against this window
  const auto beside_now = [&] {
    return probes.beside ? probes.beside() : std::map<std::string, double>();
  };
  const std::map<std::string, double> beside_before = beside_now();
  const std::optional<double> cpu_before = ask(probes.cpu_seconds);
  const std::optional<CounterReading> power_before = read(probes.integrated_power);
  const std::optional<CounterReading> energy_before = read(probes.energy);
  window.begin = probes.clock();
  body();
  window.seconds = probes.clock() - window.begin;
  window.joules = difference(energy_before, read(probes.energy));
  window.integrated_joules = difference(power_before, read(probes.integrated_power));
  const std::optional<double> cpu_after = ask(probes.cpu_seconds);
  if (cpu_before && cpu_after) window.cpu_seconds = *cpu_after - *cpu_before;
  window.beside = differences(beside_before, beside_now());
  window.temperature = ask(probes.temperature);
  window.megahertz = ask(probes.megahertz);
  const std::string trouble = probes.trouble ? probes.trouble() : "";
  window.rejected = trouble.empty() ? fault_of(window, limits) : trouble;
  window.counters_disagree = disagree(window, limits);
  return window;
}

}  // namespace gcompress::measure
