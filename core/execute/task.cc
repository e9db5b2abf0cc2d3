// Reading the task off data and network.
#include "gcompress/core/execute/task.h"

#include <algorithm>
#include <array>
#include <optional>

#include "gcompress/core/base/error.h"
#include "gcompress/core/execute/feed.h"

namespace gcompress::execute {
namespace {

struct Row {
  TaskKind kind;
  const char* name;
  const char* metric;
  bool higher_is_better;
};

constexpr std::array<Row, 5> kTasks = {{
    {TaskKind::kClassification, "classification", "top1", true},
    {TaskKind::kBinary, "binary", "accuracy", true},
    {TaskKind::kCells, "cells", "board_accuracy", true},
    {TaskKind::kRegression, "regression", "mean_squared_error", false},
    {TaskKind::kUnlabelled, "unlabelled", "agreement", true},
}};

const Row& row_of(TaskKind kind) {
  for (const Row& row : kTasks) {
    if (row.kind == kind) return row;
  }
  GCOMPRESS_CHECK(false);
  return kTasks.back();
}

TaskKind kind_of(const std::string& name) {
  if (name.empty()) return TaskKind::kUnlabelled;
  std::string names;
  for (const Row& row : kTasks) {
    if (name == row.name) return row.kind;
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  throw_usage("there is no task \"" + name + "\"", "choose one of " + names);
}

// Elements of one sample where the network declares them all.
std::optional<std::int64_t> sample_size(const graph::Value& value) {
  if (!value.shape || value.shape->empty()) return std::nullopt;
  Shape shape;
  for (std::size_t i = 1; i < value.shape->size(); ++i) {
    if (!(*value.shape)[i].known()) return std::nullopt;
    shape.push_back((*value.shape)[i].size);
  }
  return element_count(shape);
}

// The largest label of the part, and the smallest.
std::pair<std::int64_t, std::int64_t> label_range(const data::Dataset& data) {
  const std::size_t column = data.source->inputs().size();
  const std::vector<std::int64_t> labels = to_int64(data.source->read(column, data.indices));
  if (labels.empty()) return {0, 0};
  const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  return {*least, *most};
}

// Labels of one number a sample, whole numbers.
bool has_class_labels(const data::Dataset& data) {
  const data::Column& labels = *data.source->labels();
  return element_count(labels.shape) == 1 && !is_floating(labels.dtype);
}

void require_same_sample_shape(const graph::Value& output, const data::Dataset& data) {
  const Shape& labels = data.source->labels()->shape;
  const auto size = sample_size(output);
  bool fits = !size || *size == element_count(labels);
  if (fits && output.shape && output.shape->size() == labels.size() + 1) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const graph::Dimension& dimension = (*output.shape)[i + 1];
      fits = fits && (!dimension.known() || dimension.size == labels[i]);
    }
  }
  if (fits) return;
  throw_usage("the network's output is " + shown(output) + ", the labels of " + data.name +
                  " have shape " + to_string(labels),
              "give data whose labels have the output's shape");
}

Task classification(Task task, const graph::Value& output, const data::Dataset& data) {
  if (!has_class_labels(data)) {
    throw_usage("the labels of " + data.name + " are " + name_of(data.source->labels()->dtype) +
                    " of shape " + to_string(data.source->labels()->shape) + ", not class numbers",
                "the network's output is " + shown(output));
  }
  const auto [least, most] = label_range(data);
  const std::int64_t classes = sample_size(output).value_or(0);
  if (classes == 1 && least >= 0 && most <= 1) {
    task.kind = TaskKind::kBinary;
    task.classes = 2;
    return task;
  }
  task.classes =
      classes > 0 ? classes : std::max(most + 1, static_cast<std::int64_t>(data.classes.size()));
  if (least < 0 || most >= task.classes) {
    throw_usage("the network's output is " + shown(output) + ", the labels of " + data.name +
                    " go from " + std::to_string(least) + " to " + std::to_string(most),
                "give data of at most " + std::to_string(task.classes) + " classes");
  }
  return task;
}

void require_binary_labels(const data::Dataset& data) {
  const auto [least, most] = label_range(data);
  if (least >= 0 && most <= 1) return;
  throw_usage("the labels of " + data.name + " go from " + std::to_string(least) + " to " +
                  std::to_string(most),
              "a binary task has labels 0 and 1");
}

bool ends_in_probabilities(const graph::Graph& graph, const std::string& output) {
  for (const graph::Node& node : graph.nodes) {
    if (std::find(node.outputs.begin(), node.outputs.end(), output) == node.outputs.end()) continue;
    return node.domain.empty() && (node.op_type == "Softmax" || node.op_type == "Sigmoid");
  }
  return false;
}

}  // namespace

Task make_task(const graph::Network& network, const data::Dataset& data, const std::string& kind) {
  Task task;
  task.kind = data.labelled() ? kind_of(kind) : TaskKind::kUnlabelled;
  if (network.graph.outputs.empty()) throw_usage("the network has no outputs");
  const graph::Value& output = network.graph.outputs.front();
  task.output = output.name;
  task.outputs_are_probabilities = ends_in_probabilities(network.graph, output.name);
  switch (task.kind) {
    case TaskKind::kClassification:
      return classification(task, output, data);
    case TaskKind::kBinary: {
      require_binary_labels(data);
      const std::int64_t size = sample_size(output).value_or(1);
      if (size != 1) {
        throw_usage("the network's output is " + shown(output) + ", a binary task has one number",
                    "give it as a classification");
      }
      task.classes = 2;
      return task;
    }
    case TaskKind::kCells:
    case TaskKind::kRegression:
      require_same_sample_shape(output, data);
      return task;
    case TaskKind::kUnlabelled:
      return task;
  }
  return task;
}

std::string name_of(TaskKind kind) { return row_of(kind).name; }
std::string metric_of(TaskKind kind) { return row_of(kind).metric; }
bool higher_is_better(TaskKind kind) { return row_of(kind).higher_is_better; }

}  // namespace gcompress::execute
