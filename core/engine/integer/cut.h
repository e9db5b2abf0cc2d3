// A network in pieces that run one after another: on integers, or in floating point. Between them
// go numbers.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/qdq/reader.h"

namespace gcompress::engine::integer {

struct Piece {
  bool on_integers = false;
  std::vector<graph::CodeStep>
      steps;              // on integers: what is rounded, operators, what becomes numbers
  graph::Network floats;  // in floating point
  std::vector<std::string> inputs, outputs;  // values of the network
};

struct CutNetwork {
  graph::CodeNetwork codes;
  std::vector<Piece> pieces;
};

// As few pieces as can be: a piece for each change between integers and floating point along some
// path. Nodes in `refused` compute on numbers. No pieces where nothing would run on integers, or
// where nodes hold graphs of their own.
CutNetwork cut_network(const graph::Network& network, const std::set<std::size_t>& refused);

}  // namespace gcompress::engine::integer
