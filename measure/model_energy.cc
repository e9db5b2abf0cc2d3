// Energy of a side of an experiment.
#include "gcompress/measure/model_energy.h"

#include <algorithm>

namespace gcompress::measure {
namespace {

Figure figure_of(const std::optional<MeanInterval>& mean, const std::string& unit, double gain) {
  Figure figure{.value = std::nullopt, .unit = unit};
  if (!mean) return figure;
  figure.value = mean->mean;
  figure.interval = widened_by_gain(mean->interval, gain);
  return figure;
}

bool counts(const Window& window, Side side) {
  return window.kind == WindowKind::kWork && window.side == side && window.rejected.empty() &&
         window.inferences > 0;
}

std::map<std::string, Figure> beside_of(const Evidence& evidence, Side side) {
  std::map<std::string, std::vector<double>> joules;
  for (const Window& window : evidence.windows) {
    if (!counts(window, side)) continue;
    for (const auto& [name, value] : window.beside) {
      joules[name].push_back(value / static_cast<double>(window.inferences));
    }
  }
  std::map<std::string, Figure> figures;
  for (const auto& [name, values] : joules) {
    if (values.size() >= 2) figures[name] = figure_of(batch_means_interval(values), "J", 0);
  }
  return figures;
}

Figure seconds_by_latency(const LatencyResult& latency) {
  const Figure& throughput = latency.throughput;
  Figure seconds;
  seconds.unit = "s";
  if (!throughput.value) return seconds;
  seconds.value = 1 / *throughput.value;
  if (throughput.interval) {
    seconds.interval = {1 / throughput.interval->high, 1 / throughput.interval->low};
  }
  return seconds;
}

}  // namespace

ModelEnergy measured_energy(const Experiment& experiment, Side side) {
  const ProtocolResult& result = experiment.result;
  const SideFigures& figures = side == Side::kBefore ? result.before : result.after;
  ModelEnergy energy;
  energy.seconds = figure_of(figures.seconds, "s", 0);
  energy.per_inference = figure_of(figures.joules, "J", experiment.gain_error);
  energy.marginal = figure_of(figures.marginal_joules, "J", experiment.gain_error);
  energy.idle_power = figure_of(result.idle_watts, "W", experiment.gain_error);
  energy.beside = beside_of(experiment.evidence, side);
  if (energy.per_inference.value) energy.sensors = experiment.sensors;
  return energy;
}

Interval utilization_of(const Experiment& experiment, Side side) {
  const int processors = experiment.power.processors;
  Interval share = {1, 0};
  for (const Window& window : experiment.evidence.windows) {
    if (!counts(window, side) || !window.cpu_seconds || window.seconds <= 0) continue;
    const double busy =
        std::clamp(*window.cpu_seconds / (window.seconds * std::max(processors, 1)), 0.0, 1.0);
    share.low = std::min(share.low, busy);
    share.high = std::max(share.high, busy);
  }
  return share.low <= share.high ? share : Interval{0, 1};
}

void add_power_estimate(const PowerAssumptions& assumptions, const Interval& utilization,
                        ModelEnergy& energy) {
  if (!energy.seconds.value) return;
  const EnergyEstimate estimate =
      estimate_by_power(assumptions.power, *energy.seconds.value, utilization);
  energy.estimates.push_back({.model = "power",
                              .per_inference = figure_of(estimate),
                              .assumptions = estimate.assumptions});
  if (!energy.per_inference.value) energy.per_inference = energy.estimates.back().per_inference;
}

ModelEnergy energy_of(const Experiment& experiment, std::optional<Side> side,
                      const LatencyResult& latency) {
  ModelEnergy energy;
  if (side) energy = measured_energy(experiment, *side);
  if (!energy.seconds.value) energy.seconds = seconds_by_latency(latency);
  add_power_estimate(experiment.power, utilization_of(experiment, side.value_or(Side::kBefore)),
                     energy);
  return energy;
}

void add_operation_estimate(const graph::NetworkCost& cost, const ExecutionTraits& traits,
                            ModelEnergy& energy) {
  const EnergyEstimate estimate = estimate_by_operations(executed_work(cost, traits));
  energy.estimates.push_back({.model = "operations",
                              .per_inference = figure_of(estimate),
                              .assumptions = estimate.assumptions});
}

Figure ratio_figure(const RatioResult& ratio) {
  return {.value = ratio.ratio, .unit = "after / before", .interval = ratio.interval};
}

}  // namespace gcompress::measure
