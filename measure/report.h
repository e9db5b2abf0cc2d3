// A report: what was measured of each network, and what the comparison says. docs/formats.md
// describes its JSON; report.json of an output folder is exactly that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/execute/evaluate.h"
#include "gcompress/measure/carbon/footprint_report.h"
#include "gcompress/measure/comparison.h"
#include "gcompress/measure/figure.h"
#include "gcompress/measure/host.h"
#include "gcompress/measure/latency.h"
#include "gcompress/measure/model_energy.h"
#include "gcompress/measure/trials.h"

namespace gcompress::measure {

// The four sizes, always together. FLOPs are of one inference at batch 1, a multiply and an add
// counting as two.
struct Sizes {
  std::int64_t parameters = 0;
  std::int64_t parameters_nonzero = 0;
  std::int64_t parameters_outside = 0;  // fixed or excluded: on neither side of the target
  std::int64_t dense_bytes = 0;
  std::optional<std::int64_t> packed_bytes;
  std::int64_t flops = 0;
  std::int64_t flops_nonzero = 0;
};

struct Accuracy {
  std::string metric;
  std::int64_t correct = 0;
  std::int64_t total = 0;
  Figure figure;
  std::optional<double> top5;
  std::optional<double> cell_accuracy;
};

// kStage: between before and after, what one of several stages left to the next.
enum class Role { kBefore, kAfter, kStage, kRival };
std::string name_of(Role role);

// Of fresh processes.
struct MemoryResult {
  Figure peak;                           // bytes, the largest resident size
  Figure cold_start;                     // ms from starting the process to its first answer
  std::vector<double> cold_starts = {};  // evidence: ms of each
};

// The cold start from its evidence; what verifying repeats.
void summarize_cold_starts(MemoryResult& memory);

struct ModelReport {
  Role role = Role::kBefore;
  std::string name;
  std::string path;    // of the file, where there is one
  std::string sha256;  // of that file
  Sizes sizes;
  std::optional<Accuracy> accuracy;    // nullopt: no labels, or not measured
  std::vector<LatencyResult> latency;  // one for each batch size
  std::optional<MemoryResult> memory;
  std::optional<ModelEnergy> energy;
  std::optional<double> agreement;          // with the network before, share of equal answers
  std::optional<double> relative_distance;  // to its outputs
  std::optional<std::int64_t> neighbourhoods_right;  // Game of Life, one step: of 512, exact
  std::vector<float> per_sample;                     // evidence; not part of the JSON
  std::vector<std::int64_t> answers;
  std::vector<std::int64_t> labels;
  std::vector<double> detail;  // as execute::Score has it
};

// "before", "after", "stage: 1 prune", "rival: dense int8".
std::string label_of(const ModelReport& model);

// What pruning this tensor alone to a density does: the squared distance of the outputs from the
// dense network's over the square of these.
struct LayerSensitivity {
  double density = 1;
  double loss = 0;
};

struct LayerReport {
  std::string layer;
  std::string tensor;
  std::string role;
  std::int64_t size = 0;
  std::int64_t kept = 0;
  bool floored = false;                       // the floor kept it from losing more
  bool outside = false;                       // fixed or excluded: on neither side of the target
  std::vector<LayerSensitivity> sensitivity;  // empty: not measured
};

// What a stage of a run took, its failed trials and rivals included.
struct StageCost {
  std::string name;
  Figure seconds;
  Figure energy;  // J; value null where a sensor failed meanwhile
};

struct Report {
  std::uint64_t seed = 0;
  Host host;
  std::vector<ModelReport> models;  // before, after, stages, rivals; a single one is "after"
  std::optional<Comparison> comparison;
  std::vector<Experiment> experiments;
  std::vector<StageCost> stages;
  std::optional<FootprintReport> footprint;
  std::vector<LayerReport> layers;
  std::optional<Trials> trials;    // the same ways walked with several seeds
  std::vector<std::string> notes;  // sentences: what was decided and why

  const ModelReport* find(Role role) const;  // the first of that role, or null
};

Accuracy accuracy_of(const execute::Score& score);
// True for metrics that are a share of right answers; others are errors or a user's own score.
bool counts_right_answers(const Accuracy& accuracy);

// The joules of all stages that compressed the network; training it before and measuring it are
// not among them. Value null where there are none, or one of them is not known.
Figure spent_on(const std::vector<StageCost>& stages);

// JSON text, indented, ending in a newline.
std::string to_json(const Report& report);

// The before/after table as text, a column a network.
std::string to_table(const Report& report);
// The same as a Markdown table, with the verdict, for pull requests.
std::string to_markdown(const Report& report);
// The samples that changed answer, both ways, and the interval of the paired difference: a line, or
// nothing where samples are not right or wrong.
std::string changes_text(const Report& report);
// The layers' table: name, parameters, kept, density.
std::string layers_table(const Report& report);

}  // namespace gcompress::measure
