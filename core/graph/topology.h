// How nodes and values hang together: every value has one producer, and no cycle.
#pragma once

#include <string>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// What messages call a node: its name, or else its first output, or else its operator.
std::string label_of(const Node& node);

// Checks the main graph, all subgraphs and all functions:
//   - every value is produced once: no output, input or initializer shares its name with another
//     in the same graph (an initializer may give an input its default);
//   - every input of a node and every output of a graph is produced, here or in an outer graph;
//   - sparse initializers have as many indices as values, all inside their shape;
//   - nodes form no cycle, through subgraphs neither, and functions do not call themselves.
// Nodes that only stand in the wrong order are sorted, the others keep their places: runtimes
// accept such files, and the order of independent nodes means nothing. Throws Error(kInput) naming
// node and value.
void check_and_sort(Network& network);

}  // namespace gcompress::graph
