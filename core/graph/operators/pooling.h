// Attributes of MaxPool, AveragePool and LpPool.
#pragma once

#include <cstdint>

#include "gcompress/core/graph/operators/windows.h"

namespace gcompress::graph {

struct PoolAttributes {
  Window window;
  bool count_include_pad = false;  // AveragePool
  bool column_major = false;       // MaxPool's Indices (storage_order 1)
  std::int64_t p = 2;              // LpPool
};

PoolAttributes pool_attributes(const Node& node);

}  // namespace gcompress::graph
