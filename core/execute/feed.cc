// Columns to inputs, fixed batches, element types.
#include "gcompress/core/execute/feed.h"

#include <cstring>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/shape_rules/dimensions.h"

namespace gcompress::execute {
namespace {

std::string listed(const std::vector<data::Column>& columns) {
  std::string text;
  for (const data::Column& column : columns) {
    text += (text.empty() ? "" : ", ") + (column.name.empty() ? "samples" : column.name) + " " +
            to_string(column.shape);
  }
  return text;
}

std::size_t column_for(const graph::Value& input, std::size_t inputs, const data::Dataset& data) {
  const std::vector<data::Column>& columns = data.source->inputs();
  if (columns.size() == 1 && inputs == 1 && columns.front().name.empty()) return 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == input.name) return i;
  }
  throw_usage("the network's input " + shown(input) + " has no column in " + data.name +
                  ", which has " + listed(columns),
              "name the arrays like the network's inputs");
}

void require_fit(const graph::Value& input, const data::Column& column, const data::Dataset& data) {
  if (!input.shape) return;
  bool fits = input.shape->size() == column.shape.size() + 1;
  for (std::size_t i = 0; fits && i < column.shape.size(); ++i) {
    const graph::Dimension& dimension = (*input.shape)[i + 1];
    fits = !dimension.known() || dimension.size == column.shape[i];
  }
  if (fits) return;
  throw_usage("the network takes " + shown(input) + ", a sample of " + data.name + " has shape " +
                  to_string(column.shape),
              "give data of that shape (images: size=, csv: drop=)");
}

// The tensor with the network's element type. Any number may become float32; nothing else changes.
Tensor converted(const Tensor& tensor, DataType wanted, const std::string& name) {
  if (wanted == DataType::kUndefined || tensor.dtype() == wanted) return tensor;
  if (is_floating(tensor.dtype()) && is_floating(wanted)) {
    return from_float32(wanted, tensor.shape(), to_float32(tensor));
  }
  if (is_floating(wanted)) {
    const std::vector<std::int64_t> integers = to_int64(tensor);
    const std::vector<float> values(integers.begin(), integers.end());
    return from_float32(wanted, tensor.shape(), values);
  }
  throw_usage("the network takes " + name_of(wanted) + " at " + name + ", the data has " +
              name_of(tensor.dtype()));
}

}  // namespace

std::string shown(const graph::Value& value) {
  if (!value.shape) return value.name + " [...]";
  return value.name + " " + graph::to_string(*value.shape);
}

Tensor first_rows(const Tensor& tensor, std::int64_t rows) {
  Shape shape = tensor.shape();
  GCOMPRESS_CHECK(!shape.empty() && rows <= shape.front());
  if (rows == shape.front()) return tensor;
  shape.front() = rows;
  const std::size_t bytes = byte_count(tensor.dtype(), element_count(shape));
  return Tensor(tensor.dtype(), std::move(shape), tensor.bytes().slice(0, bytes));
}

Tensor padded_rows(const Tensor& tensor, std::int64_t rows) {
  Shape shape = tensor.shape();
  GCOMPRESS_CHECK(!shape.empty() && rows >= shape.front());
  if (rows == shape.front()) return tensor;
  shape.front() = rows;
  std::vector<std::byte> bytes(byte_count(tensor.dtype(), element_count(shape)));
  if (tensor.byte_size() > 0) {
    std::memcpy(bytes.data(), tensor.bytes().data(), tensor.byte_size());
  }
  return Tensor(tensor.dtype(), std::move(shape), Bytes::own(std::move(bytes)));
}

Feed::Feed(Executor& executor, const data::Dataset& data) : executor_(executor) {
  const std::vector<graph::Value>& inputs = executor.inputs();
  for (const graph::Value& input : inputs) {
    const std::size_t column = column_for(input, inputs.size(), data);
    require_fit(input, data.source->inputs()[column], data);
    ports_.push_back({column, input.name, input.dtype});
    if (!input.shape || input.shape->empty() || !input.shape->front().known()) continue;
    const std::int64_t batch = input.shape->front().size;
    if (batch < 1 || (fixed_batch_ > 0 && batch != fixed_batch_)) {
      throw_usage("the network takes " + shown(input) +
                  ", whose first dimension is no number of samples");
    }
    fixed_batch_ = batch;
  }
}

Values Feed::inputs_of(const data::Batch& batch) const {
  const std::int64_t rows = batch_size(batch.size);
  Values inputs;
  for (const Port& port : ports_) {
    const Tensor& values = batch.inputs[port.column].second;
    inputs[port.name] = converted(padded_rows(values, rows), port.dtype, port.name);
  }
  return inputs;
}

Values Feed::run(const data::Batch& batch) {
  const std::int64_t rows = batch_size(batch.size);
  Values outputs = executor_.run(inputs_of(batch));
  for (auto& [name, value] : outputs) {
    if (value.rank() == 0 || value.shape().front() != rows) {
      throw_input("came out with shape " + to_string(value.shape()) + " for a batch of " +
                      std::to_string(rows) + " samples",
                  {.file = {}, .node = {}, .value = name}, "the first dimension must be the batch");
    }
    value = first_rows(value, batch.size);
  }
  return outputs;
}

}  // namespace gcompress::execute
