// Looking at values of a network while samples run through it.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::quantize {

struct CalibrateOptions {
  std::int64_t samples = 300;    // at most: a seeded subset of the data
  std::int64_t batch_size = 16;  // memory holds the wanted values of one batch
};

// Samples, and what runs networks. What it refers to must live longer.
struct Samples {
  const execute::ExecutorFactory& make_executor;
  const data::Dataset& data;
  const CalibrateOptions& options;
  const RunContext& context;
};

// Calls visit for each of the values, batch after batch, always the same samples. `work` names it
// in the progress. Throws Error(kUsage) where data and network do not fit or there is no data.
using VisitValue = std::function<void(const std::string& value, const Tensor& tensor)>;
void probe(const graph::Network& network, const std::set<std::string>& values,
           const Samples& samples, const std::string& work, const VisitValue& visit);

// The same, all values of a batch at once.
using VisitValues = std::function<void(const execute::Values& values)>;
void probe_together(const graph::Network& network, const std::set<std::string>& values,
                    const Samples& samples, const std::string& work, const VisitValues& visit);

}  // namespace gcompress::quantize
