// The teachers' answers to a batch of training samples.
#include "gcompress/distill/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <span>

#include "gcompress/core/base/hash.h"
#include "gcompress/core/train/objective.h"
#include "gcompress/core/train/run_identity.h"

namespace gcompress::distill {
namespace {

constexpr std::int64_t kBlock = 256;  // samples that the cache is filled by
constexpr double kMebibyte = 1024.0 * 1024.0;

std::uint64_t key_of(const DistillJob& job, const std::vector<std::string>& values) {
  std::string names = execute::name_of(job.task.kind);
  for (const std::string& value : values) names += "\n" + value;
  const std::array<std::uint64_t, 3> parts = {identity_of(job.teachers),
                                              train::identity_of(job.train), hash64(names)};
  return hash64(std::as_bytes(std::span(parts)));
}

// [N, ...] tensors side by side: [N, sum of sizes] in float32.
torch::Tensor rows_of(const Answer& answer) {
  std::vector<torch::Tensor> columns;
  const auto add = [&](const torch::Tensor& tensor) {
    columns.push_back(tensor.to(torch::kFloat32).contiguous().reshape({tensor.size(0), -1}).cpu());
  };
  for (const torch::Tensor& output : answer.outputs) add(output);
  for (const auto& [name, value] : answer.values) add(value);
  return torch::cat(columns, 1).contiguous();
}

std::string cache_file(std::uint64_t key) { return fmt::format("answers-{:016x}.cache", key); }

}  // namespace

Answers::Answers(Teachers teachers, const Answer& sample) : teachers_(std::move(teachers)) {
  const auto add = [&](const std::string& value, const torch::Tensor& tensor) {
    Part part{.value = value, .shape = tensor.sizes().vec(), .type = tensor.scalar_type()};
    const bool rows = tensor.dim() > 0 && tensor.size(0) == sample.outputs.front().size(0);
    has_rows_ = has_rows_ && rows;
    if (!rows) return;
    part.shape.erase(part.shape.begin());
    part.size = tensor.numel() / std::max<std::int64_t>(tensor.size(0), 1);
    parts_.push_back(std::move(part));
  };
  for (const torch::Tensor& output : sample.outputs) add("", output);
  for (const auto& [name, value] : sample.values) add(name, value);
}

std::string Answers::use_cache(const DistillJob& job, const DistillOptions& options,
                               const std::vector<std::string>& values, bool augmented,
                               torch::Device device, const RunContext& context) {
  if (augmented) return "The teachers' answers were not cached: samples change in every epoch.";
  if (!has_rows_) return "The teachers' answers were not cached: some have no row a sample.";
  CacheKey key{.key = key_of(job, values), .rows = job.train.size(), .row_size = 0};
  for (const Part& part : parts_) key.row_size += part.size;
  if (key.bytes() > options.cache_bytes) {
    return fmt::format(
        "The teachers' answers were not cached: they take {:.0f} MiB, and the limit is {:.0f}.",
        static_cast<double>(key.bytes()) / kMebibyte,
        static_cast<double>(options.cache_bytes) / kMebibyte);
  }
  const auto compute = [&](std::int64_t first, std::int64_t count) {
    context.check_cancelled();
    std::vector<std::int64_t> positions(static_cast<std::size_t>(count));
    std::iota(positions.begin(), positions.end(), first);
    const data::Batch batch = job.train.batch(positions);
    const torch::Tensor rows =
        rows_of(teachers_.answer(train::to_torch_inputs(job.student, batch, device)));
    context.report({"teachers' answers", first + count, key.rows, {}});
    const float* data = rows.const_data_ptr<float>();
    return std::vector<float>(data, data + rows.numel());
  };
  cache_ = AnswerCache::open(options.cache_folder / cache_file(key.key), key, kBlock, compute,
                             [&](const std::string& message) { context.say(message); });
  row_of_.assign(static_cast<std::size_t>(job.train.source->size()), -1);
  for (std::size_t i = 0; i < job.train.indices.size(); ++i) {
    row_of_[static_cast<std::size_t>(job.train.indices[i])] = static_cast<std::int64_t>(i);
  }
  return fmt::format("The teachers answered every training sample once ({:.1f} MiB on disk).",
                     static_cast<double>(key.bytes()) / kMebibyte);
}

Answer Answers::of(const train::LossInputs& step) {
  if (!cache_) return teachers_.answer(step.inputs);
  return cached(step.batch, step.outputs.front().device());
}

Answer Answers::cached(const data::Batch& batch, torch::Device device) const {
  std::int64_t row_size = 0;
  for (const Part& part : parts_) row_size += part.size;
  const auto count = static_cast<std::int64_t>(batch.indices.size());
  const torch::Tensor rows = torch::empty({count, row_size});
  float* target = rows.mutable_data_ptr<float>();
  for (const std::int64_t index : batch.indices) {
    const std::int64_t row = row_of_[static_cast<std::size_t>(index)];
    GCOMPRESS_CHECK(row >= 0);
    target = std::ranges::copy(cache_->row(row), target).out;
  }
  Answer answer;
  std::int64_t first = 0;
  for (const Part& part : parts_) {
    std::vector<std::int64_t> shape = {count};
    shape.insert(shape.end(), part.shape.begin(), part.shape.end());
    const torch::Tensor tensor =
        rows.narrow(1, first, part.size).reshape(shape).to(device).to(part.type);
    first += part.size;
    if (part.value.empty()) {
      answer.outputs.push_back(tensor);
    } else {
      answer.values[part.value] = tensor;
    }
  }
  return answer;
}

}  // namespace gcompress::distill
