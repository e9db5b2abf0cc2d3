// Einsum's equation.
#include "gcompress/core/graph/shape_rules/einsum.h"

#include <algorithm>
#include <map>

namespace gcompress::graph {

std::optional<EinsumEquation> parse_einsum(const Node& node) {
  std::string text = attribute_string(node, "equation", "");
  std::erase(text, ' ');
  if (text.find('.') != std::string::npos) return std::nullopt;
  EinsumEquation equation;
  const std::size_t arrow = text.find("->");
  const std::string left = text.substr(0, arrow);
  std::map<char, int> uses;
  equation.inputs.emplace_back();
  for (const char letter : left) {
    if (letter == ',') {
      equation.inputs.emplace_back();
    } else {
      equation.inputs.back() += letter;
      ++uses[letter];
    }
  }
  if (equation.inputs.size() != node.inputs.size()) return std::nullopt;
  if (arrow != std::string::npos) {
    equation.output = text.substr(arrow + 2);
    const bool all_known = std::all_of(equation.output.begin(), equation.output.end(),
                                       [&](char letter) { return uses.contains(letter); });
    if (!all_known) return std::nullopt;
  } else {
    for (const auto& [letter, count] : uses) {
      if (count == 1) equation.output += letter;
    }
  }
  return equation;
}

}  // namespace gcompress::graph
