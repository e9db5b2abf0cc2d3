// Batches of a part of a source.
#include "gcompress/core/data/dataset.h"

#include "gcompress/core/data/preprocess.h"

namespace gcompress::data {

Batch Dataset::batch(std::span<const std::int64_t> positions) const {
  Batch batch;
  batch.size = static_cast<std::int64_t>(positions.size());
  batch.indices.reserve(positions.size());
  for (const std::int64_t position : positions) {
    GCOMPRESS_CHECK(position >= 0 && position < size());
    batch.indices.push_back(indices[static_cast<std::size_t>(position)]);
  }
  const std::vector<Column>& columns = source->inputs();
  for (std::size_t column = 0; column < columns.size(); ++column) {
    batch.inputs.emplace_back(columns[column].name,
                              preprocess(source->read(column, batch.indices), preprocessing));
  }
  if (labelled()) batch.labels = source->read(columns.size(), batch.indices);
  return batch;
}

}  // namespace gcompress::data
