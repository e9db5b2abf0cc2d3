// Fully connected networks of any input shape and widths.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::networks {

// ReLU between layers fc1, fc2, ...; inputs of more than one dimension are flattened first.
graph::Network perceptron(const std::string& name, const Shape& input,
                          const std::vector<std::int64_t>& hidden, std::int64_t outputs,
                          std::uint64_t seed);

}  // namespace gcompress::networks
