// Weights without a network, for tests of scores and allocations.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::testing {

inline std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "test values");
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = random.normal();
  return values;
}

inline graph::Weight make_layer(const std::string& name, Shape shape, std::vector<float> values,
                                int output_axis) {
  graph::Weight weight;
  weight.id = {"", name};
  weight.value = Tensor::from<float>(std::move(shape), std::move(values));
  weight.layer = name;
  weight.output_axis = output_axis;
  return weight;
}

}  // namespace gcompress::testing
