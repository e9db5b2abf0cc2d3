// Time, memory and energy of the networks of a run, each in worker processes of its own.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "gcompress/compress/stage.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/graph/costs.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

// A network to measure: its place in the report, the executor that judged it, and its costs.
struct Measured {
  measure::ModelReport* report;
  const graph::Network* network;
  execute::Executor* executor;
  const graph::NetworkCost* cost;
  std::string executor_text;  // for workers: NAME:ARGUMENT; empty: the run's own
};

// What measuring is given besides the networks.
struct MeasuringTools {
  measure::Metering* metering;
  std::string worker_program;  // empty: nothing can be measured, and a note says so
  std::filesystem::path scratch;
};

// Fills in latency and memory, and with --energy the experiments and the energy of each network.
// The first network is the one that the others are compared with. Networks without a batch
// dimension of their own skip the other batch sizes, with a note.
void measure_networks(std::span<const Measured> networks, const data::Dataset& data,
                      const StageContext& context, const MeasuringTools& tools,
                      measure::Report& report);

}  // namespace gcompress::compress
