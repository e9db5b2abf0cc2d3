// What a report's figures were computed from, as files: docs/formats.md describes them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gcompress/measure/report.h"

namespace gcompress::compress {

// A file name, without its ending, that any name of a network leads to: "rival-dense-trained-on".
std::string file_stem(std::string name);

// Writes OUT/evidence: samples, times and cold starts of each network, windows of each experiment.
void write_evidence(const measure::Report& report, const std::filesystem::path& folder);

// Reads what was written back into reports that know their role and name, and their latency's
// batches: per_sample, answers, labels, detail; milliseconds and visits; cold starts. What has no
// file stays empty. Throws Error(kInput) naming file and line.
void read_evidence(const std::filesystem::path& folder, measure::ModelReport& model);
// Experiments in order, with their summaries computed anew.
std::vector<measure::Experiment> read_experiments(const std::filesystem::path& folder);

}  // namespace gcompress::compress
