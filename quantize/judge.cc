// Comparing outputs.
#include "gcompress/quantize/judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "gcompress/core/base/error.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/answers.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/core/execute/judge.h"

namespace gcompress::quantize {
namespace {

std::int64_t bytes_of(const data::Batch& batch, const execute::Values& outputs) {
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : batch.inputs) bytes += tensor.byte_size();
  for (const auto& [name, tensor] : outputs) bytes += tensor.byte_size();
  return static_cast<std::int64_t>(bytes);
}

// Log-probabilities of one row.
std::vector<double> log_probabilities(std::span<const float> row, bool are_probabilities) {
  std::vector<double> result(row.begin(), row.end());
  if (are_probabilities) {
    constexpr double kLeast = 1e-12;
    for (double& value : result) value = std::log(std::max(value, kLeast));
    return result;
  }
  const double most = *std::ranges::max_element(result);
  double sum = 0;
  for (const double value : result) sum += std::exp(value - most);
  for (double& value : result) value -= most + std::log(sum);
  return result;
}

double divergence(std::span<const float> row, std::span<const float> reference,
                  bool probabilities) {
  const std::vector<double> q = log_probabilities(row, probabilities);
  const std::vector<double> p = log_probabilities(reference, probabilities);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
  return sum;
}

struct Sums {
  std::map<std::string, std::pair<double, double>> squares;  // of differences, of references
  double divergence = 0;
  double same = 0;
  std::int64_t rows = 0;
  execute::Judgement judgement;
  execute::Judgement reference;

  void add_squares(const std::string& name, const Tensor& output, const Tensor& reference_output) {
    auto& [differences, references] = squares[name];
    const std::vector<float> values = to_float32(output);
    const std::vector<float> wanted = to_float32(reference_output);
    if (values.size() != wanted.size()) {
      throw_input("its size changed by quantization", {.file = {}, .node = {}, .value = name});
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double difference = static_cast<double>(values[i]) - wanted[i];
      differences += difference * difference;
      references += static_cast<double>(wanted[i]) * wanted[i];
    }
  }

  void add_answers(const Tensor& output, const Tensor& reference_output,
                   const execute::Task& task) {
    const float threshold = task.outputs_are_probabilities ? 0.5F : 0.0F;
    for (const float equal : execute::equal_answers(output, reference_output, threshold)) {
      same += equal;
    }
    const std::int64_t count = output.shape().front();
    rows += count;
    if (task.kind != execute::TaskKind::kClassification || count == 0) return;
    const std::vector<float> values = to_float32(output);
    const std::vector<float> wanted = to_float32(reference_output);
    const std::size_t width = values.size() / static_cast<std::size_t>(count);
    for (std::size_t begin = 0; begin + width <= values.size(); begin += width) {
      divergence += quantize::divergence(std::span(values).subspan(begin, width),
                                         std::span(wanted).subspan(begin, width),
                                         task.outputs_are_probabilities);
    }
  }

  Verdict verdict(const execute::Task& task) const {
    Verdict verdict;
    verdict.agreement = rows == 0 ? 1 : same / static_cast<double>(rows);
    if (task.kind == execute::TaskKind::kClassification) {
      verdict.distance = divergence / static_cast<double>(std::max<std::int64_t>(rows, 1));
    } else {
      for (const auto& [name, sums] : squares) {
        const auto& [differences, references] = sums;
        verdict.distance +=
            (differences == 0 ? 0 : differences / references) / static_cast<double>(squares.size());
      }
    }
    if (!std::isfinite(verdict.distance)) {
      verdict.distance = std::numeric_limits<double>::infinity();
    }
    verdict.drop = 1 - verdict.agreement;
    if (task.kind != execute::TaskKind::kUnlabelled) {
      const double change =
          execute::finished(reference, task).value - execute::finished(judgement, task).value;
      verdict.drop = execute::higher_is_better(task.kind) ? change : -change;
    }
    return verdict;
  }
};

}  // namespace

Judge::Judge(const graph::Network& network, const execute::ExecutorFactory& make_executor,
             const data::Dataset& data, const execute::Task& task, const JudgeOptions& options,
             const RunContext& context)
    : make_executor_(make_executor), data_(data), task_(task), context_(context) {
  if (data.size() == 0) throw_usage("there are no samples to judge by");
  const auto executor = make_executor(network);
  execute::Feed feed(*executor, data);
  const std::int64_t size = feed.batch_size(options.batch_size);
  const std::vector<std::int64_t> chosen =
      data::limited(data::all_indices(data.size()), options.samples, context.seed, "judge");
  output_ = task.output;
  if (output_.empty()) output_ = executor->outputs().front().name;
  std::int64_t bytes = 0;
  for (std::size_t begin = 0; begin < chosen.size() && bytes < options.held_bytes;
       begin += static_cast<std::size_t>(size)) {
    context.check_cancelled();
    const std::size_t count = std::min(static_cast<std::size_t>(size), chosen.size() - begin);
    Held held{.batch = data.batch(std::span(chosen).subspan(begin, count)), .outputs = {}};
    for (auto& [name, tensor] : feed.run(held.batch)) {
      if (is_floating(tensor.dtype())) held.outputs.emplace(name, tensor);
    }
    bytes += bytes_of(held.batch, held.outputs);
    samples_ += held.batch.size;
    held_.push_back(std::move(held));
  }
}

Verdict Judge::judge(const graph::Network& candidate, std::int64_t samples) const {
  const auto executor = make_executor_(candidate);
  execute::Feed feed(*executor, data_);
  Sums sums;
  for (const Held& held : held_) {
    if (samples >= 0 && sums.rows >= samples) break;
    context_.check_cancelled();
    const execute::Values outputs = feed.run(held.batch);
    for (const auto& [name, reference] : held.outputs) {
      sums.add_squares(name, outputs.at(name), reference);
    }
    const auto judged = held.outputs.find(output_);
    if (judged == held.outputs.end()) {
      sums.rows += held.batch.size;
      sums.same += static_cast<double>(held.batch.size);
      continue;
    }
    sums.add_answers(outputs.at(output_), judged->second, task_);
    if (task_.kind != execute::TaskKind::kUnlabelled) {
      execute::judge(outputs.at(output_), held.batch.labels, task_, sums.judgement);
      execute::judge(judged->second, held.batch.labels, task_, sums.reference);
    }
  }
  return sums.verdict(task_);
}

}  // namespace gcompress::quantize
