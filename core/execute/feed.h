// Feeds batches of data to an executor whose inputs have names, types and perhaps a fixed batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::execute {

// Made once for an executor and a data set; throws Error(kUsage) with both shapes where the data's
// columns do not fit the network's inputs: a single unnamed column goes to the only input, others
// by name, more columns than inputs are left out.
class Feed {
 public:
  Feed(Executor& executor, const data::Dataset& data);

  // The batch size to ask for: the network's own where it is fixed, else the wanted one.
  std::int64_t batch_size(std::int64_t wanted) const {
    return fixed_batch_ > 0 ? fixed_batch_ : wanted;
  }

  // The batch as the network takes it: converted, and filled up with zeros to a fixed batch size.
  Values inputs_of(const data::Batch& batch) const;

  // Runs one batch and returns all outputs with batch.size rows: a batch smaller than the network's
  // fixed one is filled up with zeros, and the outputs are cut. Numbers are converted to float32
  // where the network wants that. Throws Error(kInput) if an output's rows are not the batch's.
  Values run(const data::Batch& batch);

 private:
  struct Port {
    std::size_t column;
    std::string name;
    DataType dtype;
  };

  Executor& executor_;
  std::vector<Port> ports_;
  std::int64_t fixed_batch_ = 0;
};

// A value as the network declares it: "image [N, 3, 32, 32]".
std::string shown(const graph::Value& value);

// The first `rows` rows; the same tensor with zero rows added up to `rows`.
Tensor first_rows(const Tensor& tensor, std::int64_t rows);
Tensor padded_rows(const Tensor& tensor, std::int64_t rows);

}  // namespace gcompress::execute
