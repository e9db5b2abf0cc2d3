// Einsum's equation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

struct EinsumEquation {
  std::vector<std::string> inputs;  // one letter an axis
  std::string output;
};

// "ij,jk->ik", the output made up where it is left out (letters that occur once, sorted).
// Nothing for equations with an ellipsis, or whose terms are not as many as the inputs.
std::optional<EinsumEquation> parse_einsum(const Node& node);

}  // namespace gcompress::graph
