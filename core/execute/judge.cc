// Metrics of the four labelled tasks.
#include "gcompress/core/execute/judge.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace gcompress::execute {
namespace {

// Output or labels as float32, without a copy where they are that already.
class Floats {
 public:
  explicit Floats(const Tensor& tensor) {
    if (tensor.dtype() == DataType::kFloat32) {
      view_ = tensor.as<float>();
      return;
    }
    if (is_floating(tensor.dtype())) {
      owned_ = to_float32(tensor);
    } else {
      const std::vector<std::int64_t> integers = to_int64(tensor);
      owned_.assign(integers.begin(), integers.end());
    }
    view_ = owned_;
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
  std::span<const float> view() const { return view_; }

 private:
  std::vector<float> owned_;
  std::span<const float> view_;
};

void mark(Judgement& judgement, bool right) {
  judgement.score.per_sample.push_back(right ? 1.0F : 0.0F);
  judgement.score.correct += right ? 1 : 0;
}

// How many values come before `label` in descending order; equal ones by index, as largest() has
// it.
std::int64_t rank_of(std::span<const float> values, std::size_t label) {
  std::int64_t before = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] > values[label] || (values[i] == values[label] && i < label)) ++before;
  }
  return before;
}

void judge_classes(std::span<const float> output, std::span<const std::int64_t> labels,
                   std::size_t width, Judgement& judgement) {
  const auto classes = static_cast<std::int64_t>(width);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || labels[row] >= classes) {
      throw_input("label " + std::to_string(labels[row]) + " of a network with " +
                  std::to_string(classes) + " classes");
    }
    const auto values = output.subspan(row * width, width);
    const std::int64_t answer = largest(values);
    judgement.score.answers.push_back(answer);
    judgement.score.labels.push_back(labels[row]);
    mark(judgement, answer == labels[row]);
    if (classes <= 5) continue;
    const bool among = answer >= 0 && rank_of(values, static_cast<std::size_t>(labels[row])) < 5;
    judgement.top5_right += among ? 1 : 0;
    judgement.score.detail.push_back(among ? 1 : 0);
  }
}

void judge_binary(std::span<const float> output, std::span<const std::int64_t> labels,
                  float threshold, Judgement& judgement) {
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::int64_t answer = std::isnan(output[row]) ? -1 : (output[row] > threshold ? 1 : 0);
    judgement.score.answers.push_back(answer);
    judgement.score.labels.push_back(labels[row]);
    mark(judgement, answer == labels[row]);
  }
}

void judge_cells(std::span<const float> output, std::span<const float> labels, std::size_t rows,
                 float threshold, Judgement& judgement) {
  const std::size_t width = rows == 0 ? 0 : output.size() / rows;
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t right = 0;
    for (std::size_t i = row * width; i < (row + 1) * width; ++i) {
      const bool alive = output[i] > threshold;
      if (!std::isnan(output[i]) && alive == (labels[i] > 0.5F)) ++right;
    }
    mark(judgement, right == width);
    judgement.score.detail.push_back(static_cast<double>(right) / static_cast<double>(width));
    judgement.cells_right += static_cast<std::int64_t>(right);
    judgement.cells += static_cast<std::int64_t>(width);
  }
}

void judge_values(std::span<const float> output, std::span<const float> labels, std::size_t rows,
                  Judgement& judgement) {
  const std::size_t width = rows == 0 ? 0 : output.size() / rows;
  for (std::size_t row = 0; row < rows; ++row) {
    double squares = 0;
    for (std::size_t i = row * width; i < (row + 1) * width; ++i) {
      const double difference = static_cast<double>(output[i]) - labels[i];
      squares += difference * difference;
    }
    const double mean = width == 0 ? 0 : squares / static_cast<double>(width);
    judgement.score.per_sample.push_back(static_cast<float>(mean));
  }
}

void require_same_size(const Tensor& output, const Tensor& labels) {
  if (output.size() == labels.size()) return;
  throw_input("the network's output has shape " + to_string(output.shape()) + ", the labels have " +
              to_string(labels.shape()));
}

}  // namespace

std::int64_t largest(std::span<const float> values) {
  std::int64_t best = 0;
  bool number = !values.empty();
  for (std::size_t i = 0; i < values.size(); ++i) {
    number = number && !std::isnan(values[i]);
    if (values[i] > values[static_cast<std::size_t>(best)]) best = static_cast<std::int64_t>(i);
  }
  return number ? best : -1;
}

void judge(const Tensor& output, const Tensor& labels, const Task& task, Judgement& judgement) {
  const auto rows = static_cast<std::size_t>(output.shape().front());
  judgement.score.total += output.shape().front();
  const Floats values(output);
  const float threshold = task.outputs_are_probabilities ? 0.5F : 0.0F;
  switch (task.kind) {
    case TaskKind::kClassification:
      if (rows > 0 && labels.size() * task.classes != output.size()) {
        throw_input("the network's output has shape " + to_string(output.shape()) +
                    ", the task has " + std::to_string(task.classes) +
                    " classes and labels of shape " + to_string(labels.shape()));
      }
      return judge_classes(values.view(), to_int64(labels), static_cast<std::size_t>(task.classes),
                           judgement);
    case TaskKind::kBinary:
      require_same_size(output, labels);
      return judge_binary(values.view(), to_int64(labels), threshold, judgement);
    case TaskKind::kCells:
      require_same_size(output, labels);
      return judge_cells(values.view(), Floats(labels).view(), rows, threshold, judgement);
    case TaskKind::kRegression:
      require_same_size(output, labels);
      return judge_values(values.view(), Floats(labels).view(), rows, judgement);
    case TaskKind::kUnlabelled:
      throw_usage("data without labels cannot be scored",
                  "compare its outputs with those of a reference network");
  }
}

Score finished(Judgement judgement, const Task& task) {
  Score score = std::move(judgement.score);
  score.metric = metric_of(task.kind);
  const auto mean = [](double sum, std::int64_t count) {
    return count == 0 ? 0 : sum / static_cast<double>(count);
  };
  const double sum = std::accumulate(score.per_sample.begin(), score.per_sample.end(), 0.0);
  score.value = mean(sum, score.total);
  if (task.kind == TaskKind::kClassification && task.classes > 5) {
    score.top5 = mean(static_cast<double>(judgement.top5_right), score.total);
  }
  if (task.kind == TaskKind::kCells) {
    score.cell_accuracy = mean(static_cast<double>(judgement.cells_right), judgement.cells);
  }
  return score;
}

}  // namespace gcompress::execute
