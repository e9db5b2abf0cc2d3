// Energy of networks.
#include "gcompress/compress/measuring/energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "gcompress/compress/measuring/options.h"
#include "gcompress/core/base/error.h"
#include "gcompress/measure/protocol/machine_watch.h"

namespace gcompress::compress {
namespace {

measure::Workload workload_of(measure::Worker& worker, std::int64_t batch) {
  // The protocol counts inferences; a run does a batch of them.
  return [&worker, batch](std::int64_t inferences) {
    worker.run(std::max<std::int64_t>(1, inferences / batch));
  };
}

// With a counter, energy.md's windows; without, there is no grain to drown, and time settles
// sooner.
measure::ProtocolOptions protocol_options(const Settings& common, bool has_counter) {
  measure::ProtocolOptions options;
  const double window = common.number("window");
  options.rule.half_width = common.number("half-width");
  options.window_seconds = window > 0 ? window : has_counter ? 10 : 1;
  if (!has_counter) {
    options.warm_up.least_seconds = 5;
    options.warm_up.most_seconds = 60;
    options.rewarm_seconds = 0.5;
    options.most_delay_seconds = 0.1;
  }
  if (const double seconds = common.number("warm-up"); seconds > 0) {
    options.warm_up.least_seconds = seconds;
    options.warm_up.most_seconds = 10 * seconds;
  }
  options.idle_seconds = std::min(options.idle_seconds, options.window_seconds);
  options.most_seconds = 60 * common.number("energy-minutes");
  return options;
}

// A power sensor is sampled ten times a second, so that is its step.
bool has_counter(const measure::MeteringPlan& plan) { return !plan.counted.empty(); }

std::vector<std::string> names_of(const std::vector<measure::Sensor>& sensors) {
  std::vector<std::string> names;
  names.reserve(sensors.size());
  for (const measure::Sensor& sensor : sensors) names.push_back(sensor.name);
  return names;
}

// Null unless the networks run on GPUs that NVIDIA's library shows.
std::shared_ptr<measure::GpuWatch> gpu_watch(const Settings& common) {
  if (!common.text("device").starts_with("cuda")) return nullptr;
  const measure::NvmlOpened opened = measure::open_nvml(common.text("nvml"));
  std::vector<std::string> faults;
  if (!opened.library) return nullptr;
  return std::make_shared<measure::GpuWatch>(measure::list_gpus(opened.library, faults));
}

measure::Experiment run_experiment(std::span<const Measured> networks,
                                   std::vector<measure::Worker>& workers, std::size_t other,
                                   std::int64_t batch, const StageContext& context,
                                   measure::Metering& metering) {
  measure::WatchOptions watched;
  watched.foreign_share = context.common.number("foreign-share");
  for (const measure::Worker& worker : workers) watched.processes.push_back(worker.process());
  const auto watch = std::make_shared<measure::MachineWatch>(watched);
  const measure::ProtocolOptions options =
      protocol_options(context.common, has_counter(metering.plan()));
  measure::Experiment experiment{.before = networks.front().report->name,
                                 .after = networks[other].report->name,
                                 .evidence = {},
                                 .result = {},
                                 .window_seconds = options.window_seconds,
                                 .sensors = names_of(metering.plan().counted),
                                 .gain_error = metering.plan().gain_error,
                                 .power = power_assumptions(context.common)};
  experiment.evidence =
      gather(workload_of(workers.front(), batch), workload_of(workers[other], batch),
             metering.probes(watch, gpu_watch(context.common)), options, context.run);
  experiment.result = summarize(experiment.evidence);
  return experiment;
}

void explain_rejections(const measure::Experiment& experiment, measure::Report& report) {
  for (const auto& [reason, count] : experiment.result.rejected) {
    report.notes.push_back(
        fmt::format("{} windows of the energy measurement do not count: {}.", count, reason));
  }
  const measure::ProtocolResult& result = experiment.result;
  const measure::RatioResult& ratio = result.joules ? *result.joules : result.seconds;
  if (!ratio.conclusive) {
    report.notes.emplace_back(
        "The paired windows are inconclusive: their interval is wider than --half-width asks. A "
        "quiet machine, longer windows or more time would narrow it.");
  }
}

}  // namespace

measure::ExecutionTraits traits_of(const std::string& precision, std::int64_t batch) {
  const auto has = [&](const char* word) { return precision.find(word) != std::string::npos; };
  measure::ExecutionTraits traits{.batch = static_cast<double>(batch)};
  if (has("int8")) {
    traits.precision = measure::Precision::kInt8;
  } else if (has("bfloat16")) {
    traits.precision = measure::Precision::kBfloat16;
  } else if (has("float16")) {
    traits.precision = measure::Precision::kFloat16;
  }
  return traits;
}

std::optional<measure::Side> side_of(const measure::ModelReport& model, std::size_t place) {
  if (model.role != measure::Role::kBefore && model.role != measure::Role::kAfter) {
    return std::nullopt;
  }
  return place == 0 ? measure::Side::kBefore : measure::Side::kAfter;
}

void measure_energy(std::span<const Measured> networks, std::vector<measure::Worker>& workers,
                    std::int64_t batch, const StageContext& context, const MeasuringTools& tools,
                    measure::Report& report) {
  const measure::MeteringPlan& plan = tools.metering->plan();
  const bool alone = networks.size() < 2 || networks[1].report->role == measure::Role::kRival;
  const std::size_t other = alone ? 0 : 1;
  context.run.say(has_counter(plan)
                      ? "Measuring energy in paired windows; this takes minutes."
                      : "No sensor covers the machine: energy is estimated from time.");
  const measure::Experiment experiment =
      run_experiment(networks, workers, other, batch, context, *tools.metering);
  for (std::size_t i = 0; i < networks.size(); ++i) {
    measure::ModelEnergy energy =
        energy_of(experiment, side_of(*networks[i].report, i), networks[i].report->latency.front());
    add_operation_estimate(*networks[i].cost,
                           traits_of(networks[i].report->latency.front().runtime.precision, batch),
                           energy);
    networks[i].report->energy = std::move(energy);
  }
  for (const std::string& note : plan.notes) report.notes.push_back(note);
  for (const std::string& note : experiment.result.notes) report.notes.push_back(note);
  explain_rejections(experiment, report);
  report.experiments.push_back(experiment);
}

void compare_networks(const Settings& common, measure::Report& report) {
  const measure::ModelReport* before = report.find(measure::Role::kBefore);
  const measure::ModelReport* after = report.find(measure::Role::kAfter);
  if (before == nullptr || after == nullptr) return;
  const measure::Experiment* experiment =
      report.experiments.empty() ? nullptr : &report.experiments.front();
  measure::Comparison comparison =
      measure::compare(*before, *after, common.number("margin"), experiment);
  comparison.break_even = paid_back(spent_on(report.stages), *before, comparison);
  comparison.verdict = verdict_of(*before, *after, report.models, comparison);
  report.comparison = std::move(comparison);
}

void add_footprint(const Settings& common, measure::Report& report) {
  measure::FootprintReport footprint{.options = footprint_options(common),
                                     .inference = {},
                                     .compression = std::nullopt,
                                     .constants = footprint_constants(common)};
  for (const measure::ModelReport& model : report.models) {
    if (!model.energy || !model.energy->per_inference.value) continue;
    measure::InferenceFootprint row =
        inference_footprint(model.energy->per_inference, footprint.options, footprint.constants);
    row.role = name_of(model.role);
    row.name = model.name;
    footprint.inference.push_back(std::move(row));
  }
  const measure::Figure spent = spent_on(report.stages);
  if (spent.value) {
    footprint.compression = compression_footprint(spent, footprint.options, footprint.constants);
  }
  if (!footprint.inference.empty() || footprint.compression) report.footprint = footprint;
}

}  // namespace gcompress::compress
