// inspect --plan: the steps that the engine runs for a network, what each is expected to take, and
// what it takes.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "gcompress/core/engine/predict.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::tools {

struct PlanQuestion {
  std::int64_t batch = 1;  // where the network leaves it open
  int threads = 1;
  double measure_seconds = 0.3;  // 0: nothing is run
};

struct PlanStep {
  std::string node;
  std::string op_type;
  std::string kernel;
  double density = -1;      // of the weights that it multiplies by; -1: there are none
  std::int64_t flops = -1;  // on nonzero weights; -1: unknown
  engine::NodeWork work;    // amount 0: not predicted
  double measured = -1;     // nanoseconds, the median of the runs; -1: not measured
};

struct PlanReport {
  std::int64_t batch = 1;
  int threads = 1;
  std::int64_t arena_bytes = 0;
  std::int64_t runs = 0;
  std::vector<PlanStep> steps;
};

// Makes the plan, with inputs of normal values. Throws Error(kUnsupported) with all that the
// engine lacks, or where sizes of inputs are not known.
PlanReport report_plan(const graph::Network& network, const PlanQuestion& question);

std::string plan_to_text(const PlanReport& report);
nlohmann::ordered_json plan_to_json(const PlanReport& report);

}  // namespace gcompress::tools
