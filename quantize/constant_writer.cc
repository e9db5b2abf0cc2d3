// New constants.
#include "gcompress/quantize/constant_writer.h"

#include <algorithm>

namespace gcompress::quantize {

std::string ConstantWriter::add(const std::string& wanted_name, Tensor value) {
  graph::Initializer constant;
  constant.name = names_.take(wanted_name);
  constant.value = std::move(value);
  network_.graph.initializers.push_back(std::move(constant));
  return network_.graph.initializers.back().name;
}

void ConstantWriter::replace(graph::Node& node, std::size_t input, const std::string& suffix,
                             Tensor value) {
  node.inputs.resize(std::max(node.inputs.size(), input + 1));
  const std::string old = node.inputs[input];
  if (!old.empty()) replaced_.insert(old);
  node.inputs[input] = add((old.empty() ? node.outputs.front() : old) + suffix, std::move(value));
}

}  // namespace gcompress::quantize
