// What a fit is a fit of: a checkpoint of another one must not be gone on from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::train {

// 64-bit hashes of everything that decides the result. Where checkpoints go, threads and device
// are not among them.
struct RunIdentity {
  std::uint64_t network = 0;
  std::uint64_t data = 0;
  std::uint64_t options = 0;
  std::uint64_t seed = 0;
  std::uint64_t masks = 0;
  std::uint64_t teacher = 0;
  std::uint64_t hooks = 0;
  bool operator==(const RunIdentity&) const = default;
};

// Of the opset, nodes, weights and ports of the main graph.
std::uint64_t identity_of(const graph::Network& network);
// Of the samples' numbers, their preprocessing, and the first sample for the rest.
std::uint64_t identity_of(const data::Dataset& data);

RunIdentity identify(const graph::Network& network, const data::Dataset& train,
                     const data::Dataset& tune, const execute::Task& task,
                     const FitOptions& options, const graph::Masks& initial_masks,
                     const std::optional<Teacher>& teacher, const std::string& hooks,
                     std::uint64_t seed);

// "the network and the options", for a message; empty if they are equal.
std::string differences(const RunIdentity& a, const RunIdentity& b);

}  // namespace gcompress::train
