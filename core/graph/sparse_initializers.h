// Sparse initializers: values and where they lie.
#pragma once

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

// Throws Error(kInput) naming the initializer if indices and values do not fit one another, or an
// index lies outside of the shape.
void check_sparse_initializer(const SparseInitializer& sparse);

}  // namespace gcompress::graph
