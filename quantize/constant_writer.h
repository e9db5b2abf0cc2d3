// Gives nodes constants of their own. Internal to quantize.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/rewriting.h"

namespace gcompress::quantize {

// Old constants may have other readers, so new ones come under new names; finish() drops those that
// nobody reads any more.
class ConstantWriter {
 public:
  explicit ConstantWriter(graph::Network& network) : network_(network), names_(network.graph) {}

  std::string add(const std::string& wanted_name, Tensor value);
  // The node reads this at that input; `suffix` is added to the name of what it read.
  void replace(graph::Node& node, std::size_t input, const std::string& suffix, Tensor value);
  std::string new_name(const std::string& wanted) { return names_.take(wanted); }
  void finish() { graph::drop_unread(network_.graph, replaced_); }

 private:
  graph::Network& network_;
  graph::NewNames names_;
  std::set<std::string> replaced_;
};

}  // namespace gcompress::quantize
