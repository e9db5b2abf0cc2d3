// Reads a report.json back: what other commands go on with. Strict: a report comes from anywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gcompress/measure/figure.h"
#include "gcompress/measure/host.h"
#include "gcompress/measure/report.h"

namespace gcompress::measure {

// A figure without a value is one that the report does not know or does not have.
struct StoredLatency {
  std::string executor;
  std::string version;    // empty: not known
  std::string precision;  // empty: not known
  std::int64_t batch = 1;
  std::int64_t threads = 0;
  Figure median;
  Figure p90;
  Figure p99;
};

struct StoredModel {
  Role role = Role::kBefore;
  std::string name;
  std::string path;
  std::string sha256;
  Sizes sizes;
  std::optional<Accuracy> accuracy;
  std::vector<StoredLatency> latency;
  Figure peak_memory;
  Figure cold_start;
  Figure joules_per_inference;  // never negative
  Figure joules_marginal;
  std::vector<std::string> sensors;  // that measured the energy
};

struct StoredReport {
  std::string file;
  std::uint64_t seed = 0;
  Host host;
  std::vector<StoredModel> models;
  Figure energy_ratio;            // after / before
  Figure saving;                  // joules an inference, of the report's own break-even
  std::vector<StageCost> stages;  // energies are never negative
  std::optional<Trials> trials;   // names and models only

  const StoredModel* find(Role role) const;  // the first of that role, or null
};

// Throws Error(kInput) naming the file and the entry: not JSON, another schema, wrong types,
// numbers that contradict each other or that nothing real reaches. Entries that it does not know
// are skipped. Control characters in names become '?'.
StoredReport parse_report(std::string_view json, const std::string& file);
// A report.json, or the output folder that holds it.
StoredReport read_report(const std::filesystem::path& given);

}  // namespace gcompress::measure
