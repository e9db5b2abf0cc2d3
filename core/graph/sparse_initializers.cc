// Checking the two forms of indices: linear [nonzeros], or by dimension [nonzeros, rank].
#include "gcompress/core/graph/sparse_initializers.h"

namespace gcompress::graph {

void check_sparse_initializer(const SparseInitializer& sparse) {
  const ErrorPlace place{.file = {}, .node = {}, .value = sparse.name};
  const std::int64_t elements = element_count(sparse.shape);
  const Shape& indices = sparse.indices.shape();
  const bool linear = indices.size() == 1;
  const bool by_dimension =
      indices.size() == 2 && indices[1] == static_cast<std::int64_t>(sparse.shape.size());
  if (sparse.values.rank() != 1 || sparse.indices.dtype() != DataType::kInt64 ||
      !(linear || by_dimension) || indices[0] != sparse.values.size()) {
    throw_input("a sparse tensor's indices, " + name_of(sparse.indices.dtype()) +
                    to_string(indices) + ", do not fit its values " +
                    to_string(sparse.values.shape()) + " and shape " + to_string(sparse.shape),
                place);
  }
  std::size_t dimension = 0;
  for (const std::int64_t index : sparse.indices.as<std::int64_t>()) {
    const std::int64_t bound = linear ? elements : sparse.shape[dimension];
    if (!linear) dimension = (dimension + 1) % sparse.shape.size();
    if (index < 0 || index >= bound) {
      throw_input("a sparse tensor's index " + std::to_string(index) +
                      " lies outside of its shape " + to_string(sparse.shape),
                  place);
    }
  }
}

}  // namespace gcompress::graph
