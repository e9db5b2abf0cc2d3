// A source whose columns lie in memory as whole tensors.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

class MemorySource : public Source {
 public:
  struct Part {
    std::string name;  // as in Column
    Tensor values;     // [samples, shape...]
  };

  // All parts must have the same first dimension; throws Error(kInput) with both shapes otherwise.
  MemorySource(std::vector<Part> inputs, std::optional<Part> labels);

  std::int64_t size() const override { return size_; }
  const std::vector<Column>& inputs() const override { return inputs_; }
  const Column* labels() const override { return labels_ ? &*labels_ : nullptr; }
  Tensor read(std::size_t column, std::span<const std::int64_t> indices) const override;

  // The whole of a column.
  const Tensor& values(std::size_t column) const { return values_[column]; }

 private:
  std::int64_t size_ = 0;
  std::vector<Tensor> values_;
  std::vector<Column> inputs_;
  std::optional<Column> labels_;
};

// The rows of a tensor [samples, ...] at these indices, one after another.
Tensor gather_rows(const Tensor& values, std::span<const std::int64_t> indices);

}  // namespace gcompress::data
