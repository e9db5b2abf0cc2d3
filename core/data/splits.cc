// Seeded splits and subsets.
#include "gcompress/core/data/splits.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "gcompress/core/base/random.h"

namespace gcompress::data {
namespace {

using Indices = std::vector<std::int64_t>;

// Cuts a seeded random part of `count` samples out: {the part, the rest}, each ascending.
std::pair<Indices, Indices> cut(const Indices& indices, std::int64_t count, std::uint64_t seed,
                                const std::string& purpose) {
  RandomStream random(seed, purpose);
  Indices order = permutation(static_cast<std::int64_t>(indices.size()), random);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::sort(order.begin(), middle);
  std::sort(middle, order.end());
  for (std::int64_t& position : order) position = indices[static_cast<std::size_t>(position)];
  return {Indices(order.begin(), middle), Indices(middle, order.end())};
}

Indices test_indices_of_one(std::int64_t count, std::uint64_t seed) {
  return cut(all_indices(count), std::max<std::int64_t>(1, count / 5), seed, "test split").first;
}

DataParts make_parts(const Sets& sets, const Indices& training,
                     const std::shared_ptr<const Source>& test_source, const Indices& test,
                     const OpenOptions& options) {
  const auto count = static_cast<std::int64_t>(training.size());
  if (count < 2) {
    throw_input(sets.name + " has " + std::to_string(count) + " training samples", {},
                "give at least 2, of which one tunes");
  }
  if (test.empty()) throw_input(sets.name + " has no test samples");
  const std::int64_t tune = tune_count(count, options);
  if (tune >= count) {
    throw_usage("a tuning split of " + std::to_string(tune) + " samples leaves none of " +
                    std::to_string(count) + " training samples",
                "ask for fewer");
  }
  auto [tuning, rest] = cut(training, tune, options.seed, "tune split");
  const auto part = [&](const std::shared_ptr<const Source>& source, Indices indices,
                        const char* what) {
    return Dataset{.source = source,
                   .indices = std::move(indices),
                   .preprocessing = sets.preprocessing,
                   .classes = sets.classes,
                   .name = sets.name + " " + what};
  };
  return {.train = part(sets.train,
                        limited(std::move(rest), options.train_limit, options.seed, "train limit"),
                        "train"),
          .tune = part(sets.train, std::move(tuning), "tune"),
          .test = part(test_source, limited(test, options.test_limit, options.seed, "test limit"),
                       "test"),
          .task = sets.task};
}

}  // namespace

Indices all_indices(std::int64_t count) {
  Indices indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

Indices limited(Indices indices, std::int64_t limit, std::uint64_t seed,
                const std::string& purpose) {
  if (limit < 0 || limit >= static_cast<std::int64_t>(indices.size())) return indices;
  if (limit == 0) throw_usage("a limit of 0 samples", "ask for at least 1");
  return cut(indices, limit, seed, purpose).first;
}

std::int64_t tune_count(std::int64_t training_samples, const OpenOptions& options) {
  if (options.tune_samples == 0) throw_usage("a tuning split of 0 samples", "ask for at least 1");
  if (options.tune_samples > 0) return options.tune_samples;
  return std::clamp<std::int64_t>(training_samples / 12, 1, 5000);
}

Indices training_indices_of_one(std::int64_t count, std::uint64_t seed) {
  if (count == 0) return {};
  return cut(all_indices(count), std::max<std::int64_t>(1, count / 5), seed, "test split").second;
}

DataParts split(const Sets& sets, const OpenOptions& options) {
  return make_parts(sets, all_indices(sets.train->size()), sets.test,
                    all_indices(sets.test->size()), options);
}

DataParts split_one(const Sets& sets, const OpenOptions& options) {
  const std::int64_t count = sets.train->size();
  if (count < 3) {
    throw_input(sets.name + " has " + std::to_string(count) + " samples", {},
                "give at least 3: one trains, one tunes, one tests");
  }
  return make_parts(sets, training_indices_of_one(count, options.seed), sets.train,
                    test_indices_of_one(count, options.seed), options);
}

}  // namespace gcompress::data
