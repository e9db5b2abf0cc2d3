// Small problems and networks to train in milliseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/core/networks/networks.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::train::testing {

constexpr std::int64_t kInputs = 6;
constexpr std::int64_t kClasses = 3;

inline data::Dataset dataset(Tensor inputs, std::optional<Tensor> labels) {
  std::optional<data::MemorySource::Part> label_part;
  if (labels) label_part = {"labels", std::move(*labels)};
  data::Dataset set;
  set.indices.resize(static_cast<std::size_t>(inputs.shape().front()));
  std::iota(set.indices.begin(), set.indices.end(), 0);
  set.source = std::make_shared<data::MemorySource>(
      std::vector<data::MemorySource::Part>{{"", std::move(inputs)}}, std::move(label_part));
  set.name = "toy";
  return set;
}

// Normal points; the class is which of the first three coordinates is largest.
inline data::Dataset points(std::int64_t count, std::uint64_t seed, bool labelled = true) {
  RandomStream random(seed, "toy");
  std::vector<float> values;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<float> point;
    for (std::int64_t j = 0; j < kInputs; ++j) point.push_back(random.normal());
    labels.push_back(std::max_element(point.begin(), point.begin() + kClasses) - point.begin());
    values.insert(values.end(), point.begin(), point.end());
  }
  Tensor inputs = Tensor::from<float>({count, kInputs}, std::move(values));
  if (!labelled) return dataset(std::move(inputs), std::nullopt);
  return dataset(std::move(inputs), Tensor::from<std::int64_t>({count}, std::move(labels)));
}

inline graph::Network network(std::uint64_t seed = 1) {
  return networks::mlp(kInputs, {16, 8}, kClasses, seed);
}

inline execute::Task classification() {
  return {.kind = execute::TaskKind::kClassification, .output = {}, .classes = kClasses};
}

inline FitOptions options() {
  FitOptions options;
  options.epochs = 4;
  options.batch_size = 32;
  options.learning_rate = 1e-2;
  return options;
}

inline RunContext context(std::uint64_t seed = 5) {
  RunContext context;
  context.seed = seed;
  context.threads = 1;
  return context;
}

// Keeps half of each prunable weight, slantwise, so that no input is cut off.
inline graph::Masks thin_masks(const graph::Network& network) {
  graph::Masks masks;
  for (const graph::Weight& weight : graph::find_weights(network)) {
    if (!weight.prunable) continue;
    graph::Mask mask(weight.value.shape(), false);
    const std::int64_t columns = weight.value.shape().back();
    for (std::int64_t i = 0; i < mask.size(); ++i) mask.set(i, (i + i / columns) % 2 == 0);
    masks[weight.id] = mask;
  }
  return masks;
}

inline bool same_weights(const graph::Network& a, const graph::Network& b) {
  const auto left = graph::find_weights(a);
  const auto right = graph::find_weights(b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].id != right[i].id || !identical(left[i].value, right[i].value)) return false;
  }
  return true;
}

}  // namespace gcompress::train::testing
