// The table that `inspect` shows: every node that holds parameters or computes, with its shape,
// parameters, density, operations, and whether it can be pruned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

// One parameter tensor of a layer.
struct LayerWeight {
  WeightId id;
  std::string role;   // "kernel", "bias", ...
  std::string dtype;  // "float"
  Shape shape;
  std::int64_t parameters = 0;
  std::int64_t nonzero = 0;
  bool shared = false;  // used by other nodes, too; counted here, at its first use
  bool prunable = true;
  std::string why_not;  // where it is not prunable
  bool fixed = false;   // a likely filter bank: exempt from the target
};

struct Layer {
  std::string name;          // of the node, or its first output
  std::string op_type;       // with the domain where it is not ONNX's own
  std::string output_shape;  // "[N, 64, 56, 56]", "unknown"
  std::int64_t parameters = 0;
  std::int64_t nonzero_parameters = 0;
  std::int64_t flops = -1;  // -1: unknown
  std::int64_t nonzero_flops = -1;
  std::vector<LayerWeight> weights;
  // What can be pruned here: all prunable weights of the layer.
  std::int64_t prunable_parameters = 0;
  // Why nothing can, in a short clause ("no weights", "a bias"); empty if something can.
  std::string why_not;

  double density() const {
    return parameters == 0
               ? 1
               : static_cast<double>(nonzero_parameters) / static_cast<double>(parameters);
  }
};

struct LayerTable {
  std::vector<Layer> layers;  // nodes of the main graph that hold parameters or compute
  NetworkCost cost;           // totals
  std::int64_t prunable_parameters = 0;
  std::int64_t fixed_parameters = 0;  // likely filter banks
};

LayerTable layer_table(const Network& network, const std::vector<Weight>& weights,
                       const InferredShapes& shapes);

}  // namespace gcompress::graph
