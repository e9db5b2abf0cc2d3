// A stage: one step of a recipe, and what flows from stage to stage.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/compress/measuring/stage_costs.h"
#include "gcompress/compress/settings.h"
#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/measure/report.h"

namespace gcompress::compress {

// A network that an honest engineer would have made instead, from the same run.
struct Rival {
  std::string name;  // "dense trained on"
  graph::Network network;
  // What runs it where that is not the run's own executor: the option's text for workers, and the
  // factory that it stands for. Empty: the run's.
  std::string executor = {};
  execute::ExecutorFactory make_executor = {};
  bool is_before = false;  // the network before, only run otherwise: no file of its own
};

// A network on the way: what a stage that compresses left to the next one.
struct Step {
  std::string name;  // "1 prune": the place of the stage, from 1, and its name
  graph::Network network;
};

// Walks from stage to stage.
struct StageState {
  graph::Network network;
  graph::Masks masks;                   // of the pruned network; empty before
  std::optional<data::DataParts> data;  // nullopt: none given
  execute::Task task;
  std::optional<graph::Network> before;  // the network that compression began with
  std::vector<Step> steps;               // between before and the last network
  std::vector<Rival> rivals;
  std::vector<measure::LayerReport> layers;
  std::int64_t parameters_outside = 0;
  bool target_missed = false;      // more is kept than the target allows
  std::vector<std::string> notes;  // decisions, for the report
  std::optional<measure::Trials> trials;
  // What an earlier run took to make the network; this run's own come behind.
  std::vector<measure::StageCost> earlier_stages;
};

// What a stage is given besides its settings and the state.
struct StageContext {
  const Settings& common;
  RunContext run;
  std::filesystem::path checkpoints;  // a folder of the stage's own; empty: none
  bool resume = false;
  execute::ExecutorFactory make_executor;  // empty where the program has no executor
  StageCosts* costs = nullptr;             // null: nobody counts

  // From here on, what the run takes counts as that part of it ("rivals").
  void begin_part(const std::string& part) const {
    if (costs != nullptr) costs->begin(part);
  }
};

// A row of the table of stages. Rows are plain functions; a stage that trains stands in two tables,
// the short one without its training part.
struct StageRow {
  std::string name;
  std::string summary;
  std::vector<OptionRow> options;
  // True compresses (the network entering the first such stage is "before"), false prepares.
  bool compresses = true;
  // The numeric option that trades size for accuracy, and is harmless at 1 (chain/back_off.h);
  // empty: there is none.
  std::string back_off = {};
  // "Before" where that is not the network entering the stage: a teacher; nullopt: it is. May be
  // null.
  std::optional<graph::Network> (*before)(const Settings& settings) = nullptr;
  bool (*needs_training)(const Settings& settings, const Settings& common) = nullptr;
  // Checks what can be checked before anything runs; throws Error(kUsage). May be null.
  void (*validate)(const Settings& settings, const Settings& common) = nullptr;
  // May resolve settings (a decision taken during the run).
  void (*run)(Settings& settings, StageState& state, const StageContext& context) = nullptr;
};

// What a program can do: its stages, and its executors by name.
struct ExecutorRow {
  using Make = std::unique_ptr<execute::Executor> (*)(const graph::Network& network,
                                                      const std::string& argument,
                                                      const RunContext& context);
  std::string name;
  std::string argument = {};  // what stands behind the colon: "LIBRARY"; empty: nothing may
  bool needs_training = false;
  bool cpu_only = false;
  // Checks the argument before anything runs; throws Error(kUsage). May be null.
  void (*check)(const std::string& argument) = nullptr;
  Make make = nullptr;  // null where the program lacks it
};
struct Tables {
  std::vector<StageRow> stages;
  std::vector<ExecutorRow> executors;

  const StageRow& stage(const std::string& name) const;  // throws Error(kUsage), nearest name
};

}  // namespace gcompress::compress
