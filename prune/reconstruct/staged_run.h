// Runs samples through a network a stretch of nodes at a time, so that looking at every layer in
// turn costs about one run in all.
//
// What is alive between two stretches is held for all samples as long as it fits the budget;
// otherwise the last values that did fit are kept, and the next stretch begins there again. At most
// twice that budget (what a stretch begins and ends with) and one batch's values are held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::prune {

// Samples in batches, the same ones in the same order every time.
struct SampleBatches {
  const data::Dataset* data = nullptr;
  std::vector<std::vector<std::int64_t>> positions;  // one list a batch, none empty
};
// A seeded choice of `wanted` samples (all, if there are fewer) in batches of at most `size`. For a
// network with a fixed batch all batches have that size; some samples then come twice.
SampleBatches choose_samples(const graph::Network& network,
                             const execute::ExecutorFactory& make_executor,
                             const data::Dataset& data, std::int64_t wanted, std::int64_t size,
                             std::uint64_t seed);

class StagedRun {
 public:
  // Everything given must live longer.
  StagedRun(const execute::ExecutorFactory& make_executor, const SampleBatches& batches,
            std::int64_t held_bytes, const RunContext& context);

  // Begins a stretch up to node `end` (not with it), after which all values named in `wanted`
  // exist. `network` has the nodes of earlier stretches; those before the reached place may not
  // have changed since. `end` may not go back.
  void begin(const graph::Network& network, std::size_t end, const std::set<std::string>& wanted);
  // The wanted values of the next batch; to be called once for each.
  execute::Values next_batch();

  std::int64_t most_held_bytes() const { return most_held_; }

 private:
  const execute::ExecutorFactory& make_executor_;
  const SampleBatches& batches_;
  std::int64_t held_limit_;
  const RunContext& context_;
  std::vector<execute::Values> held_;       // one a batch; empty: start at the inputs
  std::map<std::string, DataType> dtypes_;  // of the network's values, as far as known

  // Of the present stretch.
  bool runs_ = false;  // false: all that is wanted is at hand
  std::unique_ptr<execute::Executor> executor_;
  std::unique_ptr<execute::Feed> feed_;  // null: it begins at held values
  std::set<std::string> wanted_;
  std::set<std::string> alive_;
  std::size_t batch_ = 0;
  std::vector<execute::Values> living_;  // what is alive behind it, while that fits
  std::int64_t living_bytes_ = 0;
  std::int64_t most_held_ = 0;
};

}  // namespace gcompress::prune
