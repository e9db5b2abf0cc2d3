// The accuracy loop: batches through an executor, judged as they come.
#include "gcompress/core/execute/evaluate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gcompress/core/data/loader.h"
#include "gcompress/core/execute/answers.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/core/execute/judge.h"

namespace gcompress::execute {
namespace {

// Calls visit(batch) for all batches in order, with progress, until cancelled.
template <typename Visit>
void for_each_batch(const data::Dataset& data, std::int64_t batch_size,
                    const EvaluateOptions& options, const RunContext& context, Visit&& visit) {
  data::Loader loader(data, {.batch_size = batch_size}, context.seed, 0);
  std::int64_t done = 0;
  while (auto batch = loader.next()) {
    context.check_cancelled();
    visit(*batch);
    done += batch->size;
    context.report({.work = options.work, .step = done, .total = data.size(), .values = {}});
  }
}

const Tensor& judged_output(const Values& outputs, const Executor& executor, const Task& task) {
  GCOMPRESS_CHECK(!executor.outputs().empty());
  const std::string& name = task.output.empty() ? executor.outputs().front().name : task.output;
  const auto found = outputs.find(name);
  if (found == outputs.end()) {
    throw_usage("the network has no output \"" + name + "\"",
                "its first is \"" + executor.outputs().front().name + "\"");
  }
  return found->second;
}

// Sums of compare_outputs. Values that are not numbers make the distances so, too.
struct Distances {
  double squares = 0;  // of the differences
  double reference_squares = 0;
  double largest = 0;  // difference
  double reference_largest = 0;

  void add(std::span<const float> values, std::span<const float> reference) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double difference = static_cast<double>(values[i]) - reference[i];
      squares += difference * difference;
      reference_squares += static_cast<double>(reference[i]) * reference[i];
      largest = larger(largest, std::abs(difference));
      reference_largest = larger(reference_largest, std::abs(static_cast<double>(reference[i])));
    }
  }

 private:
  static double larger(double a, double b) { return std::isnan(b) || b > a ? b : a; }
};

// 0 / 0 is 0: two outputs of zeros agree.
double ratio(double value, double reference) { return value == 0 ? 0 : value / reference; }

void add_outputs(const Values& outputs, const Values& references, const std::string& first,
                 Distances& distances, Agreement& agreement) {
  for (const auto& [name, reference] : references) {
    const auto found = outputs.find(name);
    if (found == outputs.end() || found->second.shape() != reference.shape()) {
      throw_usage(
          "the output " + name + " has shape " +
          (found == outputs.end() ? "[...] (it is missing)" : to_string(found->second.shape())) +
          ", in the reference network " + to_string(reference.shape()));
    }
    if (!is_floating(reference.dtype()) || !is_floating(found->second.dtype())) continue;
    const std::vector<float> values = to_float32(found->second);
    const std::vector<float> expected = to_float32(reference);
    distances.add(values, expected);
    if (name != first) continue;
    const std::vector<float> same = equal_answers(found->second, reference);
    agreement.per_sample.insert(agreement.per_sample.end(), same.begin(), same.end());
  }
}

}  // namespace

Score evaluate(Executor& executor, const data::Dataset& data, const Task& task,
               const EvaluateOptions& options, const RunContext& context) {
  if (task.kind == TaskKind::kUnlabelled || !data.labelled()) {
    throw_usage(data.name + " has no labels to score by",
                "compare its outputs with those of a reference network");
  }
  Feed feed(executor, data);
  Judgement judgement;
  judgement.score.per_sample.reserve(static_cast<std::size_t>(data.size()));
  for_each_batch(data, feed.batch_size(options.batch_size), options, context,
                 [&](const data::Batch& batch) {
                   const Values outputs = feed.run(batch);
                   judge(judged_output(outputs, executor, task), batch.labels, task, judgement);
                 });
  return finished(std::move(judgement), task);
}

Agreement compare_outputs(Executor& executor, Executor& reference, const data::Dataset& data,
                          const EvaluateOptions& options, const RunContext& context) {
  Feed feed(executor, data);
  Feed reference_feed(reference, data);
  const std::int64_t batch_size = feed.batch_size(reference_feed.batch_size(options.batch_size));
  if (reference_feed.batch_size(batch_size) != batch_size) {
    throw_usage("one network takes batches of " + std::to_string(batch_size) +
                " samples, the other of " + std::to_string(reference_feed.batch_size(batch_size)));
  }
  const std::string first =
      reference.outputs().empty() ? std::string() : reference.outputs().front().name;
  Agreement agreement;
  Distances distances;
  for_each_batch(data, batch_size, options, context, [&](const data::Batch& batch) {
    add_outputs(feed.run(batch), reference_feed.run(batch), first, distances, agreement);
    agreement.samples += batch.size;
  });
  double same = 0;
  for (const float answer : agreement.per_sample) same += answer;
  agreement.same_answer = ratio(same, static_cast<double>(agreement.per_sample.size()));
  agreement.relative_distance =
      ratio(std::sqrt(distances.squares), std::sqrt(distances.reference_squares));
  agreement.largest_difference = ratio(distances.largest, distances.reference_largest);
  return agreement;
}

}  // namespace gcompress::execute
