// npz:FILE, arrays named like the network's inputs, and perhaps labels.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "gcompress/core/data/formats.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/npz.h"
#include "gcompress/core/data/splits.h"

namespace gcompress::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLabels = "labels";

bool all_zero_or_one(const Tensor& tensor) {
  if (is_floating(tensor.dtype())) {
    const std::vector<float> values = to_float32(tensor);
    return std::all_of(values.begin(), values.end(), [](float v) { return v == 0 || v == 1; });
  }
  const std::vector<std::int64_t> values = to_int64(tensor);
  return std::all_of(values.begin(), values.end(), [](auto v) { return v == 0 || v == 1; });
}

bool one_a_sample(const Tensor& labels) {
  return labels.rank() > 0 && labels.size() == labels.shape().front();
}

// What labels of this form mean: whole numbers, one a sample, are classes; boards of 0 and 1 are
// cells; the rest are values.
std::string task_of(const Tensor& labels) {
  if (one_a_sample(labels) && !is_floating(labels.dtype())) return "classification";
  return labels.rank() == 4 && all_zero_or_one(labels) ? "cells" : "regression";
}

// Class numbers as int64 [N], everything else as float32.
Tensor labels_for(const std::string& task, const Tensor& labels) {
  if (task == "classification" || task == "binary") {
    if (!one_a_sample(labels) || is_floating(labels.dtype())) {
      throw_input("are " + name_of(labels.dtype()) + " of shape " + to_string(labels.shape()) +
                      ", not class numbers",
                  {.file = {}, .node = {}, .value = kLabels}, "give integers of shape [N]");
    }
    return Tensor::from({labels.size()}, to_int64(labels));
  }
  if (is_floating(labels.dtype())) return Tensor::from(labels.shape(), to_float32(labels));
  const std::vector<std::int64_t> values = to_int64(labels);
  return Tensor::from(labels.shape(), std::vector<float>(values.begin(), values.end()));
}

std::shared_ptr<const Source> read_source(const fs::path& file, std::string& task) {
  std::map<std::string, Tensor> arrays = read_npz(file);
  try {
    std::optional<MemorySource::Part> labels;
    std::vector<MemorySource::Part> inputs;
    for (auto& [name, array] : arrays) {
      if (name != kLabels) {
        inputs.push_back({name, std::move(array)});
        continue;
      }
      if (task == "auto") task = task_of(array);
      labels = MemorySource::Part{name, labels_for(task, array)};
    }
    if (inputs.empty()) throw_input("holds no input arrays");
    if (!labels) task.clear();
    return std::make_shared<MemorySource>(std::move(inputs), std::move(labels));
  } catch (const Error& error) {
    throw error.in_file(file.string());
  }
}

bool same(const Column& a, const Column& b) {
  return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape;
}

std::string shown(const Column& column) {
  return column.name + " " + name_of(column.dtype) + to_string(column.shape);
}

void require_same_columns(const Source& train, const Source& test, const fs::path& test_file) {
  const ErrorPlace place = {.file = test_file.string(), .node = {}, .value = {}};
  if (train.inputs().size() != test.inputs().size() ||
      (train.labels() == nullptr) != (test.labels() == nullptr)) {
    throw_input("does not hold the same arrays as the training file", place);
  }
  for (std::size_t i = 0; i < train.inputs().size(); ++i) {
    if (same(train.inputs()[i], test.inputs()[i])) continue;
    throw_input(
        "has " + shown(test.inputs()[i]) + ", the training file has " + shown(train.inputs()[i]),
        place);
  }
  if (train.labels() != nullptr && train.labels()->shape != test.labels()->shape) {
    throw_input(
        "has " + shown(*test.labels()) + ", the training file has " + shown(*train.labels()),
        place);
  }
}

}  // namespace

DataParts open_npz(Specification& specification, const OpenOptions& options, const RunContext&) {
  const fs::path file = required_path(specification);
  const fs::path test_file = specification.text_of("test", "");
  std::string task = specification.choice(
      "task", "auto", {"auto", "classification", "binary", "cells", "regression"});
  const Preprocessing preprocessing = read_preprocessing(specification, options, {});
  specification.finish();
  const auto train = read_source(file, task);
  Sets sets = {.train = train,
               .test = nullptr,
               .preprocessing = preprocessing,
               .classes = {},
               .name = file.filename().string(),
               .task = task};
  if (test_file.empty()) return split_one(sets, options);
  sets.test = read_source(test_file, task);
  require_same_columns(*train, *sets.test, test_file);
  return split(sets, options);
}

}  // namespace gcompress::data
