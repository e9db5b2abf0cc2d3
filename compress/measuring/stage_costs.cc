// Costs of stages.
#include "gcompress/compress/measuring/stage_costs.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gcompress/measure/energy/estimate.h"

namespace gcompress::compress {
namespace {

double cpu_seconds_so_far() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    if (getrusage(who, &usage) != 0) continue;
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
  }
  return sum;
}

}  // namespace

StageCosts::StageCosts(measure::Metering& metering, measure::PowerAssumptions power)
    : probes_(metering.probes()),
      gain_error_(metering.plan().gain_error),
      power_(std::move(power)) {}

StageCosts::Moment StageCosts::now() const {
  return {.seconds = probes_.clock(),
          .cpu_seconds = cpu_seconds_so_far(),
          .energy = probes_.energy ? probes_.energy() : std::nullopt};
}

measure::Figure StageCosts::energy_between(const Moment& begin, const Moment& end) const {
  if (probes_.energy) {
    measure::Figure figure{.value = std::nullopt, .unit = "J"};
    if (!begin.energy || !end.energy) return figure;
    const double joules = end.energy->joules - begin.energy->joules;
    figure.value = joules;
    if (gain_error_ > 0) {
      figure.interval = measure::widened_by_gain({joules, joules}, gain_error_);
    }
    return figure;
  }
  const double seconds = end.seconds - begin.seconds;
  const double busy = seconds > 0 ? (end.cpu_seconds - begin.cpu_seconds) /
                                        (seconds * std::max(power_.processors, 1))
                                  : 0;
  const double share = std::clamp(busy, 0.0, 1.0);
  return figure_of(measure::estimate_by_power(power_.power, seconds, {share, share}));
}

void StageCosts::begin(const std::string& name) {
  end();
  name_ = name;
  begin_ = now();
}

void StageCosts::end() {
  if (name_.empty()) return;
  const Moment end = now();
  measure::StageCost cost;
  cost.name = std::exchange(name_, {});
  cost.seconds.value = end.seconds - begin_.seconds;
  cost.seconds.unit = "s";
  cost.energy = energy_between(begin_, end);
  add(cost);
}

void StageCosts::restore(std::vector<measure::StageCost> costs) {
  end();
  costs_ = std::move(costs);
}

void StageCosts::add(const measure::StageCost& cost) {
  const auto same = std::ranges::find(costs_, cost.name, &measure::StageCost::name);
  if (same == costs_.end()) {
    costs_.push_back(cost);
    return;
  }
  *same->seconds.value += *cost.seconds.value;
  const std::array<measure::Figure, 2> both = {same->energy, cost.energy};
  same->energy = measure::total_joules(both);
}

}  // namespace gcompress::compress
