// Measuring networks in workers.
#include "gcompress/compress/measuring/measurements.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/compress/measuring/energy.h"
#include "gcompress/compress/measuring/options.h"
#include "gcompress/compress/measuring/workers.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/qdq/pattern.h"

namespace gcompress::compress {
namespace {

// Leaves zero weights out; its name in reports.
constexpr const char* kEngine = "engine";

namespace fs = std::filesystem;

// Fresh workers of each network. A start takes up to a second, so there are few.
constexpr int kColdStarts = 3;

struct Started {
  std::vector<measure::Worker> workers;          // one a network
  std::vector<std::vector<double>> cold_starts;  // ms, by network
};

// Starts fresh workers forth and back, and keeps the last of each network.
Started start_workers(const std::vector<measure::WorkerCommand>& commands, int times,
                      const RunContext& context) {
  Started started;
  started.cold_starts.resize(commands.size());
  std::vector<std::unique_ptr<measure::Worker>> last(commands.size());
  for (int round = 0; round < times; ++round) {
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const std::size_t turn = round % 2 == 0 ? i : commands.size() - 1 - i;
      last[turn].reset();  // two at once would share the memory that each should have
      last[turn] = std::make_unique<measure::Worker>(commands[turn], context);
      started.cold_starts[turn].push_back(1000 * last[turn]->cold_start_seconds());
    }
  }
  for (auto& worker : last) started.workers.push_back(std::move(*worker));
  return started;
}

std::vector<measure::TimedNetwork> timed(std::vector<measure::Worker>& workers) {
  std::vector<measure::TimedNetwork> networks;
  networks.reserve(workers.size());
  for (measure::Worker& worker : workers) {
    networks.push_back({.executor = worker.executor_name(),
                        .runtime = worker.runtime(),
                        .times = [&worker](std::int64_t runs) { return worker.times(runs); }});
  }
  return networks;
}

void add_latency(std::vector<measure::Worker>& workers, std::int64_t batch,
                 std::span<const Measured> networks, const RunContext& context) {
  const auto results = measure::measure_latency(timed(workers), batch, {}, context);
  for (std::size_t i = 0; i < networks.size(); ++i) {
    networks[i].report->latency.push_back(results[i]);
  }
}

void add_memory(Started& started, std::span<const Measured> networks) {
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const auto bytes = static_cast<double>(started.workers[i].peak_memory_bytes());
    measure::MemoryResult memory;
    memory.peak.unit = "bytes";
    if (bytes > 0) memory.peak.value = bytes;
    memory.cold_starts = started.cold_starts[i];
    summarize_cold_starts(memory);
    networks[i].report->memory = memory;
  }
}

// Files for one batch size; empty where a network only takes another, or networks differ.
std::vector<WorkerFiles> files_for(std::span<const Measured> networks,
                                   const std::vector<fs::path>& files, const data::Dataset& data,
                                   std::int64_t batch, bool must, const fs::path& scratch) {
  std::vector<WorkerFiles> result;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    result.push_back(write_inputs(*networks[i].executor, data, files[i], batch, scratch));
    const bool other = result.back().batch != (must ? result.front().batch : batch);
    if (other) return {};
  }
  return result;
}

void explain_zeros(std::span<const Measured> networks, measure::Report& report) {
  const measure::ModelReport& first = *networks.front().report;
  if (first.latency.empty()) return;  // nothing ran: the networks take different batches
  for (const Measured& network : networks) {
    const measure::Sizes& sizes = network.report->sizes;
    const std::string& executor = network.report->latency.front().executor;
    if (&first == network.report || executor == kEngine ||
        sizes.flops_nonzero > 0.9 * static_cast<double>(sizes.flops)) {
      continue;
    }
    report.notes.push_back(fmt::format(
        "{} computes with zero weights like with any other, so weights that were pruned save no "
        "arithmetic in it.",
        executor));
    return;
  }
}

void explain_integers(std::span<const Measured> networks, measure::Report& report) {
  for (const Measured& network : networks) {
    if (network.report->latency.empty() || !graph::is_quantized(*network.network)) continue;
    const std::string& executor = network.report->latency.front().executor;
    if (executor != kEngine && !executor.starts_with("torch")) continue;
    report.notes.push_back(fmt::format(
        "{} computes quantize and dequantize pairs in floating point: its times are not those of "
        "integers, which --executor onnxruntime:LIBRARY measures.",
        executor));
    return;
  }
}

}  // namespace

void measure_networks(std::span<const Measured> networks, const data::Dataset& data,
                      const StageContext& context, const MeasuringTools& tools,
                      measure::Report& report) {
  if (tools.worker_program.empty()) {
    report.notes.emplace_back(
        "Latency was not measured: there is no program to start workers with.");
    return;
  }
  std::vector<fs::path> files;
  files.reserve(networks.size());
  for (std::size_t i = 0; i < networks.size(); ++i) {
    files.push_back(
        write_for_workers(*networks[i].network, "network-" + std::to_string(i), tools.scratch));
  }
  const std::vector<std::int64_t> batches = batch_sizes(context.common);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const bool first = i == 0;
    const std::vector<WorkerFiles> inputs =
        files_for(networks, files, data, batches[i], first, tools.scratch);
    if (inputs.empty()) {
      report.notes.push_back(fmt::format(
          "Batches of {} were not timed: a network takes batches of its own size.", batches[i]));
      continue;
    }
    std::vector<measure::WorkerCommand> commands;
    commands.reserve(inputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      commands.push_back(worker_command(tools.worker_program, inputs[k], context.common,
                                        networks[k].executor_text));
    }
    Started started = start_workers(commands, first ? kColdStarts : 1, context.run);
    add_latency(started.workers, inputs.front().batch, networks, context.run);
    if (!first) continue;
    add_memory(started, networks);
    if (context.common.flag("energy")) {
      measure_energy(networks, started.workers, inputs.front().batch, context, tools, report);
    }
  }
  explain_zeros(networks, report);
  explain_integers(networks, report);
  const std::string remark = networks.front().executor->runtime().remark;
  if (!remark.empty()) report.notes.push_back(remark);
}

}  // namespace gcompress::compress
